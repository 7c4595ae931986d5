/* SPDX-License-Identifier: ISC */
/* spawnctl kill, pause, resume, drain: what an operator does to services and connections. */
#include "base/clock.h"
#include "ctl/daemon.h"
#include "ctl/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOOK_NS (200 * CLOCK_MILLISECOND_NS) /* drain: how often it looks */

/* Does it, and says to how many. */
static int act(const struct call *call, enum control_verb verb, const char *did, const char *what)
{
	struct control_request request =
		daemon_request(verb, call->count > 0 ? call->operands[0] : NULL);
	struct json json = { .stream = stdout };
	struct reply reply;
	int status;

	status = daemon_demand(call, &request, &reply);
	if (status == 0 && call->json) {
		json_begin(&json, NULL, '{');
		json_count(&json, what, reply.end.number);
		json_end(&json, '}');
		puts("");
	} else if (status == 0) {
		printf("%s: %" PRIu64 " %s\n", did, reply.end.number, what);
	}
	fflush(stdout); /* drain goes on */
	reply_free(&reply);
	return status;
}

int verb_kill(const struct call *call)
{
	return act(call, CONTROL_KILL, "told to end", "connections");
}

int verb_pause(const struct call *call)
{
	return act(call, CONTROL_PAUSE, "paused", "services");
}

int verb_resume(const struct call *call)
{
	return act(call, CONTROL_RESUME, "resumed", "services");
}

/*
 * How many live in the service, or in all; UINT64_MAX: it cannot be told, the loop is being
 * replaced. 0, or the exit status: a service that accepts again, or since another loop, is never
 * drained.
 */
static int count_live(const struct call *call, uint64_t *live)
{
	struct control_request request = daemon_request(CONTROL_STATUS, NULL);
	struct reply reply;
	int status = daemon_demand(call, &request, &reply);

	*live = status == 0 && reply.daemon.generation == 0 ? UINT64_MAX : 0;
	for (size_t i = 0; i < reply.service_count && status == 0 && *live != UINT64_MAX; i++) {
		const struct control_service *service = &reply.services[i].is;

		if (call->count > 0 && strcmp(service->name, call->operands[0]) != 0)
			continue;
		*live += service->counters.live;
		if (!service->configured || service->paused)
			continue;
		fprintf(stderr, "spawnctl: %s accepts again\n", service->name);
		status = EXIT_REFUSED;
	}
	reply_free(&reply);
	return status;
}

static void wait_a_little(void)
{
	struct timespec span = { .tv_nsec = LOOK_NS };

	nanosleep(&span, NULL);
}

/* -1: no limit; -2: that is no number. */
static int64_t timeout_ns(const char *text)
{
	char *end;
	unsigned long seconds;

	if (!text)
		return -1;
	seconds = strtoul(text, &end, 10);
	return *text < '0' || *text > '9' || *end || seconds > INT32_MAX
		       ? -2
		       : (int64_t)seconds * CLOCK_SECOND_NS;
}

int verb_drain(const struct call *call)
{
	int64_t patience_ns = timeout_ns(call->given[0]), began_ns = clock_now_ns();
	uint64_t live;
	int status;

	if (patience_ns == -2) {
		fprintf(stderr, "spawnctl: --timeout=%s: not a number of seconds\n",
			call->given[0]);
		return EXIT_USAGE;
	}
	status = act(call, CONTROL_DRAIN, "accepting no more", "services");
	while (status == 0 && (status = count_live(call, &live)) == 0 && live > 0) {
		if (patience_ns >= 0 && clock_now_ns() - began_ns >= patience_ns) {
			if (live == UINT64_MAX)
				fprintf(stderr, "spawnctl: the loop is being replaced\n");
			else
				fprintf(stderr, "spawnctl: %" PRIu64 " connections go on\n", live);
			return EXIT_REFUSED;
		}
		wait_a_little();
	}
	return status;
}

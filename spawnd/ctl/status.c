/* SPDX-License-Identifier: ISC */
/* spawnctl status: the daemon and its services. */
#include "base/clock.h"
#include "ctl/daemon.h"
#include "ctl/json.h"
#include "ctl/units.h"

#include <inttypes.h>
#include <stdio.h>

static void put_counters(struct json *json, const struct control_counters *counters)
{
	json_count(json, "accepted", counters->accepted);
	json_count(json, "served", counters->served);
	json_count(json, "refused", counters->refused);
	json_count(json, "aborted", counters->aborted);
	json_count(json, "live", counters->live);
	json_count(json, "queued", counters->queued);
	json_count(json, "bytes_in", counters->bytes_in);
	json_count(json, "bytes_out", counters->bytes_out);
	json_count(json, "deferred", counters->deferred);
}

static void put_service(struct json *json, const struct reply_service *service)
{
	const struct control_service *is = &service->is;
	char key[2 * CONTROL_WORD_SIZE];

	json_begin(json, is->name, '{');
	put_counters(json, &is->counters);
	json_count(json, "parked", is->parked);
	json_count(json, "waiting", is->waiting);
	json_truth(json, "configured", is->configured);
	json_truth(json, "paused", is->paused);
	json_string(json, "warmth", is->warmth);
	for (size_t i = 0; i < service->count_count; i++) {
		snprintf(key, sizeof(key), "%s_%s", service->counts[i].family,
			 service->counts[i].reason);
		json_count(json, key, service->counts[i].count);
	}
	json_end(json, '}');
}

static void print_json(const struct reply *reply)
{
	const struct control_daemon *daemon = &reply->daemon;
	struct json json = { .stream = stdout };

	json_begin(&json, NULL, '{');
	json_string(&json, "version", daemon->version);
	json_count(&json, "generation", daemon->generation);
	json_number(&json, "uptime_s", daemon->uptime_ns / CLOCK_SECOND_NS);
	put_counters(&json, &daemon->counters);
	json_count(&json, "live_limit", daemon->live_limit);
	json_count(&json, "accounting_lost", daemon->accounting_lost);
	json_begin(&json, "services", '{');
	for (size_t i = 0; i < reply->service_count; i++)
		put_service(&json, &reply->services[i]);
	json_end(&json, '}');
	json_end(&json, '}');
	puts("");
}

static const char *state_of(const struct control_service *is)
{
	if (!is->configured)
		return "gone";
	if (is->paused)
		return is->counters.live > 0 ? "draining" : "paused";
	return is->deferred ? "deferring" : "open";
}

static void print_table(const struct reply *reply)
{
	const struct control_daemon *daemon = &reply->daemon;
	char up[UNITS_TEXT_SIZE];

	printf("spawnd %s, up %s, generation %" PRIu64 ", %" PRIu64 " of %" PRIu64
	       " connections live\n\n",
	       daemon->version, units_span(daemon->uptime_ns, up), daemon->generation,
	       daemon->counters.live, daemon->live_limit);
	printf("%-20s %10s %10s %8s %8s %6s %6s %-8s %s\n", "SERVICE", "ACCEPTED", "SERVED",
	       "REFUSED", "ABORTED", "LIVE", "PARKED", "WARMTH", "STATE");
	for (size_t i = 0; i < reply->service_count; i++) {
		const struct control_service *is = &reply->services[i].is;

		printf("%-20s %10" PRIu64 " %10" PRIu64 " %8" PRIu64 " %8" PRIu64 " %6" PRIu64
		       " %6u %-8s %s\n",
		       is->name, is->counters.accepted, is->counters.served, is->counters.refused,
		       is->counters.aborted, is->counters.live, is->parked,
		       is->configured ? is->warmth : "-", state_of(is));
	}
}

int verb_status(const struct call *call)
{
	struct control_request request = daemon_request(CONTROL_STATUS, NULL);
	struct reply reply;
	int status = daemon_demand(call, &request, &reply);

	if (status == 0 && call->json)
		print_json(&reply);
	else if (status == 0)
		print_table(&reply);
	reply_free(&reply);
	return status;
}

/* SPDX-License-Identifier: ISC */
/*
 * Relays of a generation. Warden; start and run regime: a relay that cannot be started is tried
 * again later.
 */
#include "warden/relays.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "process/role.h"
#include "warden/groups.h"
#include "wire/wire.h"

#include <errno.h>
#include <stdio.h>

#define DESCRIPTORS_SPARE 64
#define SEND_SECONDS 5
#define MESSAGES_PER_CONNECTION 3 /* RELAY_TAKE, RELAY_CUT, RELAY_ASK; and back one RELAY_OVER */
#define ID_OF_RELAY (SPEC_ID_COUNT - 1) /* in the service's range; User= ends before it */

/* As many as containers can run: more connections than that are none of a program's. */
static uint64_t places(const struct service_spec *service)
{
	return spec_containers_max(service);
}

/* A socket and two pipe ends; or a socket, the end of a pair and two pipes. */
static uint64_t descriptors(const struct service_spec *service)
{
	uint64_t each = service->container.standard_input == STANDARD_INPUT_NULL ? 6 : 3;

	return each * places(service) + DESCRIPTORS_SPARE;
}

static int make_link(const struct service_spec *service, int pair[2], struct why *why)
{
	int error = wire_pair(pair);

	if (error == 0)
		error = wire_reserve(pair[0], places(service) * MESSAGES_PER_CONNECTION);
	if (error == 0)
		error = wire_reserve(pair[1], places(service) * MESSAGES_PER_CONNECTION);
	return error < 0 ? why_set(why, error, "start-relay", "link") : 0;
}

/* Both ends are handed out and closed here. */
static int send_link(struct roster *roster, size_t index, const struct roster_context *context,
		     struct why *why)
{
	struct wire_message down = { 0 };
	struct wire_message up = { .generation = roster->generation, .service = (uint32_t)index };
	int pair[2], error;

	if (context->loop < 0)
		return 0; /* the next loop gets one */
	error = make_link(&roster->config.services[index], pair, why);
	if (error < 0)
		return error;
	error = wire_send(roster->relays[index].channel, RELAY_LINK, &down, &pair[1], 1, true);
	if (error == 0)
		error = wire_send(context->loop, LOOP_RELAY, &up, &pair[0], 1, true);
	fd_close_all(pair, 2);
	return error < 0 ? why_set(why, error, "start-relay", "send the link") : 0;
}

static int start_one(struct roster *roster, size_t index, const struct roster_context *context,
		     struct why *why)
{
	const struct service_spec *service = &roster->config.services[index];
	uint32_t ids = id_range_of(context->ranges, roster->config.daemon.id_base, service->name);
	struct wire_message assign = { .id = ids + ID_OF_RELAY,
				       .number = places(service),
				       .service = service->container.standard_input ==
						  STANDARD_INPUT_NULL };
	struct post *post = &roster->relays[index];
	char title[64];
	struct role_start start = { .role = ROLE_RELAY,
				    .program = context->program,
				    .title = title,
				    .group = -1,
				    .descriptors = descriptors(service) };
	struct groups_branch branch;
	int pair[2], error;
	pid_t pid;

	if (ids == 0)
		return why_set(why, -EUSERS, "start-relay", "no id range left: restart spawnd");
	if ((error = wire_pair(pair)) < 0)
		return why_set(why, error, "start-relay", "channel");
	wire_bound_wait(pair[0], SEND_SECONDS);
	snprintf(title, sizeof(title), "spawnd: relay %s", service->name);
	start.channel = pair[1];
	/* Beside the zygote: what it takes is the service's. */
	if (context->groups &&
	    groups_open_branch(context->groups, service->name, true, &branch) == 0)
		start.group = branch.zygote;
	pid = role_start(&start, why);
	if (start.group >= 0)
		groups_close_branch(&branch);
	fd_close(&pair[1]);
	if (pid < 0) {
		fd_close(&pair[0]);
		return pid;
	}
	*post = (struct post){ .pid = pid,
			       .channel = pair[0],
			       .born_ns = clock_now_ns(),
			       .delay_ns = post->delay_ns };
	snprintf(assign.name, sizeof(assign.name), "%s", service->name);
	error = wire_send(post->channel, RELAY_ASSIGN, &assign, NULL, 0, true);
	if (error < 0)
		return why_set(why, error, "start-relay", "assign");
	return send_link(roster, index, context, why);
}

int relays_start(struct roster *roster, const struct roster_context *context, struct why *why)
{
	int64_t now = clock_now_ns();

	for (size_t i = 0; i < roster->config.service_count; i++) {
		struct post *post = &roster->relays[i];
		int error;

		if (!spec_relays(&roster->config.services[i].container) || roster->draining ||
		    post->pid != 0 || now < post->retry_ns)
			continue;
		error = start_one(roster, i, context, why);
		if (error == 0)
			continue;
		post_postpone(post);
		return error;
	}
	return 0;
}

void relays_relink(struct roster *roster, const struct roster_context *context)
{
	struct why why;

	for (size_t i = 0; i < roster->config.service_count; i++)
		if (roster->relays[i].pid != 0 && send_link(roster, i, context, &why) < 0)
			log_event(LOG_LEVEL_ERROR, "relink-failed", "service=%s text=\"%s\"",
				  roster->config.services[i].name, why.text);
}

bool relays_lost(struct roster *roster, pid_t pid, size_t *index)
{
	for (size_t i = 0; i < roster->config.service_count; i++) {
		struct post *post = &roster->relays[i];

		if (post->pid != pid)
			continue;
		post->pid = 0;
		fd_close(&post->channel);
		post_postpone(post);
		*index = i;
		return true;
	}
	return false;
}

bool relays_have(const struct roster *roster, pid_t pid)
{
	for (size_t i = 0; i < roster->config.service_count; i++)
		if (roster->relays[i].pid == pid)
			return true;
	return false;
}

bool relays_empty(const struct roster *roster)
{
	for (size_t i = 0; i < roster->config.service_count; i++)
		if (roster->relays[i].pid != 0)
			return false;
	return true;
}

int64_t relays_next_retry_ns(const struct roster *roster)
{
	int64_t next = CLOCK_NEVER_NS;

	for (size_t i = 0; !roster->draining && i < roster->config.service_count; i++)
		if (spec_relays(&roster->config.services[i].container) &&
		    roster->relays[i].pid == 0 && roster->relays[i].retry_ns < next)
			next = roster->relays[i].retry_ns;
	return next;
}

void relays_dismiss(struct roster *roster)
{
	for (size_t i = 0; i < roster->config.service_count; i++)
		fd_close(&roster->relays[i].channel);
}

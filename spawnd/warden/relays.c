/* SPDX-License-Identifier: ISC */
/*
 * Relays of a generation. Warden; start and run regime: a relay that cannot be started is tried
 * again later.
 */
#include "warden/relays.h"

#include "base/clock.h"
#include "base/fd.h"
#include "process/role.h"
#include "warden/groups.h"
#include "wire/wire.h"

#include <errno.h>
#include <stdio.h>

#define STEP "start-relay"
#define DESCRIPTORS_SPARE 64
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

static int send_link(struct roster *roster, size_t index, const struct roster_context *context,
		     struct why *why)
{
	struct wire_message up = { .generation = roster->generation, .service = (uint32_t)index };
	size_t most = places(&roster->config.services[index]) * MESSAGES_PER_CONNECTION;
	struct post_link link = { .step = STEP,
				  .to_post = RELAY_LINK,
				  .to_loop = LOOP_RELAY,
				  .loop_sends = most,
				  .post_sends = most };

	return post_connect(&roster->relays[index], context->loop, &link, &up, why);
}

/* Beside the zygote: what it takes is the service's. */
static int start_process(struct post *post, const struct service_spec *service,
			 const struct roster_context *context, struct why *why)
{
	char title[64];
	struct role_start start = { .role = ROLE_RELAY,
				    .program = context->program,
				    .title = title,
				    .group = -1,
				    .descriptors = descriptors(service) };
	struct groups_branch branch;
	int error;

	snprintf(title, sizeof(title), "spawnd: relay %s", service->name);
	if (context->groups &&
	    groups_open_branch(context->groups, service->name, true, &branch) == 0)
		start.group = branch.zygote;
	error = post_start(post, &start, why);
	if (start.group >= 0)
		groups_close_branch(&branch);
	return error;
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
	int error;

	if (ids == 0)
		return why_set(why, -EUSERS, STEP, "no id range left: restart spawnd");
	error = start_process(post, service, context, why);
	if (error < 0)
		return error;
	snprintf(assign.name, sizeof(assign.name), "%s", service->name);
	error = wire_send(post->channel, RELAY_ASSIGN, &assign, NULL, 0, true);
	if (error < 0)
		why_set(why, error, STEP, "assign");
	else
		error = send_link(roster, index, context, why);
	if (error < 0)
		fd_close(&post->channel); /* it ends, is reaped, and another is started */
	return error;
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

int relays_relink(struct roster *roster, const struct roster_context *context)
{
	struct why why;

	for (size_t i = 0; i < roster->config.service_count; i++) {
		if (roster->relays[i].pid == 0 || send_link(roster, i, context, &why) == 0)
			continue;
		if (post_not_linked(&roster->relays[i], roster->config.services[i].name, &why) < 0)
			return why.code;
	}
	return 0;
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

/* SPDX-License-Identifier: ISC */
/*
 * Zygotes of a generation. Warden; start and run regime: a zygote that cannot be started is tried
 * again later.
 */
#include "warden/roster.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "container/selftest.h"
#include "process/role.h"
#include "warden/relays.h"
#include "wire/wire.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DELAY_FIRST_NS (100 * CLOCK_MILLISECOND_NS)
#define DELAY_LAST_NS (10 * CLOCK_SECOND_NS)
#define DESCRIPTORS_SPARE 64
#define SEND_SECONDS 5
#define MESSAGES_PER_CONTAINER                                                                     \
	4 /* LINK_TAKEN, two LINK_KILL and what else a container can have unread */

uint32_t id_range_of(struct id_ranges *ranges, uint32_t id_base, const char *service)
{
	size_t index = 0;

	while (index < ranges->count && strcmp(ranges->names[index], service) != 0)
		index++;
	if (index == SPEC_SERVICES_MAX)
		return 0;
	if (index == ranges->count)
		snprintf(ranges->names[ranges->count++], sizeof(ranges->names[0]), "%s", service);
	return id_base + (uint32_t)(index + 1) * SPEC_ID_COUNT;
}

struct roster *roster_new(uint32_t generation, struct snapshot *snapshot, struct config *config)
{
	struct roster *roster = calloc(1, sizeof(*roster));

	/* In one piece: first the zygotes', then the relays'. */
	if (roster)
		roster->posts = calloc(2 * config->service_count + 1, sizeof(*roster->posts));
	if (!roster || !roster->posts) {
		free(roster);
		return NULL;
	}
	roster->relays = roster->posts + config->service_count;
	roster->generation = generation;
	roster->snapshot = *snapshot;
	roster->config = *config;
	*snapshot = (struct snapshot){ .fd = -1 };
	memset(config, 0, sizeof(*config));
	for (size_t i = 0; i < roster->config.service_count; i++)
		roster->posts[i].channel = roster->relays[i].channel = -1;
	list_init(&roster->in_all);
	return roster;
}

void roster_free(struct roster *roster)
{
	roster_dismiss(roster);
	list_remove(&roster->in_all);
	snapshot_close(&roster->snapshot);
	config_free(&roster->config);
	free(roster->posts);
	free(roster);
}

/* A link with room for every message that the loop can have unread. */
static int make_link(const struct service_spec *service, int pair[2], struct why *why)
{
	int error = wire_pair(pair);

	if (error == 0)
		error = wire_reserve(pair[0],
				     spec_containers_max(service) * (size_t)MESSAGES_PER_CONTAINER);
	return error < 0 ? why_set(why, error, "start-zygote", "link") : 0;
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
	error = wire_send(roster->posts[index].channel, ZYGOTE_LINK, &down, &pair[1], 1, true);
	if (error == 0)
		error = wire_send(context->loop, LOOP_ZYGOTE, &up, &pair[0], 1, true);
	fd_close_all(pair, 2);
	return error < 0 ? why_set(why, error, "start-zygote", "send the link") : 0;
}

/* Both ends of a scratch connection, to test the seal with. */
static int send_arena(const struct post *post, const struct roster_context *context,
		      struct why *why)
{
	struct wire_message message = { .number = SELFTEST_TABLE };
	int pair[2], error = arena_connect(context->arena, pair, why);

	if (error < 0)
		return error;
	if (!context->only_rehearse)
		message.number = context->arena->used++ ? SELFTEST_QUICK : SELFTEST_FULL;
	error = wire_send(post->channel, ZYGOTE_ARENA, &message, pair, 2, true);
	fd_close_all(pair, 2);
	return error < 0 ? why_set(why, error, "start-zygote", "send the scratch connection") : 0;
}

int roster_start_one(struct roster *roster, size_t index, const struct roster_context *context,
		     struct why *why)
{
	const struct service_spec *service = &roster->config.services[index];
	uint32_t ids = id_range_of(context->ranges, roster->config.daemon.id_base, service->name);
	struct wire_message assign = { .number = ids };
	struct post *post = &roster->posts[index];
	char title[64];
	struct role_start start = {
		.role = ROLE_ZYGOTE,
		.program = context->program,
		.title = title,
		.descriptors = (uint64_t)spec_containers_max(service) + DESCRIPTORS_SPARE,
	};
	int pair[2], error;
	pid_t pid;

	if (ids == 0)
		return why_set(why, -EUSERS, "start-zygote", "no id range left: restart spawnd");
	if ((error = wire_pair(pair)) < 0)
		return why_set(why, error, "start-zygote", "channel");
	wire_bound_wait(pair[0], SEND_SECONDS);
	snprintf(title, sizeof(title), "spawnd: zygote %s", service->name);
	start.channel = pair[1];
	pid = role_start(&start, why);
	fd_close(&pair[1]);
	if (pid < 0) {
		fd_close(&pair[0]);
		return pid;
	}
	post->pid = pid;
	post->channel = pair[0];
	post->born_ns = clock_now_ns();
	snprintf(assign.name, sizeof(assign.name), "%s", service->name);
	error = wire_send(post->channel, ZYGOTE_ASSIGN, &assign, &roster->snapshot.fd, 1, true);
	if (error < 0)
		return why_set(why, error, "start-zygote", "assign");
	error = send_arena(post, context, why);
	return error < 0 ? error : send_link(roster, index, context, why);
}

void post_postpone(struct post *post)
{
	bool was_short = clock_now_ns() - post->born_ns < DELAY_LAST_NS;

	post->delay_ns = post->delay_ns == 0 || !was_short ? DELAY_FIRST_NS : post->delay_ns * 2;
	if (post->delay_ns > DELAY_LAST_NS)
		post->delay_ns = DELAY_LAST_NS;
	post->retry_ns = clock_now_ns() + post->delay_ns;
}

int roster_start(struct roster *roster, const struct roster_context *context, struct why *why)
{
	int64_t now = clock_now_ns();

	for (size_t i = 0; i < roster->config.service_count; i++) {
		struct post *post = &roster->posts[i];
		int error;

		if (roster->draining || post->pid != 0 || now < post->retry_ns)
			continue;
		error = roster_start_one(roster, i, context, why);
		if (error == 0)
			continue;
		post_postpone(post);
		return error;
	}
	return relays_start(roster, context, why);
}

void roster_relink(struct roster *roster, const struct roster_context *context)
{
	struct why why;

	for (size_t i = 0; i < roster->config.service_count; i++)
		if (roster->posts[i].pid != 0 && send_link(roster, i, context, &why) < 0)
			log_event(LOG_LEVEL_ERROR, "relink-failed", "service=%s text=\"%s\"",
				  roster->config.services[i].name, why.text);
	relays_relink(roster, context);
}

bool roster_lost(struct roster *roster, pid_t pid, size_t *index)
{
	for (size_t i = 0; i < roster->config.service_count; i++) {
		struct post *post = &roster->posts[i];

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

bool roster_empty(const struct roster *roster)
{
	for (size_t i = 0; i < roster->config.service_count; i++)
		if (roster->posts[i].pid != 0)
			return false;
	return relays_empty(roster);
}

int64_t roster_next_retry_ns(const struct roster *roster)
{
	int64_t next = relays_next_retry_ns(roster);

	for (size_t i = 0; !roster->draining && i < roster->config.service_count; i++)
		if (roster->posts[i].pid == 0 && roster->posts[i].retry_ns < next)
			next = roster->posts[i].retry_ns;
	return next;
}

void roster_dismiss(struct roster *roster)
{
	for (size_t i = 0; i < roster->config.service_count; i++)
		fd_close(&roster->posts[i].channel);
	relays_dismiss(roster);
}

/* SPDX-License-Identifier: ISC */
/*
 * Zygotes of a generation. Warden; start and run regime: a zygote that cannot be started is tried
 * again later.
 */
#include "warden/roster.h"

#include "base/clock.h"
#include "base/fd.h"
#include "container/selftest.h"
#include "process/role.h"
#include "warden/groups.h"
#include "warden/relays.h"
#include "wire/wire.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP "start-zygote"
#define DESCRIPTORS_SPARE 64
#define MESSAGES_PER_CONTAINER                                                                     \
	5 /* LINK_TAKEN, three LINK_KILL and what else a container can have unread */

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

static int send_link(struct roster *roster, size_t index, const struct roster_context *context,
		     struct why *why)
{
	const struct service_spec *service = &roster->config.services[index];
	struct wire_message up = { .generation = roster->generation, .service = (uint32_t)index };
	struct post_link link = {
		.step = STEP,
		.to_post = ZYGOTE_LINK,
		.to_loop = LOOP_ZYGOTE,
		.loop_sends = spec_containers_max(service) * (size_t)MESSAGES_PER_CONTAINER,
	};

	return post_connect(&roster->posts[index], context->loop, &link, &up, why);
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
	return error < 0 ? why_set(why, error, STEP, "send the scratch connection") : 0;
}

static int start_process(struct post *post, const struct service_spec *service, int program,
			 int group, struct why *why)
{
	/* A parked container's stderr; with control groups two of those. */
	uint64_t each = group < 0 ? 1 : 3;
	char title[64];
	struct role_start start = {
		.role = ROLE_ZYGOTE,
		.program = program,
		.title = title,
		.group = group,
		.descriptors = spec_containers_max(service) * each + DESCRIPTORS_SPARE,
	};

	snprintf(title, sizeof(title), "spawnd: zygote %s", service->name);
	return post_start(post, &start, why);
}

int roster_start_one(struct roster *roster, size_t index, const struct roster_context *context,
		     struct why *why)
{
	const struct service_spec *service = &roster->config.services[index];
	uint32_t ids = id_range_of(context->ranges, roster->config.daemon.id_base, service->name);
	struct wire_message assign = { .number = ids };
	struct post *post = &roster->posts[index];
	struct groups_place place;
	int error;

	if (ids == 0)
		return why_set(why, -EUSERS, STEP, "no id range left: restart spawnd");
	groups_open_place(context->groups, service->name, ids, &place);
	assign.id = post->serial = place.serial;
	snprintf(assign.name, sizeof(assign.name), "%s", service->name);
	error = start_process(post, service, context->program, place.zygote, why);
	if (error == 0) {
		int fds[2] = { roster->snapshot.fd, place.run };

		error = wire_send(post->channel, ZYGOTE_ASSIGN, &assign, fds, place.run < 0 ? 1 : 2,
				  true);
		if (error < 0)
			why_set(why, error, STEP, "assign");
	}
	fd_close(&place.zygote);
	fd_close(&place.run);
	if (error == 0)
		error = send_arena(post, context, why);
	if (error == 0)
		error = send_link(roster, index, context, why);
	if (error < 0)
		fd_close(&post->channel); /* it ends, is reaped, and another is started */
	return error;
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

int roster_relink(struct roster *roster, const struct roster_context *context)
{
	struct why why;

	for (size_t i = 0; i < roster->config.service_count; i++) {
		if (roster->posts[i].pid == 0 || send_link(roster, i, context, &why) == 0)
			continue;
		if (post_not_linked(&roster->posts[i], roster->config.services[i].name, &why) < 0)
			return why.code;
	}
	return relays_relink(roster, context);
}

struct post *roster_find(const struct roster *roster, pid_t pid)
{
	return posts_find(roster->posts, 2 * roster->config.service_count, pid);
}

bool roster_empty(const struct roster *roster)
{
	return posts_empty(roster->posts, 2 * roster->config.service_count);
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
	posts_dismiss(roster->posts, 2 * roster->config.service_count);
}

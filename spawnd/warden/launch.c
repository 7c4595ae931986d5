/* SPDX-License-Identifier: ISC */
/*
 * Starts the loop, the first and every one after it, and tells it what there is. Warden, start and
 * run regime.
 */
#include "warden/launch.h"

#include "base/clock.h"
#include "base/errno_name.h"
#include "base/fd.h"
#include "base/log.h"
#include "process/role.h"
#include "warden/tell.h"
#include "wire/wire.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>

/* For all together: one broken service does not hold the others. */
#define RESTORING_TIMEOUT_NS (2 * CLOCK_SECOND_NS)

/* Names were checked by config_check(); no name: the first id of spawnd's own range. */
static void loop_ids(const struct daemon_spec *spec, struct role_start *start)
{
	const struct passwd *entry = spec->user ? getpwnam(spec->user) : NULL;

	start->uid = entry	  ? entry->pw_uid
		     : spec->user ? (uid_t)strtoul(spec->user, NULL, 10)
				  : spec->id_base;
	start->gid = entry ? entry->pw_gid : (gid_t)start->uid;
}

/* A loop that does not take its links is of no use: the next one gets them. */
static void relink(struct warden *warden, struct roster *roster,
		   const struct roster_context *context)
{
	if (roster_relink(roster, context) < 0 && warden->loop_pid > 0)
		kill(warden->loop_pid, SIGKILL);
}

static void tell_history(struct warden *warden)
{
	struct roster_context context = warden_context(warden);

	for (struct list *at = warden->rosters.next; at != &warden->rosters; at = at->next) {
		struct roster *roster = container_of(at, struct roster, in_all);
		struct wire_message message = { .generation = roster->generation };

		if (roster == warden->staged)
			continue;
		tell_generation(warden, roster, false);
		relink(warden, roster, &context);
		tell_loop(warden, LOOP_DRAIN, &message, -1);
	}
}

/* Of the generation that takes most: those that drain have their connections still. */
static uint64_t descriptors_needed(const struct warden *warden)
{
	uint64_t most = 0;

	for (struct list *at = warden->rosters.next; at != &warden->rosters; at = at->next) {
		struct roster *roster = container_of(at, struct roster, in_all);
		uint64_t wanted = config_descriptors(&roster->config);

		most = wanted > most ? wanted : most;
	}
	return most;
}

int launch_loop(struct warden *warden, struct why *why)
{
	struct roster *current = warden->staged ? warden->staged : warden->serving;
	struct role_start start = { .role = ROLE_LOOP,
				    .program = warden->program,
				    .title = "spawnd: loop",
				    .nowhere = warden->nowhere,
				    .group = -1, /* the warden's */
				    .descriptors = descriptors_needed(warden) };
	struct wire_message message = { 0 };
	struct roster_context context;
	struct post post;
	int error;

	loop_ids(&current->config.daemon, &start);
	error = post_start(&post, &start, why);
	if (error < 0)
		return error;
	warden->loop_pid = post.pid;
	warden->loop = post.channel;
	warden->loop_born_ns = post.born_ns;
	warden->staged = current;
	if (warden->staged == warden->serving)
		warden_staging(warden, RESTORING_TIMEOUT_NS, 0);
	else
		warden_staging(warden, STAGING_PATIENCE_NS, STAGING_PATIENCE_NS);
	tell_sinks(warden);
	tell_pressure(warden);
	if (warden->control >= 0)
		tell_loop(warden, LOOP_CONTROL, &message, warden->control);
	tell_history(warden);
	tell_generation(warden, current, true);
	context = warden_context(warden);
	relink(warden, current, &context);
	return roster_start(current, &context, why);
}

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_WARDEN_STATE_H
#define SPAWND_WARDEN_STATE_H

/* All the warden knows, as one struct passed down. */
#include "base/clock.h"
#include "process/notify.h"
#include "warden/arena.h"
#include "warden/groups.h"
#include "warden/guard.h"
#include "warden/roster.h"
#include "warden/sinks.h"
#include "warden/warden.h"

#include <sys/types.h>

struct warden {
	struct warden_options options;
	struct notify notify;
	struct sinks sinks;
	int program; /* our own binary, O_PATH */
	int nowhere; /* an empty directory outside of every tree: the loop's root */
	int signals; /* signalfd(2) */
	int control; /* the listening control socket, or -1 */
	char *control_path;
	char *pid_file; /* written, to be removed; or NULL */
	int report;	/* of -d, until we are ready; or -1 */

	pid_t loop_pid; /* 0: none */
	int loop;	/* the channel to it, or -1 */
	unsigned int incarnation;
	int64_t loop_born_ns, loop_retry_ns, loop_delay_ns;

	struct list listeners;	/* struct held */
	struct guard guard;	/* of the internet ones among them */
	struct arena arena;	/* for the self-tests */
	struct list rosters;	/* all, the draining ones too */
	struct roster *serving; /* committed */
	struct roster *staged;	/* waits for the loop's WARDEN_READY: a new one, or after a loop's
				   death the serving */
	int64_t staged_until_ns;
	int64_t staged_patience_ns; /* for each zygote that becomes ready; 0: none */
	uint32_t staged_waiting;    /* so many are not, as the loop said last */
	uint32_t generation;
	struct id_ranges ranges;
	struct groups groups;

	bool reload_wanted;	   /* SIGHUP came, or spawnctl asks */
	int64_t reload_asked_ns;   /* by spawnctl, which waits for the answer; 0: by nobody */
	int64_t reload_answers_ns; /* the reload that is under way is the one asked for then */
	bool stopping;
	int64_t stop_until_ns; /* for the loop; once it has ended, for the zygotes */
	bool done;
	int exit_status;
};

#define STAGING_PATIENCE_NS (60 * CLOCK_SECOND_NS)

/* The staged generation has so long from now, and whenever another zygote of it is ready,
 * patience_ns. */
static inline void warden_staging(struct warden *warden, int64_t timeout_ns, int64_t patience_ns)
{
	warden->staged_until_ns = clock_now_ns() + timeout_ns;
	warden->staged_patience_ns = patience_ns;
	warden->staged_waiting = UINT32_MAX;
}

static inline struct roster_context warden_context(struct warden *warden)
{
	return (struct roster_context){ warden->program, warden->loop, &warden->ranges,
					&warden->arena,	 false,	       &warden->groups };
}

#endif

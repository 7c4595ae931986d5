/* SPDX-License-Identifier: ISC */
/*
 * What happens when the loop or a zygote ends. Warden, run regime: a dead loop is followed by
 * another, a zygote that serves too; in a stop nothing is started again.
 */
#include "warden/children.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "warden/strays.h"
#include "warden/succession.h"

#include <errno.h>
#include <sys/wait.h>

#define LOOP_DELAY_FIRST_NS (20 * CLOCK_MILLISECOND_NS)
#define LOOP_DELAY_LAST_NS (5 * CLOCK_SECOND_NS)
#define ZYGOTES_STOP_NS (5 * CLOCK_SECOND_NS)
#define REASON_NS CLOCK_SECOND_NS

void children_dismiss(struct warden *warden)
{
	for (struct list *at = warden->rosters.next; at != &warden->rosters; at = at->next)
		roster_dismiss(container_of(at, struct roster, in_all));
	warden->stop_until_ns = clock_now_ns() + ZYGOTES_STOP_NS;
}

static void loop_ended(struct warden *warden, int status)
{
	warden->loop_pid = 0;
	fd_close(&warden->loop);
	if (warden->stopping) {
		children_dismiss(warden);
		return;
	}
	log_event(LOG_LEVEL_ERROR, "loop-lost", "%s=%d", WIFSIGNALED(status) ? "signal" : "status",
		  WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	if (!warden->serving) {
		warden->exit_status = EXIT_STATUS_SYSTEM;
		warden->done = true;
		return;
	}
	/* A reload that was under way is lost with it. */
	if (warden->staged && warden->staged != warden->serving) {
		struct why why;

		why_set(&why, -EPIPE, "loop", "the loop died");
		succession_abort(warden, NULL, &why);
	}
	warden->staged = NULL;
	warden->incarnation++;
	if (clock_now_ns() - warden->loop_born_ns > LOOP_DELAY_LAST_NS)
		warden->loop_delay_ns = 0;
	warden->loop_retry_ns = clock_now_ns() + warden->loop_delay_ns;
	warden->loop_delay_ns =
		warden->loop_delay_ns ? warden->loop_delay_ns * 2 : LOOP_DELAY_FIRST_NS;
	if (warden->loop_delay_ns > LOOP_DELAY_LAST_NS)
		warden->loop_delay_ns = LOOP_DELAY_LAST_NS;
}

/*
 * A staging without one of its zygotes is over. Its reason comes by way of the loop, if it has any.
 */
static void expect_reason(struct warden *warden)
{
	int64_t until = clock_now_ns() + REASON_NS;

	if (warden->staged_until_ns > until)
		warden->staged_until_ns = until;
	warden->staged_patience_ns = 0;
}

static void zygote_lost(const char *service, int status)
{
	log_event(LOG_LEVEL_ERROR, "zygote-lost", "service=%s %s=%d", service,
		  WIFSIGNALED(status) ? "signal" : "status",
		  WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

static void relay_lost(const char *service, int status)
{
	log_event(LOG_LEVEL_ERROR, "relay-lost", "service=%s %s=%d", service,
		  WIFSIGNALED(status) ? "signal" : "status",
		  WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

static void role_ended(struct warden *warden, pid_t pid, int status)
{
	for (struct list *at = warden->rosters.next; at != &warden->rosters; at = at->next) {
		struct roster *roster = container_of(at, struct roster, in_all);
		size_t count = roster->config.service_count, index;
		bool expected = roster->draining || warden->stopping;

		if (posts_lost(roster->posts, count, pid, &index)) {
			if (!expected)
				zygote_lost(roster->config.services[index].name, status);
			/*
			 * What it leaves behind is ours now (PR_SET_CHILD_SUBREAPER), and must not
			 * live.
			 */
			strays_kill(warden);
			groups_want_sweep(&warden->groups);
		} else if (posts_lost(roster->relays, count, pid, &index)) {
			if (!expected)
				relay_lost(roster->config.services[index].name, status);
		} else {
			continue;
		}
		if (roster == warden->staged && roster != warden->serving)
			expect_reason(warden);
		return;
	}
}

void children_reap(struct warden *warden)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == warden->loop_pid)
			loop_ended(warden, status);
		else
			role_ended(warden, pid, status);
	}
}

void children_free_drained(struct warden *warden)
{
	struct list *next;

	for (struct list *at = warden->rosters.next; at != &warden->rosters; at = next) {
		struct roster *roster = container_of(at, struct roster, in_all);

		next = at->next;
		if (roster->draining && roster_empty(roster))
			roster_free(roster);
	}
	groups_sweep(&warden->groups, &warden->rosters);
}

bool children_any_zygote(const struct warden *warden)
{
	for (struct list *at = warden->rosters.next; at != &warden->rosters; at = at->next)
		if (!roster_empty(container_of(at, struct roster, in_all)))
			return true;
	return false;
}

/* SPDX-License-Identifier: ISC */
/* Ends what a dead zygote left behind. Warden, run regime. */
#include "warden/strays.h"

#include "base/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_NS (2 * CLOCK_SECOND_NS)

static bool is_known(const struct warden *warden, pid_t pid)
{
	if (pid == warden->loop_pid)
		return true;
	for (struct list *at = warden->rosters.next; at != &warden->rosters; at = at->next) {
		const struct roster *roster = container_of(at, struct roster, in_all);

		if (roster_find(roster, pid))
			return true;
	}
	return false;
}

static void kill_children(const struct warden *warden, bool known_too)
{
	char path[64];
	FILE *children;
	int pid;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	children = fopen(path, "re");
	/* They are our children and not reaped yet: the numbers are theirs. */
	while (children && fscanf(children, "%d", &pid) == 1)
		if (known_too || !is_known(warden, pid))
			kill(pid, SIGKILL);
	if (children)
		fclose(children);
}

void strays_kill(const struct warden *warden)
{
	kill_children(warden, false);
}

void strays_kill_all(const struct warden *warden)
{
	int64_t until = clock_now_ns() + PATIENCE_NS;
	pid_t pid;

	/* First the zygotes end their containers themselves: their channels are closed. */
	while ((pid = waitpid(-1, NULL, WNOHANG)) >= 0 && clock_now_ns() < until)
		if (pid == 0)
			usleep(1000);
	if (pid < 0)
		return;
	kill_children(warden, true);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}

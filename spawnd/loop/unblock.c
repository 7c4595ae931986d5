/* SPDX-License-Identifier: ISC */
/* A timer that runs while the loop has work. Its signal ends what blocks, and does nothing else. */
#include "loop/unblock.h"

#include "loop/loop.h"

#include <signal.h>
#include <sys/time.h>

#define PERIOD_SECONDS 1

static void interrupt(int number)
{
	(void)number;
}

static void run(bool on)
{
	struct itimerval timer = { .it_interval.tv_sec = on ? PERIOD_SECONDS : 0,
				   .it_value.tv_sec = on ? PERIOD_SECONDS : 0 };

	setitimer(ITIMER_REAL, &timer, NULL);
}

/* The first callback of each turn. A turn without another is the timer's own. */
static void turn_begins(struct ev_loop *ev, ev_check *watcher, int events)
{
	struct loop *loop = watcher->data;
	bool busy = ev_pending_count(ev) > 0;

	if (busy == loop->unblocking)
		return;
	loop->unblocking = busy;
	run(busy);
}

void unblock_init(struct loop *loop)
{
	static ev_check turn;
	/* Without SA_RESTART: the call is to end. */
	struct sigaction action = { .sa_handler = interrupt };

	sigaction(SIGALRM, &action, NULL);
	ev_check_init(&turn, turn_begins);
	ev_set_priority(&turn, EV_MAXPRI);
	turn.data = loop;
	ev_check_start(loop->ev, &turn);
}

/* SPDX-License-Identifier: ISC */
/*
 * Notices that files have changed which programs have read that wait for their connection. Runs in
 * the zygote, run regime.
 */
#include "zygote/stale.h"

#include "base/gate.h"
#include "base/clock.h"
#include "base/fd.h"
#include "zygote/report.h"
#include "zygote/warmth.h"

#include <signal.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Changes come in groups, and a program should not be started with half of them. */
#define SETTLE_NS (200 * CLOCK_MILLISECOND_NS)
#define APART_NS (2 * CLOCK_SECOND_NS) /* a file that changes all the time costs no more */

void stale_learn(struct nursery *nursery)
{
	fd_close(&nursery->watch);
	nursery->watch = (int)GATE_1(SYS_inotify_init1, IN_CLOEXEC | IN_NONBLOCK);
	nursery->learned = false;
}

void stale_hear(struct nursery *nursery)
{
	char events[4096] __attribute__((aligned(8)));

	while (read(nursery->watch, events, sizeof(events)) > 0)
		;
	if (nursery->flush_ns > 0)
		return;
	nursery->flush_ns = clock_now_ns() + SETTLE_NS;
	if (nursery->flush_ns < nursery->flushed_ns + APART_NS)
		nursery->flush_ns = nursery->flushed_ns + APART_NS;
}

void stale_tend(struct nursery *nursery, int64_t now_ns)
{
	struct wire_message message = { 0 };

	if (nursery->flush_ns == 0 || now_ns < nursery->flush_ns)
		return;
	nursery->flush_ns = 0;
	nursery->flushed_ns = now_ns;
	stale_learn(nursery);
	/* Those on their way may have read the old files; they are reaped as any other. */
	for (uint32_t n = 0; n < nursery->making; n++) {
		struct container *container = &nursery->containers[nursery->made_now[n]];

		if (!warmth_is_ahead(container->warmth))
			continue;
		fd_close(&container->channel);
		warmth_end(nursery, container->pid);
		kill(container->pid, SIGKILL);
	}
	report(nursery, LINK_STALE, &message, NULL, 0);
}

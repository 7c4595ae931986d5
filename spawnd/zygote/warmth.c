/* SPDX-License-Identifier: ISC */
/*
 * Programs that are started ahead, on their way from clone to the call where they wait; and the
 * level of warmth that is in force. Runs in the zygote, run regime.
 */
#include "zygote/warmth.h"

#include "base/clock.h"
#include "base/fd.h"
#include "zygote/report.h"
#include "zygote/stale.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define FAILURES_MAX 3 /* in a row */
#define WEIGHED_OF 100
#define KERNEL_BYTES (300 << 10) /* of its namespaces and its process: docs/DESIGN.md */
#define RETRY_NS (50 * CLOCK_MILLISECOND_NS)

void warmth_report(struct nursery *nursery)
{
	struct wire_message message = { .number = nursery->warmth };

	if (nursery->cooled.code == 0)
		return;
	message.why = nursery->cooled;
	report(nursery, LINK_WARMTH, &message, NULL, 0);
}

/*
 * What the program does itself may be the reason, and before main it does nothing: it came to no
 * call where it waits, the stub cannot run there, it has ended, it answers otherwise. Any other
 * reason is one there as well.
 */
static enum warmth below(enum warmth level, const struct why *why)
{
	bool its_own = why->code == -E2BIG || why->code == -ETIMEDOUT || why->code == -ECHILD ||
		       why->code == -EBADMSG || why->code == -EFAULT || why->code == -EBUSY;

	return level == WARMTH_STARTED && its_own ? WARMTH_BEFORE_MAIN : WARMTH_READY;
}

void warmth_fall_back(struct nursery *nursery, const struct why *why)
{
	nursery->warmth = below(nursery->warmth, why);
	nursery->cooled = *why;
	nursery->warmed = false;
	nursery->warm_failures = 0;
	warmth_report(nursery);
}

void warmth_init(struct nursery *nursery, enum warmth asked)
{
	struct why why;

	nursery->warmth = asked;
	if (!warmth_is_ahead(asked))
		return;
	if (park_is_possible(nursery->plan, &why))
		stale_learn(nursery);
	else
		warmth_fall_back(nursery, &why);
}

enum warmth warmth_of_next(const struct nursery *nursery)
{
	uint32_t sooner = 0;

	if (!warmth_is_ahead(nursery->warmth))
		return WARMTH_READY;
	/* A connection that waits already is better off with what is finished first. */
	for (uint32_t n = 0; n < nursery->making; n++)
		sooner += nursery->containers[nursery->made_now[n]].warmth == WARMTH_READY;
	return sooner < nursery->waiting ? WARMTH_READY : nursery->warmth;
}

static struct park *find(struct nursery *nursery, pid_t pid)
{
	for (int i = 0; i < NURSERY_MAKING_MAX; i++)
		if (nursery->parks[i].pid == pid)
			return &nursery->parks[i];
	return NULL;
}

void warmth_begin(struct nursery *nursery, pid_t pid, enum warmth level)
{
	struct park *park = find(nursery, 0); /* as many as can be made at once */

	if (park)
		park_begin(park, nursery->plan->spec, pid, level,
			   nursery->learned ? -1 : nursery->watch);
}

void warmth_end(struct nursery *nursery, pid_t pid)
{
	struct park *park = find(nursery, pid);

	if (park)
		park->pid = 0;
}

static void tell_where(struct nursery *nursery, const struct park *park)
{
	struct wire_message message = { .number = park->level,
					.pid = park->number,
					.waiting = park->calls };

	nursery->warmed = true;
	report(nursery, LINK_WARMTH, &message, NULL, 0);
}

int warmth_stopped(struct nursery *nursery, pid_t pid, int status, struct why *why)
{
	struct park *park = find(nursery, pid);
	int result = park ? park_step(park, status, why) : 0;

	if (result == 1)
		nursery->learned = true;
	if (result == 1 && park->level == nursery->warmth) {
		nursery->warm_failures = 0;
		if (!nursery->warmed)
			tell_where(nursery, park);
	}
	if (result != 0)
		park->pid = 0;
	return result;
}

/*
 * The first one, or the third in a row after some that could, is the last that was tried: from then
 * on containers are made less warm.
 */
static void failed(struct nursery *nursery, enum warmth level, const struct why *why)
{
	if (nursery->drain || nursery->warmth != level)
		return;
	if (nursery->warmed && ++nursery->warm_failures < FAILURES_MAX)
		nursery->retry_ns = clock_now_ns() + RETRY_NS;
	else
		warmth_fall_back(nursery, why);
}

void warmth_give_up(struct nursery *nursery, struct container *container, const struct why *why)
{
	fd_close(&container->channel);
	warmth_end(nursery, container->pid);
	failed(nursery, container->warmth, why);
}

void warmth_end_late(struct nursery *nursery, struct container *container)
{
	struct why why;

	kill(container->pid, SIGKILL);
	if (!warmth_is_ahead(container->warmth) || container->channel < 0)
		return;
	why_set(&why, -ETIMEDOUT, "start-ahead", "it has not come to where it would wait in time");
	warmth_give_up(nursery, container, &why);
}

uint64_t warmth_weigh(struct nursery *nursery, const struct container *container)
{
	unsigned long resident = 0, shared = 0;
	char path[32], text[96] = "";
	int fd;

	if (nursery->unweighed++ % WEIGHED_OF != 0)
		return 0;
	if (nursery->lends && container->warmth == WARMTH_READY)
		return KERNEL_BYTES; /* its process has the zygote's memory */
	snprintf(path, sizeof(path), "/proc/%d/statm", (int)container->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0 ||
	    sscanf(text, "%*u %lu %lu", &resident, &shared) != 2 || resident < shared)
		resident = shared = 0;
	fd_close(&fd);
	return KERNEL_BYTES + (uint64_t)(resident - shared) * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* SPDX-License-Identifier: ISC */
/*
 * Makes, offers and reaps the containers of one service. Runs in the zygote, run regime: it may
 * wait for the loop to read (the loop never waits for it), never for a container.
 */
#include "zygote/nursery.h"

#include "base/clock.h"
#include "base/fd.h"
#include "container/handover.h"
#include "wire/wire.h"
#include "zygote/backlog.h"
#include "zygote/birth.h"
#include "zygote/report.h"
#include "zygote/stale.h"
#include "zygote/warmth.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define REAPED_PER_TURN 256
#define RETRY_FIRST_NS (50 * CLOCK_MILLISECOND_NS)
#define RETRY_LAST_NS (2 * CLOCK_SECOND_NS)

int nursery_init(struct nursery *nursery, const struct plan *plan, struct leaf_plan *leaf_plan,
		 enum warmth warmth, uint32_t capacity)
{
	*nursery =
		(struct nursery){ .plan = plan, .leaf_plan = leaf_plan, .link = -1, .watch = -1 };
	warmth_init(nursery, warmth);
	nursery->containers = calloc(capacity, sizeof(*nursery->containers));
	nursery->leaves = leaf_table(capacity);
	nursery->loans = calloc(capacity, sizeof(*nursery->loans));
	nursery->lends = plan->lends;
	if (!nursery->containers || !nursery->leaves || !nursery->loans ||
	    pids_init(&nursery->pids, capacity) < 0)
		return -ENOMEM;
	return slots_init(&nursery->slots, capacity);
}

static void no_longer_making(struct nursery *nursery, uint32_t index)
{
	for (uint32_t n = 0; n < nursery->making; n++)
		if (nursery->made_now[n] == index) {
			nursery->made_now[n] = nursery->made_now[--nursery->making];
			return;
		}
}

/* Slower after each failure, so that a broken root costs neither a processor nor the log. */
static void failed(struct nursery *nursery, const struct why *why)
{
	struct wire_message message = { .why = *why };

	if (nursery->drain)
		return; /* nobody waits for it, and it was ended by us */
	if (backlog_holds(nursery, why))
		return;
	if (nursery->retry_delay_ns == 0)
		nursery->retry_delay_ns = RETRY_FIRST_NS;
	else if (nursery->retry_delay_ns * 2 <= RETRY_LAST_NS)
		nursery->retry_delay_ns *= 2;
	else
		nursery->retry_delay_ns = RETRY_LAST_NS;
	nursery->retry_ns = clock_now_ns() + nursery->retry_delay_ns;
	report(nursery, LINK_FAILED, &message, NULL, 0);
}

static bool make(struct nursery *nursery)
{
	struct why why;
	uint32_t index;

	if (!slots_take(&nursery->slots, &index))
		return false; /* every place runs a connection: the loop knows */
	if (birth_start(nursery, index, &why) < 0) {
		slots_give(&nursery->slots, index);
		failed(nursery, &why);
		return false;
	}
	pids_add(&nursery->pids, nursery->containers[index].pid, index);
	nursery->made_now[nursery->making++] = index;
	return true;
}

/* Somebody waits, or the next ones will. */
static bool is_low(const struct nursery *nursery)
{
	return nursery->waiting > 0 || nursery->parked + nursery->making < nursery->wanted / 2;
}

/*
 * When the next container may be made. Above its low-water mark a pool fills at its leisure: by one
 * processor, and not before the program of the connection that was here last has had the time to
 * answer.
 */
static int64_t may_make_ns(const struct nursery *nursery)
{
	return !is_low(nursery) && nursery->calm_ns > nursery->retry_ns ? nursery->calm_ns
									: nursery->retry_ns;
}

static bool may_make(const struct nursery *nursery)
{
	return !nursery->drain && nursery->link >= 0 &&
	       nursery->parked + nursery->making < nursery->wanted &&
	       nursery->making < (is_low(nursery) ? NURSERY_MAKING_MAX : 1) &&
	       clock_now_ns() >= may_make_ns(nursery);
}

void nursery_tend(struct nursery *nursery)
{
	int64_t now = clock_now_ns();

	stale_tend(nursery, now);
	for (uint32_t n = 0; n < nursery->making; n++) {
		struct container *container = &nursery->containers[nursery->made_now[n]];

		if (nursery->drain || now >= container->deadline_ns)
			warmth_end_late(nursery, container);
	}
	while (may_make(nursery) && make(nursery))
		;
}

/* Nobody else will. */
static void drop_untold(struct nursery *nursery, const struct container *container)
{
	struct why why;

	why_set(&why, -ETOOMANYREFS, "make-container", "the service's programs send descriptors");
	kill(container->pid, SIGKILL);
	failed(nursery, &why);
}

/*
 * The container is finished: the loop gets its channel, its stderr and what is for a relay, and
 * from now on decides over it.
 */
static void offer(struct nursery *nursery, uint32_t index, const int32_t relay[2])
{
	struct container *container = &nursery->containers[index];
	struct wire_message message = { .number = container->warmth };
	int fds[WIRE_FDS_MAX], count = 0;

	container->state = CONTAINER_PARKED;
	no_longer_making(nursery, index);
	nursery->parked++;
	fds[count++] = container->channel;
	if (container->log >= 0)
		fds[count++] = container->log;
	for (int i = 0; i < 2 && relay[i] >= 0; i++)
		fds[count++] = relay[i];
	report_name(nursery, index, &message);
	message.when_ns =
		NURSERY_CALM_NS + clock_now_ns() - (container->deadline_ns - BIRTH_TIMEOUT_NS);
	message.id = warmth_weigh(nursery, container);
	if (report(nursery, LINK_PARKED, &message, fds, (size_t)count) < 0) {
		drop_untold(nursery, container);
	} else {
		nursery->retry_delay_ns = 0;
		backlog_end(nursery);
	}
	fd_close(&container->channel);
	if (!nursery->offered) {
		struct wire_message ready = { 0 };

		nursery->offered = true;
		report(nursery, LINK_READY, &ready, NULL, 0);
	}
}

/* False: it has failed, and what there is of it may be killed. */
static bool hear(struct nursery *nursery, uint32_t index)
{
	struct container *container = &nursery->containers[index];
	struct wire_message message;
	int got = wire_receive(container->channel, WIRE_PARKED, &message, false);

	if (got == -EAGAIN)
		return true;
	if (got == 1 && message.type == PARKED_READY) {
		offer(nursery, index, message.fds);
		fd_close_all(message.fds, WIRE_FDS_MAX);
		return true;
	}
	if (got == 1)
		why_sanitise(&message.why);
	else
		why_set(&message.why, got < 0 ? got : -ECHILD, "make-container",
			"it ended while it was made%s",
			container->group_usage.oom_kills > 0 ? ": out of memory" : "");
	if (got == 1)
		fd_close_all(message.fds, WIRE_FDS_MAX);
	if (warmth_is_ahead(container->warmth) && (got != 1 || message.number == HANDOVER_AHEAD)) {
		warmth_give_up(nursery, container, &message.why);
		return false;
	}
	fd_close(&container->channel); /* heard; the process is reaped in its time */
	failed(nursery, &message.why);
	return false;
}

void nursery_hear(struct nursery *nursery)
{
	/* Downwards: one that is ready leaves the array, and the last takes its place. */
	for (uint32_t n = nursery->making; n-- > 0;) {
		uint32_t index = nursery->made_now[n];

		if (nursery_channel(nursery, n) >= 0 && !hear(nursery, index))
			kill(nursery->containers[index].pid, SIGKILL);
	}
}

int nursery_channel(const struct nursery *nursery, uint32_t n)
{
	return nursery->containers[nursery->made_now[n]].channel;
}

static void let_go(struct nursery *nursery, uint32_t index)
{
	struct container *container = &nursery->containers[index];

	fd_close(&container->channel);
	fd_close(&container->log);
	container->state = CONTAINER_NONE;
	slots_give(&nursery->slots, index);
}

static void bury(struct nursery *nursery, pid_t pid, int status, const struct rusage *usage)
{
	struct container *container;
	uint32_t index;

	if (!pids_take(&nursery->pids, pid, &index))
		return;
	container = &nursery->containers[index];
	container->status = status;
	container->usage = *usage;
	leaf_end(nursery->leaf_plan, &nursery->leaves[index], &container->group_usage);
	/*
	 * What it said last comes before the news that it is gone. (Its pid may be another's now.)
	 */
	if (container->state == CONTAINER_MAKING && container->channel >= 0)
		(void)hear(nursery, index);
	if (report_is_deaf(nursery))
		fd_close(&nursery->link);
	/* Before the loop closes its copy: epoll would go on to report ours (epoll(7), Q6). */
	if (nursery->link >= 0)
		fd_close(&container->log);
	warmth_end(nursery, pid);
	if (container->state == CONTAINER_MAKING)
		no_longer_making(nursery, index);
	else
		report_exited(nursery, index);
	nursery->parked -= container->state == CONTAINER_PARKED;
	nursery->taken -= container->state == CONTAINER_TAKEN;
	/* While there is no loop nobody has heard it: the next one will. */
	if (container->state == CONTAINER_TAKEN && nursery->link < 0)
		container->state = CONTAINER_ENDED;
	else
		let_go(nursery, index);
}

static void step(struct nursery *nursery, pid_t pid, int status)
{
	struct container *container;
	struct why why;
	uint32_t index;
	int result = warmth_stopped(nursery, pid, status, &why);

	if (result == 0 || !pids_find(&nursery->pids, pid, &index))
		return;
	container = &nursery->containers[index];
	if (result < 0) {
		warmth_give_up(nursery, container, &why);
		kill(pid, SIGKILL);
	} else {
		offer(nursery, index, (const int32_t[]){ -1, -1 }); /* none has a relay: park.c */
	}
}

void nursery_reap(struct nursery *nursery)
{
	struct rusage usage;
	int status;
	pid_t pid;

	/* One that is traced may stop as fast as it is resumed. */
	for (int i = 0; i < REAPED_PER_TURN; i++) {
		pid = wait4(-1, &status, WNOHANG | __WALL, &usage);
		nursery->unreaped = pid > 0;
		if (pid <= 0)
			return;
		if (WIFSTOPPED(status))
			step(nursery, pid, status);
		else
			bury(nursery, pid, status, &usage);
	}
}

void nursery_set_link(struct nursery *nursery, int link)
{
	struct wire_message note = { 0 }, ready = { 0 };

	fd_close(&nursery->link);
	nursery->link = link;
	nursery->wanted = nursery->waiting = 0; /* the new one says what it wants */
	warmth_report(nursery);
	for (unsigned int i = 0; i < nursery->plan->note_count; i++) {
		note.why = nursery->plan->notes[i];
		report(nursery, LINK_NOTE, &note, NULL, 0);
	}
	for (uint32_t i = 0; i < nursery->slots.capacity; i++) {
		const struct container *container = &nursery->containers[i];

		if (container->state == CONTAINER_TAKEN || container->state == CONTAINER_ENDED)
			report_running(nursery, i);
		if (container->state == CONTAINER_ENDED) {
			report_exited(nursery, i);
			let_go(nursery, i);
		}
		/* The old loop may have died between its hand-over and LINK_TAKEN. */
		if (container->state == CONTAINER_PARKED)
			kill(container->pid, SIGKILL);
	}
	/*
	 * Proved already; and behind what runs, so that it is counted before anything is accepted.
	 */
	if (nursery->offered)
		report(nursery, LINK_READY, &ready, NULL, 0);
}

int nursery_timeout_ms(const struct nursery *nursery)
{
	int64_t left = may_make_ns(nursery) - clock_now_ns();

	if (nursery->unreaped)
		return 0;
	if (nursery->flush_ns > 0)
		return 100;
	if (nursery->making > 0)
		return 1000; /* looks for one that takes too long */
	if (nursery->drain || nursery->link < 0 || nursery->parked >= nursery->wanted ||
	    nursery->slots.used == nursery->slots.capacity)
		return -1;
	/* The delay may have passed since nursery_tend() looked: nothing else would wake us. */
	return left <= 0 ? 0 : (int)(left / CLOCK_MILLISECOND_NS) + 1;
}

void nursery_kill_all(struct nursery *nursery)
{
	for (uint32_t i = 0; i < nursery->slots.capacity; i++)
		if (nursery->containers[i].state != CONTAINER_NONE &&
		    nursery->containers[i].state != CONTAINER_ENDED)
			kill(nursery->containers[i].pid, SIGKILL);
	while (wait4(-1, NULL, 0, NULL) > 0 || errno == EINTR)
		;
}

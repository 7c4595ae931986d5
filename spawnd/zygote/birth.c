/* SPDX-License-Identifier: ISC */
/*
 * Brings a container's first process into the world: its control group, its channel, its standard
 * error, the clone. What it does from there is container/enter.c's; what becomes of it nursery.c's.
 * Zygote, run regime.
 */
#include "zygote/birth.h"

#include "base/clock.h"
#include "base/fd.h"
#include "container/enter.h"
#include "container/namespaces.h"
#include "wire/wire.h"
#include "zygote/warmth.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

/* MemoryHigh= and MemorySwapMax= kill nobody. */
static bool has_memory_limit(const struct group_limit_spec limits[GROUP_LIMITS])
{
	return limits[GROUP_MEMORY_MAX].unit != GROUP_UNIT_NONE;
}

/* An init lives on beside its program, and an overlay takes more of the C library. */
bool birth_may_lend(const struct service_spec *service, const struct leaf_plan *leaf_plan)
{
	const struct container_spec *spec = &service->container;
	bool limited = leaf_plan->parent >= 0 &&
		       (has_memory_limit(spec->group) || has_memory_limit(service->group));

	return !limited && !spec->init && !spec->root_ephemeral && loan_is_possible();
}

/* What a child that borrows the zygote's memory is started with, in its own copy. */
struct borrower {
	const struct plan *plan;
	struct enter enter;
};

static void enter_borrower(void *argument)
{
	const struct borrower *borrower = argument;

	enter_container(borrower->plan, &borrower->enter);
}

/* -ENOSYS: this one is to be forked. */
static pid_t lend(struct nursery *nursery, uint32_t index, const struct enter *enter, int *group)
{
	struct loan *loan = &nursery->loans[index];
	size_t entries = nursery->plan->environment_entries;
	struct borrower borrower = { nursery->plan, *enter };
	pid_t pid;

	if (!nursery->lends || (!loan->base && loan_take(loan, entries) < 0))
		return -ENOSYS;
	borrower.enter.borrows = true;
	borrower.enter.environment = loan->environment;
	borrower.enter.group = -1;
	pid = loan_clone(loan, CLONE_NEWPID, group, enter_borrower, &borrower, sizeof(borrower));
	/* As clone3(2) has it, ERRORS: not with a control group, on this kernel. */
	if (pid == -E2BIG || pid == -EINVAL)
		nursery->lends = false;
	return nursery->lends ? pid : -ENOSYS;
}

int birth_start(struct nursery *nursery, uint32_t index, struct why *why)
{
	struct container *container = &nursery->containers[index];
	bool logs = nursery->plan->spec->standard_error == STANDARD_ERROR_LOG;
	int pair[2], log[2] = { -1, -1 }, group;
	enum warmth warmth = warmth_of_next(nursery);
	struct enter enter;
	pid_t pid;

	if (leaf_begin(nursery->leaf_plan, &nursery->leaves[index], why) < 0)
		return why->code;
	group = nursery->leaves[index].dir;
	if (wire_pair(pair) < 0)
		return why_set(why, -errno, "make-channel", "socketpair");
	if (logs && pipe2(log, O_CLOEXEC) < 0) {
		fd_close_all(pair, 2);
		return why_set(why, -errno, "make-log-pipe", "pipe2");
	}
	enter = (struct enter){ .channel = pair[1],
				.log = log[1],
				.ahead = warmth_is_ahead(warmth),
				.nameless = warmth_is_ahead(nursery->warmth),
				.environment = nursery->plan->environment };
	pid = lend(nursery, index, &enter, &group);
	if (pid == -ENOSYS) {
		pid = namespaces_clone_into(CLONE_NEWPID, &group);
		enter.group = group; /* in the child: -1, unless it is still to be joined */
		if (pid == 0)
			enter_container(nursery->plan, &enter);
	}
	fd_close(&pair[1]);
	fd_close(&log[1]);
	if (pid < 0) {
		fd_close(&pair[0]);
		fd_close(&log[0]);
		return why_set(why, pid, "clone", "clone(CLONE_NEWPID)");
	}
	if (enter.ahead)
		warmth_begin(nursery, pid, warmth);
	*container = (struct container){ .state = CONTAINER_MAKING,
					 .warmth = warmth,
					 .pid = pid,
					 .channel = pair[0],
					 .log = log[0],
					 .deadline_ns = clock_now_ns() + BIRTH_TIMEOUT_NS };
	return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * Limits, scheduling, signals, umask, session: item by item, first in the zygote, then in each
 * container (child regime). setrlimit(2), signal(7), sched(7), proc(5), personality(2).
 */
#include "container/state.h"

#include "base/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define IN_FLIGHT_SPARE 254
#define TIMER_SLACK_NS 50000UL /* what the kernel gives its first process */
#define IOPRIO_WHO_PROCESS_ 1  /* ioprio_set(2): the C library has no header for it */

/*
 * A hard limit can only go down later: lift it to what containers are promised. Where that is not
 * allowed (CAP_SYS_RESOURCE), a limit of the default profile stays lower, and one that was asked
 * for is an error.
 */
static int lift_hard_limit(struct plan *plan, int number, struct why *why)
{
	const struct limit_spec *wanted = &plan->spec->limits[number];
	struct rlimit *promised = &plan->limits[number], limit;

	*promised = (struct rlimit){ wanted->soft, wanted->hard };
	if (getrlimit((__rlimit_resource_t)number, &limit) < 0)
		return errno == EINVAL ? 0 : why_set(why, -errno, "limits", "limit %d", number);
	if (limit.rlim_max >= wanted->hard)
		return 0;
	promised->rlim_max = limit.rlim_max;
	if (promised->rlim_cur > promised->rlim_max)
		promised->rlim_cur = promised->rlim_max;
	limit.rlim_max = wanted->hard;
	if (setrlimit((__rlimit_resource_t)number, &limit) == 0) {
		*promised = (struct rlimit){ wanted->soft, wanted->hard };
		return 0;
	}
	why_set(why, -errno, "limits", "limit %d cannot be lifted from %llu to %llu", number,
		(unsigned long long)promised->rlim_max, (unsigned long long)wanted->hard);
	if (wanted->set)
		return why->code;
	plan_note(plan, why);
	return 0;
}

static int write_oom_score(int adjust)
{
	char text[16];
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC), error = 0;

	if (fd < 0)
		return -errno;
	snprintf(text, sizeof(text), "%d", adjust);
	if (write(fd, text, strlen(text)) < 0)
		error = -errno;
	close(fd);
	return error;
}

/* Every processor the cpuset of the daemon has. */
static void allow_all_processors(void)
{
	cpu_set_t all;

	memset(&all, 0xff, sizeof(all));
	sched_setaffinity(0, sizeof(all), &all);
}

/*
 * The kernel counts the descriptors that a user has in flight against the limit of whoever sends
 * one (too_many_unix_fds() in net/core/scm.c; SCM_MAX_FD at once), and a program may have the user
 * of the zygote, or of a container that is being made. So these have a higher limit than it can
 * have.
 */
static void limit_in_flight(struct plan *plan)
{
	struct rlimit *theirs = &plan->limits[RLIMIT_NOFILE], own;
	struct why note;

	if (getrlimit(RLIMIT_NOFILE, &own) < 0)
		return;
	if (own.rlim_max < IN_FLIGHT_SPARE || theirs->rlim_max > own.rlim_max - IN_FLIGHT_SPARE) {
		struct rlimit more = { theirs->rlim_max + IN_FLIGHT_SPARE,
				       theirs->rlim_max + IN_FLIGHT_SPARE };

		if (theirs->rlim_max < more.rlim_max && setrlimit(RLIMIT_NOFILE, &more) == 0)
			return;
		why_set(&note, -EPERM, "limits",
			"limit %d is %d less than spawnd's own, which is %llu", RLIMIT_NOFILE,
			IN_FLIGHT_SPARE, (unsigned long long)own.rlim_max);
		plan_note(plan, &note);
		theirs->rlim_max = own.rlim_max > IN_FLIGHT_SPARE ? own.rlim_max - IN_FLIGHT_SPARE
								  : own.rlim_max;
		if (theirs->rlim_cur > theirs->rlim_max)
			theirs->rlim_cur = theirs->rlim_max;
	}
	own.rlim_cur = own.rlim_max;
	setrlimit(RLIMIT_NOFILE, &own);
}

int state_prepare(struct plan *plan, struct why *why)
{
	struct sched_param normal = { .sched_priority = 0 };
	int error = 0;

	for (int i = 0; i < SPEC_RLIMITS && error == 0; i++)
		error = lift_hard_limit(plan, i, why);
	if (error < 0)
		return error;
	limit_in_flight(plan);
	error = write_oom_score(plan->spec->oom_score_adjust);
	if (error < 0)
		return why_set(why, error, "oom-score", "write oom_score_adj");
	if (sched_setscheduler(0, SCHED_OTHER, &normal) < 0)
		return why_set(why, -errno, "scheduling", "sched_setscheduler");
	allow_all_processors();
	if (setpriority(PRIO_PROCESS, 0, plan->spec->nice) < 0)
		return why_set(why, -errno, "nice", "setpriority %d", plan->spec->nice);
	return 0;
}

/*
 * Ignored signals survive execve, and someone may have started the daemon with SIGPIPE ignored, or
 * with one of the two that the C library keeps to itself and will not let sigaction(3) touch. All
 * zero bytes are SIG_DFL, no flags, no mask.
 */
static void reset_signals(void)
{
	static const unsigned long standard[8];

	for (int number = 1; number < _NSIG; number++)
		if (number != SIGKILL && number != SIGSTOP)
			syscall(SYS_rt_sigaction, number, standard, NULL, _NSIG / 8);
}

/* What a container inherits from the zygote it need not ask for. */
static void compare_limits(struct plan *plan)
{
	struct rlimit own;

	for (int i = 0; i < SPEC_RLIMITS; i++)
		plan->limit_is_ours[i] = getrlimit((__rlimit_resource_t)i, &own) == 0 &&
					 own.rlim_cur == plan->limits[i].rlim_cur &&
					 own.rlim_max == plan->limits[i].rlim_max;
}

int state_settle(struct plan *plan, struct why *why)
{
	reset_signals();
	compare_limits(plan);
	if (personality(PER_LINUX) < 0)
		return why_set(why, -errno, "personality", "personality");
	/* 0 would mean "as the parent had it". */
	prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS, 0, 0, 0);
	prctl(PR_SET_THP_DISABLE, 0UL, 0, 0, 0);
	syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS_, 0,
		0); /* by the nice value, as without any setting */
	/* Nobody may trace the setup or read it through /proc. execve sets it anew. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return why_set(why, -errno, "dumpable", "prctl");
	return 0;
}

/* prlimit64(2): two numbers of 64 bits on every machine. */
static int set_limit(int number, const struct rlimit *limit)
{
	uint64_t both[2] = { limit->rlim_cur, limit->rlim_max };

	return (int)GATE_4(SYS_prlimit64, 0, number, both, NULL);
}

int state_apply(const struct plan *plan, struct why *why)
{
	/*
	 * pid 1 of a pid namespace that is no leader yet: no terminal, no process group of the
	 * zygote's.
	 */
	int error = (int)GATE_0(SYS_setsid);

	if (error < 0)
		return why_set(why, error, "session", "setsid");
	GATE_1(SYS_umask, plan->spec->umask);
	for (int i = 0; i < SPEC_RLIMITS; i++) {
		if (i == RLIMIT_NOFILE || plan->limit_is_ours[i])
			continue;
		error = set_limit(i, &plan->limits[i]);
		if (error < 0 && error != -EINVAL)
			return why_set(why, error, "limits", "limit %d", i);
	}
	return 0;
}

int state_apply_last(const struct plan *plan, struct why *why)
{
	static const unsigned long none[8];
	int error = set_limit(RLIMIT_NOFILE, &plan->limits[RLIMIT_NOFILE]);

	/* A small one would leave no room for the hand-over; what is open already stays so. */
	if (error < 0)
		return why_set(why, error, "limits", "limit %d", (int)RLIMIT_NOFILE);
	GATE_4(SYS_rt_sigprocmask, SIG_SETMASK, none, NULL, _NSIG / 8);
	return 0;
}

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_PROCESS_LOCKDOWN_CALLS_H
#define SPAWND_PROCESS_LOCKDOWN_CALLS_H

/*
 * Which system calls and capabilities the daemon's own processes have: the tables, each row with
 * its reason. process/lockdown.c enforces them. What is not in a table is not there; whoever makes
 * a process use a new call adds its row.
 */
#include <stddef.h>

/*
 * A rule for one call: allowed, or allowed if (argument `index` & mask) == value, or answered with
 * an errno. A call that has several rows may do what any of them says. LOCKDOWN_ANY: no condition.
 * A condition costs the kernel's cache of calls that are always allowed (seccomp_cache_prepare(),
 * kernel/seccomp.c), so the calls of the accept path have none where that can be.
 */
#define LOCKDOWN_ANY (-1)

struct lockdown_call {
	int number; /* libseccomp's; negative: this architecture has none of that name */
	int index;
	unsigned long mask, value;
	int refusal; /* errno, or 0 */
};

/* The loop, from the moment when it has started: all it may still call. */
const struct lockdown_call *lockdown_loop_calls(size_t *count);

/*
 * By name, what neither the warden nor anything that descends from it may call, programs included:
 * the filter is inherited. All else that libseccomp knows by name is allowed, and a call that it
 * does not know answers ENOSYS.
 */
const char *const *lockdown_never_calls(size_t *count);

/* CAP_* that the warden keeps; zygotes inherit them for as long as they are host root. */
const unsigned int *lockdown_warden_capabilities(size_t *count);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * RLIMIT_NOFILE of spawnd's own processes: so much as the configuration takes, known before it is
 * needed.
 */
#include "process/descriptors.h"

#include <errno.h>
#include <stddef.h>
#include <sys/resource.h>

static int allow(pid_t process, uint64_t wanted)
{
	struct rlimit limit;

	if (prlimit(process, RLIMIT_NOFILE, NULL, &limit) < 0)
		return -errno;
	if (limit.rlim_cur >= wanted)
		return 0;
	if (limit.rlim_max < wanted)
		limit.rlim_max = wanted;
	limit.rlim_cur = wanted;
	return prlimit(process, RLIMIT_NOFILE, &limit, NULL) < 0 ? -errno : 0;
}

int descriptors_allow(pid_t process, uint64_t wanted, struct why *why)
{
	int error = allow(process, wanted);

	if (error == 0 || error == -ESRCH)
		return 0;
	return why_set(
		why, error, "descriptor-limit",
		"RLIMIT_NOFILE must be %llu: lower MaxConnections= or start spawnd with more",
		(unsigned long long)wanted);
}

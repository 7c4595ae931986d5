/* SPDX-License-Identifier: ISC */
/*
 * RLIMIT_NOFILE of spawnd's own processes: so much as the configuration takes, known before it is
 * needed.
 */
#include "process/descriptors.h"

#include <errno.h>
#include <sys/resource.h>

int descriptors_allow(uint64_t wanted, struct why *why)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return why_set(why, -errno, "descriptor-limit", "RLIMIT_NOFILE");
	if (limit.rlim_cur >= wanted)
		return 0;
	if (limit.rlim_max < wanted)
		limit.rlim_max = wanted;
	limit.rlim_cur = wanted;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		return why_set(why, -errno, "descriptor-limit",
			       "RLIMIT_NOFILE must be %llu: lower MaxConnections= or start spawnd "
			       "with more",
			       (unsigned long long)wanted);
	return 0;
}

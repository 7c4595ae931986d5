/* SPDX-License-Identifier: ISC */
/*
 * Writes limits to a control group. Start and run regime; the warden and the zygote. A share of
 * what the machine has is worked out here, where it is written: a specification is the same bytes
 * in every process.
 */
#include "container/limits.h"

#include "base/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define WHOLE 10000 /* hundredths of a percent */
#define PERIOD_US 100000
#define WEIGHT_DEFAULT 100

static const struct {
	const char *file, *none;
} files[] = {
	[GROUP_MEMORY_MAX] = { "memory.max", "max" },
	[GROUP_MEMORY_HIGH] = { "memory.high", "max" },
	[GROUP_MEMORY_SWAP_MAX] = { "memory.swap.max", "max" },
	[GROUP_TASKS_MAX] = { "pids.max", "max" },
	[GROUP_CPU_QUOTA] = { "cpu.max", "max" },
	[GROUP_CPU_WEIGHT] = { "cpu.weight", "100" },
	[GROUP_IO_WEIGHT] = { "io.weight", "default 100" },
};
_Static_assert(sizeof(files) / sizeof(files[0]) == GROUP_LIMITS, "a file for each");

const char *limits_file(enum group_limit limit)
{
	return files[limit].file;
}

bool limits_has(int group, enum group_limit limit)
{
	return faccessat(group, files[limit].file, F_OK, 0) == 0;
}

static uint64_t number_in(const char *path, uint64_t otherwise)
{
	char text[32];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t count = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (count <= 0)
		return otherwise;
	text[count] = '\0';
	return strtoull(text, NULL, 10);
}

/* What a percentage is of: systemd.resource-control(5). */
static uint64_t machine_has(enum group_limit limit)
{
	struct sysinfo info;
	uint64_t pids, threads;

	if (limit == GROUP_TASKS_MAX) {
		pids = number_in("/proc/sys/kernel/pid_max", 32768);
		threads = number_in("/proc/sys/kernel/threads-max", pids);
		return threads < pids ? threads : pids;
	}
	if (sysinfo(&info) < 0)
		return 0;
	return (limit == GROUP_MEMORY_SWAP_MAX ? info.totalswap : info.totalram) *
	       (uint64_t)info.mem_unit;
}

static uint64_t share_of(uint64_t total, uint64_t permyriad)
{
	return total / WHOLE * permyriad + total % WHOLE * permyriad / WHOLE;
}

void limits_text(enum group_limit limit, const struct group_limit_spec *spec,
		 char text[LIMITS_TEXT_SIZE])
{
	uint64_t value = spec->unit == GROUP_UNIT_PERMYRIAD
				 ? share_of(machine_has(limit), spec->value)
				 : spec->value;

	if (spec->unit == GROUP_UNIT_NONE || spec->unit == GROUP_UNIT_IDLE)
		snprintf(text, LIMITS_TEXT_SIZE, "%s", files[limit].none);
	else if (limit == GROUP_CPU_QUOTA)
		snprintf(text, LIMITS_TEXT_SIZE, "%" PRIu64 " %d", share_of(PERIOD_US, spec->value),
			 PERIOD_US);
	else if (limit == GROUP_IO_WEIGHT)
		snprintf(text, LIMITS_TEXT_SIZE, "default %" PRIu64, value);
	else
		snprintf(text, LIMITS_TEXT_SIZE, "%" PRIu64, value);
}

/* Its weight is the least, and it gives way to all others: cpu.idle (5.15). */
static int write_idle(int group, bool idle)
{
	int error = cgroup_write(group, "cpu.idle", idle ? "1" : "0");

	/* Without it nothing is idle already. */
	return error == -ENOENT && !idle ? 0 : error;
}

int limits_write(int group, enum group_limit limit, const struct group_limit_spec *spec,
		 struct why *why)
{
	char text[LIMITS_TEXT_SIZE];
	int error = 0;

	limits_text(limit, spec, text);
	if (limit == GROUP_CPU_WEIGHT)
		error = write_idle(group, spec->unit == GROUP_UNIT_IDLE);
	/* An idle group has no weight that could be set. */
	if (error == 0 && spec->unit != GROUP_UNIT_IDLE)
		error = cgroup_write(group, files[limit].file, text);
	if (error < 0)
		return why_set(why, error, "limit", "write \"%s\" to %s", text,
			       spec->unit == GROUP_UNIT_IDLE ? "cpu.idle" : files[limit].file);
	return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * A container's control group. Runs in the zygote as the root of the service's user namespace, by a
 * descriptor of the directory that the warden has given it: it sees no other group, and the limits
 * of the service as a whole lie above its reach.
 */
#include "container/leaf.h"

#include "base/cgroup.h"
#include "base/fd.h"
#include "container/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NAME_SIZE 40
#define EMPTY_TRIES 20 /* of a millisecond: the last process is past its exit */

struct leaf *leaf_table(uint32_t capacity)
{
	struct leaf *table = calloc(capacity, sizeof(*table));

	for (uint32_t i = 0; table && i < capacity; i++)
		table[i].dir = table[i].peak = -1;
	return table;
}

static void name_of(const struct leaf_plan *plan, uint64_t number, char name[NAME_SIZE])
{
	snprintf(name, NAME_SIZE, "%" PRIu32 ".%" PRIu64, plan->serial, number);
}

void leaf_drop(const struct leaf_plan *plan, struct leaf *leaf)
{
	char name[NAME_SIZE];

	if (leaf->dir < 0)
		return;
	name_of(plan, leaf->number, name);
	if (unlinkat(plan->parent, name, AT_REMOVEDIR) < 0)
		cgroup_kill(leaf->dir);
	fd_close(&leaf->peak);
	fd_close(&leaf->dir);
}

static int set_limits(const struct leaf_plan *plan, int dir, struct why *why)
{
	for (int i = 0; i < GROUP_LIMITS; i++) {
		int error = 0;

		if (plan->limits[i].unit != GROUP_UNIT_NONE)
			error = limits_write(dir, (enum group_limit)i, &plan->limits[i], why);
		if (error < 0 && plan->required)
			return error;
	}
	/* A connection is one thing: what is left of it after a kill would be no use. */
	cgroup_write(dir, "memory.oom.group", "1");
	return 0;
}

static int make(struct leaf_plan *plan, struct leaf *leaf, struct why *why)
{
	char name[NAME_SIZE];
	int dir, error;

	leaf->number = plan->next++;
	name_of(plan, leaf->number, name);
	dir = cgroup_make(plan->parent, name);
	if (dir < 0)
		return why_set(why, dir, "make-group", "the control group %s", name);
	error = set_limits(plan, dir, why);
	if (error < 0) {
		unlinkat(plan->parent, name, AT_REMOVEDIR);
		fd_close(&dir);
		return error;
	}
	/*
	 * There since 5.19. Writable since 6.12: a reset is seen by reads of this descriptor alone.
	 * Between them there is no way back.
	 */
	leaf->peak = openat(dir, "memory.peak", O_RDWR | O_CLOEXEC);
	leaf->once = leaf->peak < 0 && errno != ENOENT;
	leaf->dir = dir;
	leaf->cpu_us = leaf->kills = leaf->refusals = 0;
	return 0;
}

static int64_t at_least_zero(int64_t value)
{
	return value < 0 ? 0 : value;
}

/* The init of its pid namespace is reaped, so nobody can be left; but the last may be on its way */
static bool wait_until_empty(const struct leaf *leaf)
{
	for (int i = 0; i < EMPTY_TRIES; i++) {
		if (!cgroup_is_populated(leaf->dir))
			return true;
		cgroup_kill(leaf->dir);
		usleep(1000);
	}
	return false;
}

/* What is not given on: a peak that stays, memory that the next one would have to answer for. */
static bool can_serve_again(const struct leaf *leaf)
{
	return !leaf->once && wait_until_empty(leaf) &&
	       cgroup_read(leaf->dir, "memory.current", NULL) <= LEAF_REMAINS_MAX_BYTES &&
	       (leaf->peak < 0 || pwrite(leaf->peak, "r", 1, 0) == 1);
}

int leaf_begin(struct leaf_plan *plan, struct leaf *leaf, struct why *why)
{
	if (plan->parent < 0)
		return 0;
	if (leaf->dir >= 0 && !can_serve_again(leaf))
		leaf_drop(plan, leaf);
	if (leaf->dir < 0)
		return make(plan, leaf, why);
	leaf->cpu_us = at_least_zero(cgroup_read(leaf->dir, "cpu.stat", "usage_usec"));
	leaf->kills = at_least_zero(cgroup_read(leaf->dir, "memory.events", "oom_kill"));
	leaf->refusals = at_least_zero(cgroup_read(leaf->dir, "pids.events", "max"));
	return 0;
}

static int64_t peak_of(const struct leaf *leaf)
{
	char text[32];
	ssize_t count;

	if (leaf->peak < 0) /* 5.19 to 6.11; before that there is none */
		return cgroup_read(leaf->dir, "memory.peak", NULL);
	count = pread(leaf->peak, text, sizeof(text) - 1, 0);
	text[count < 0 ? 0 : count] = '\0';
	return cgroup_value_of(text, NULL);
}

static int64_t since(int64_t now, int64_t before)
{
	return now < 0 ? -1 : now - before;
}

void leaf_end(const struct leaf_plan *plan, struct leaf *leaf, struct wire_usage *usage)
{
	char name[NAME_SIZE];
	int64_t peak;

	if (leaf->dir < 0)
		return;
	peak = peak_of(leaf);
	*usage = (struct wire_usage){
		.has_group = 1,
		.group_cpu_us =
			since(cgroup_read(leaf->dir, "cpu.stat", "usage_usec"), leaf->cpu_us),
		.memory_peak_bytes = peak < 0 ? -1 : peak,
		.oom_kills =
			since(cgroup_read(leaf->dir, "memory.events", "oom_kill"), leaf->kills),
		.tasks_refused =
			since(cgroup_read(leaf->dir, "pids.events", "max"), leaf->refusals),
	};
	name_of(plan, leaf->number, name);
	/* Not yet, when the last process is on its way still: leaf_begin() tries again. */
	if (!leaf->once || unlinkat(plan->parent, name, AT_REMOVEDIR) < 0)
		return;
	fd_close(&leaf->peak);
	fd_close(&leaf->dir);
}

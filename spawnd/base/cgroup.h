/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_BASE_CGROUP_H
#define SPAWND_BASE_CGROUP_H

/*
 * Control groups of the unified hierarchy (cgroup v2) as directories: where the hierarchy is
 * mounted, making and removing groups, reading and writing their files. A group is an O_DIRECTORY
 * descriptor, so that it works in every mount namespace. Documentation/admin-guide/cgroup-v2.rst,
 * cgroups(7). Nothing here allocates but cgroup_remove() and cgroup_kill(), which read directories.
 */
#include "base/why.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The controllers that limit what spawnd limits. A set of them is an unsigned int of CGROUP_BIT()s.
 */
enum cgroup_controller { CGROUP_CPU, CGROUP_IO, CGROUP_MEMORY, CGROUP_PIDS, CGROUP_CONTROLLERS };
#define CGROUP_BIT(controller) (1u << (controller))
#define CGROUP_ALL (CGROUP_BIT(CGROUP_CONTROLLERS) - 1)

const char *cgroup_controller_name(enum cgroup_controller controller);

/* Where the hierarchy is, and this process in it. */
struct cgroup_place {
	char mount[PATH_MAX]; /* the mount point */
	char own[PATH_MAX];   /* our group below it, "" for the mount's root itself, else "a/b" */
	bool own_known;	      /* false: our group is not below the mount (a namespace, a bind) */
};

/*
 * Asks /proc/self/mountinfo and /proc/self/cgroup. 0; -ENOENT: no cgroup2 is mounted; another
 * -errno.
 */
int cgroup_locate(struct cgroup_place *place, struct why *why);

/*
 * Pure, for it: a line of mountinfo that is a cgroup2 mount, with its mount point and the group
 * that is its root (proc_pid_mountinfo(5)); and of the line of /proc/self/cgroup that is of the
 * unified hierarchy, `path` relative to the mount's root. Buffers are of PATH_MAX bytes; lines lose
 * their end. False: it is not that.
 */
bool cgroup_parse_mount(const char *line, char *mount, char *root);
bool cgroup_parse_own(const char *line, const char *root, char *path);

/* Opens a group of this path relative to `at`, or makes it: one level, 0755. A descriptor or
 * -errno. */
int cgroup_open(int at, const char *path);
int cgroup_make(int at, const char *name);

/*
 * The controllers in a list such as cgroup.controllers or cgroup.subtree_control; unreadable: none.
 */
unsigned int cgroup_controllers(int group, const char *file);

/*
 * Enables controllers for the children of the group (cgroup.subtree_control). They are tried one by
 * one; `why` names the first that failed (EBUSY: the group has processes of its own; ENOENT: the
 * group does not have it). Returns those that are enabled then.
 */
unsigned int cgroup_enable(int group, unsigned int controllers, struct why *why);

/*
 * Writes one value to a file of the group. O_NONBLOCK, so that lowering memory.max does not wait
 * (6.16 honours it). 0 or -errno (-ENOENT: there is no such file here).
 */
int cgroup_write(int group, const char *file, const char *value);

/*
 * The number in a file, or behind the word `key` at the beginning of a line of it. -errno;
 * -ENODATA: no such key, or "max".
 */
int64_t cgroup_read(int group, const char *file, const char *key);
int64_t cgroup_value_of(const char *text, const char *key); /* the same, of its text */

/* Moves this process into the group. 0 or -errno. */
int cgroup_join(int group);

/* A process lives in the group or below it. */
bool cgroup_is_populated(int group);

/*
 * SIGKILL to all processes in the group and below it: cgroup.kill (5.14), else one by one, which a
 * process that forks can outrun: call again while cgroup_is_populated(). Never itself. 0 or -errno.
 */
int cgroup_kill(int group);

/* Calls visit(group, name, context) for each group directly below. It may remove that one. */
void cgroup_each(int group, void (*visit)(int group, const char *name, void *context),
		 void *context);

/* Removes the group and all groups below it. 0, or the first -errno (-EBUSY: a process lives in
 * it). */
int cgroup_remove(int at, const char *name);

#endif

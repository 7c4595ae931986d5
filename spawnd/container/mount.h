/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONTAINER_MOUNT_H
#define SPAWND_CONTAINER_MOUNT_H

/*
 * Mounts as descriptors: made detached, then attached to a descriptor of the mount point, so that
 * no path below an untrusted root is ever walked by name. fsopen(2), fsmount(2), open_tree(2),
 * move_mount(2) (5.2), mount_setattr(2) (5.12; before it, flags are set by a remount when the tree
 * is attached). Every function may run in a child after clone: none allocates.
 */
#include "base/why.h"

#include <stdbool.h>
#include <stdint.h>

/* Attributes of a mount; the values are MOUNT_ATTR_* of mount_setattr(2). */
enum mount_flags {
	MOUNT_READ_ONLY = 0x01,
	MOUNT_NO_SUID = 0x02,
	MOUNT_NO_DEV = 0x04,
	MOUNT_NO_EXEC = 0x08,
};

struct mount_option {
	const char *key, *value; /* value NULL: a flag. key NULL ends the list */
};

/*
 * A new instance of a file system, detached. A descriptor, or -errno with why filled (step as
 * given). An option whose key starts with '?' is left out when the kernel does not know it.
 */
int mount_new(const char *type, const struct mount_option *options, unsigned int flags,
	      const char *step, struct why *why);

/* A detached copy of the mount at fd (of what is mounted below it too, with recursive). */
int mount_copy(int fd, bool recursive, const char *step, struct why *why);

/*
 * Sets flags on the detached mount fd and what is below it, and maps its ids through user_namespace
 * (-1: not). 0; -EOPNOTSUPP: the file system or the kernel cannot map ids (the flags are set then
 * as far as the kernel has mount_setattr); another -errno.
 */
int mount_set(int fd, unsigned int flags, int user_namespace, const char *step, struct why *why);

/*
 * Attaches the mount fd to the file or directory that `point` is open on (O_PATH). Where the kernel
 * has no mount_setattr, `flags` are applied here (remount.h; with flags: start regime). 0 or
 * -errno.
 */
int mount_attach(int fd, int point, unsigned int flags, const char *step, struct why *why);

/* The same, point being a path of spawnd's own (never one below a service's root). */
int mount_attach_at(int fd, const char *path, unsigned int flags, const char *step,
		    struct why *why);

/*
 * Makes the mount `root` (its descriptor) the root of this mount namespace and takes the old one
 * away. pivot_root(2) on ".", ".". Leaves the working directory at the new "/". 0 or -errno
 * (-EINVAL: the root is an initial ramfs, which cannot be pivoted away).
 */
int mount_pivot(int root, struct why *why);

/* Makes every mount of this namespace slave, then private: nothing propagates in or out. */
int mount_make_private(struct why *why);

#endif

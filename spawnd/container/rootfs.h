/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONTAINER_ROOTFS_H
#define SPAWND_CONTAINER_ROOTFS_H

/*
 * The mount tree of a service, built once by its zygote. The zygote's own root is a small tmpfs:
 *
 *	/proc	procfs, fully visible: without it a user namespace may not mount its own
 *		(mount_too_revealing() in fs/namespace.c)
 *	/root	the service's root, read-only, nosuid, nodev, id-mapped
 *	/dev	the devices of every container of the service
 *	/bindN	the sources of BindPaths=
 *	/base	empty; where a tree is put together before it becomes the root: the template's, or
 *		with RootEphemeral= a container's own
 *	/scratch  empty; RootEphemeral= puts the tmpfs of a container's writes here
 *
 * Nothing of the host's tree stays in the zygote's mount namespace: the host can unmount what it
 * likes.
 */
#include "container/plan.h"

#define ROOTFS_BASE "/base"
#define ROOTFS_ROOT "/root"
#define ROOTFS_SCRATCH "/scratch"

/* Flags of the root, of what is writable, and of /dev (whose nodes must work). */
enum {
	ROOTFS_FLAGS_ROOT = 0x01 | 0x02 | 0x04,	    /* ro nosuid nodev */
	ROOTFS_FLAGS_WRITABLE = 0x02 | 0x04 | 0x08, /* nosuid nodev noexec */
	ROOTFS_FLAGS_DEVICES = 0x01 | 0x02 | 0x08,  /* ro nosuid noexec */
};

/*
 * First half, as host root: makes a mount namespace with the tree above and pivots into it.
 * user_namespace: the service's, for the id maps (-1: none). Start regime. 0 or -errno.
 */
int rootfs_build(struct plan *plan, int user_namespace, struct why *why);

/*
 * Second half, inside the service's user namespace: a mount namespace of it (the mounts made as
 * host root are locked in it: mount_namespaces(7)). 0 or -errno.
 */
int rootfs_adopt(const struct plan *plan, struct why *why);

/*
 * Attaches copies of /dev and of every bind to the tree at `root`. With RootEphemeral= each
 * container does this on its own overlay; else it is done once, in the template (template.h). 0 or
 * -errno.
 */
int rootfs_furnish(const struct plan *plan, int root, struct why *why);

#endif

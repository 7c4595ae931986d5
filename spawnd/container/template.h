/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONTAINER_TEMPLATE_H
#define SPAWND_CONTAINER_TEMPLATE_H

/*
 * The template: a mount namespace whose root is the tree of the service, and in which nothing of
 * the room is (rootfs.h). Containers enter it and leave it at once with a copy of their own, so
 * that none has to pivot: taking the old root away waits for an RCU grace period
 * (namespace_unlock(), fs/namespace.c), once for each container.
 *
 *	/	a copy of the room's /root
 *	/proc	a procfs that shows no process, for its pid namespace has ended: one that is wholly
 *		visible has to be there for a container to mount its own over it
 *	/dev	and the targets of BindPaths=
 *
 * With RootEphemeral= there is none: overlayfs finds its directories by path, in the room.
 */
#include "container/plan.h"

/*
 * Makes it and sets plan->mounts. After rootfs_adopt(), before identity_settle(). Start regime;
 * waits for a child of its own. 0 or -errno.
 */
int template_make(struct plan *plan, struct why *why);

/*
 * Moves this process into it, root and working directory as well, and closes the descriptor
 * (setns(2): takes CAP_SYS_ADMIN and CAP_SYS_CHROOT). Child regime. 0 or -errno.
 */
int template_enter(int mounts, struct why *why);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONTAINER_REMOUNT_H
#define SPAWND_CONTAINER_REMOUNT_H

/*
 * Flags of mounts where the kernel has no mount_setattr(2), that is before 5.12.
 */
#include "base/why.h"

/*
 * Adds `flags` (enum mount_flags) to the attached mount `top` and to all that is mounted below it;
 * flags that one of them has stay. Start regime: allocates, reads /proc/self/mountinfo. 0 or
 * -errno.
 */
int remount_tree(int top, unsigned int flags, const char *step, struct why *why);

#endif

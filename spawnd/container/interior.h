/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONTAINER_INTERIOR_H
#define SPAWND_CONTAINER_INTERIOR_H

/*
 * The mounts that belong to one container alone: its /proc and its writable tmpfs; with
 * RootEphemeral= its overlay, which is then made the root. Child regime, in the container's own
 * mount and pid namespaces. 0 or -errno.
 */
#include "container/plan.h"

int interior_mount(const struct plan *plan, struct why *why);

/* A procfs of this process's pid namespace at /proc of the tree `root`. 0 or -errno. */
int interior_mount_proc(const struct plan *plan, int root, struct why *why);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONTAINER_INTERIOR_H
#define SPAWND_CONTAINER_INTERIOR_H

/*
 * The mounts that belong to one container alone: its /proc, its writable tmpfs, with RootEphemeral=
 * its overlay; then its root is made the root. Child regime, in the container's own mount and pid
 * namespaces. 0 or -errno.
 */
#include "container/plan.h"

int interior_mount(const struct plan *plan, struct why *why);

#endif

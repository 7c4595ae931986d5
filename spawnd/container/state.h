/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONTAINER_STATE_H
#define SPAWND_CONTAINER_STATE_H

/*
 * Process state that fork and execve hand on: set explicitly, none inherited from whoever started
 * the daemon.
 */
#include "container/plan.h"

/*
 * What all containers of a service share, set once in the zygote and inherited by fork. The first
 * needs host root (hard limits, a negative Nice=, oom_score_adj) and fills plan->limits; the second
 * does not. 0 or -errno.
 */
int state_prepare(struct plan *plan, struct why *why);
int state_settle(struct plan *plan, struct why *why);

/*
 * What each container sets itself: session, umask, limits but that of descriptors. Child regime. 0
 * or -errno.
 */
int state_apply(const struct plan *plan, struct why *why);

/* The last before execve: the limit of descriptors, an empty signal mask. 0 or -errno. */
int state_apply_last(const struct plan *plan, struct why *why);

#endif

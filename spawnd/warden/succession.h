/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_WARDEN_SUCCESSION_H
#define SPAWND_WARDEN_SUCCESSION_H

/*
 * One generation after another, one loop after another. A generation is staged (configuration
 * checked, listeners open, zygotes started), reported ready by the loop, and only then committed;
 * whatever fails before that changes nothing.
 */
#include "warden/state.h"

/*
 * Reads the configuration and stages it. Errors are logged, or printed to standard error at the
 * first start. 0, -EINVAL (the configuration) or another -errno.
 */
int succession_stage(struct warden *warden);

/* The loop says that every zygote of the generation is ready. */
void succession_commit(struct warden *warden, uint32_t generation);

/* The staged generation cannot serve: drops it. At the first start this is the daemon's end. */
void succession_abort(struct warden *warden, const char *service, const struct why *why);

/* The log and accounting files anew (SIGUSR1, or the loop says that the sink is dead). */
void succession_reopen(struct warden *warden);

/* The accounting file is full: it becomes FILE.1, and is opened anew. */
void succession_rotate(struct warden *warden);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_WARDEN_LAUNCH_H
#define SPAWND_WARDEN_LAUNCH_H

/* The loop's start, the first and every one after it. */
#include "warden/state.h"

/* Starts a loop and tells it everything: sinks, and what there is of generations. 0 or -errno. */
int launch_loop(struct warden *warden, struct why *why);

#endif

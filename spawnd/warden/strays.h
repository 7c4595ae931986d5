/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_WARDEN_STRAYS_H
#define SPAWND_WARDEN_STRAYS_H

/*
 * Processes that became the warden's children because their zygote died. They die with it by
 * PR_SET_PDEATHSIG, unless they took that off themselves: then here.
 */
#include "warden/state.h"

/*
 * SIGKILL to every child that is neither the loop nor a zygote. Reads /proc/self/task/TID/children
 * (4.2).
 */
void strays_kill(const struct warden *warden);

/* At the end: every child, whatever it is, and waits for all of them. */
void strays_kill_all(const struct warden *warden);

#endif

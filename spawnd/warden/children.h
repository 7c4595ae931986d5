/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_WARDEN_CHILDREN_H
#define SPAWND_WARDEN_CHILDREN_H

/* The warden's children when they end: the loop, zygotes, and what a zygote leaves behind. */
#include "warden/state.h"

/*
 * Collects every child that has ended and says when what is missing is due to be started again.
 * Never blocks.
 */
void children_reap(struct warden *warden);

/* Puts away the drained generations of which no zygote lives, and control groups of what ended. */
void children_free_drained(struct warden *warden);

/* The daemon stops and there is no loop, or no longer: every zygote and relay is to end. */
void children_dismiss(struct warden *warden);

bool children_any_zygote(const struct warden *warden);

#endif

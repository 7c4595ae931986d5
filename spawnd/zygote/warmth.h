/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_ZYGOTE_WARMTH_H
#define SPAWND_ZYGOTE_WARMTH_H

/*
 * How warm the containers of a zygote are made: the level that is in force, the programs that are
 * on their way to wait for their connection, and the way back to a lower level when a program
 * cannot be started ahead. Run regime; nothing here waits.
 */
#include "config/spec.h"
#include "zygote/nursery.h"

/* The level that the service asks for, or less, if this machine or its specification forbid it. */
void warmth_init(struct nursery *nursery, enum warmth asked);

/* Less than before, from here on and for this reason: before main, or ready. */
void warmth_fall_back(struct nursery *nursery, const struct why *why);

/* Of the container that is made next: the level in force, or WARMTH_READY, which is done sooner. */
enum warmth warmth_of_next(const struct nursery *nursery);

/* A container whose program is started ahead has been cloned. */
void warmth_begin(struct nursery *nursery, pid_t pid, enum warmth level);

/* It has ended, or will be ended. */
void warmth_end(struct nursery *nursery, pid_t pid);

/*
 * A child has stopped that is traced. 1: its program waits for the connection; 0: not yet, or it is
 * none of ours; -errno with why: it cannot.
 */
int warmth_stopped(struct nursery *nursery, pid_t pid, int status, struct why *why);

/*
 * Its program cannot be started ahead. That costs this container, and no connection is told; it may
 * cost the service this level of warmth, and then the loop is told why.
 */
void warmth_give_up(struct nursery *nursery, struct container *container, const struct why *why);

/* How much memory a finished container takes: of one in a hundred, of the others 0. */
uint64_t warmth_weigh(struct nursery *nursery, const struct container *container);

/* It has taken too long. */
void warmth_end_late(struct nursery *nursery, struct container *container);

/* Tells a new loop what is in force, unless that is what Warm= says. */
void warmth_report(struct nursery *nursery);

#endif

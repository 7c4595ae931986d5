/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_ZYGOTE_STALE_H
#define SPAWND_ZYGOTE_STALE_H

/*
 * Programs that were started ahead have read files. The first one after each flush is watched while
 * it starts (container/park.c), and what it opened is watched from then on: when one of these files
 * changes, all that wait are let go and started anew. inotify(7). Run regime; nothing here waits.
 */
#include "zygote/nursery.h"

/* Prepares to learn what the next program opens. Without inotify nothing is watched. */
void stale_learn(struct nursery *nursery);

/* Something has happened to a file: reads what, and has all that wait let go in a moment. */
void stale_hear(struct nursery *nursery);

/* If that moment has come. Called once a turn. */
void stale_tend(struct nursery *nursery, int64_t now_ns);

#endif

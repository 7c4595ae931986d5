/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_LOOP_WATCHED_H
#define SPAWND_LOOP_WATCHED_H

/*
 * Closing what is watched while others may have a copy of it: a zygote of the read end of a
 * program's standard error, a container that has just been cloned of everything. An epoll set goes
 * on to report such a descriptor after it was closed (epoll(7), Q6), and libev, which leaves the
 * removal to close(2), then makes its set anew with every descriptor there is.
 */
#include <ev.h>

struct loop;

/* Right after ev_loop_new(), while there is no other epoll set: which descriptor is libev's. */
void watched_find(struct loop *loop);

/* Stops the watcher, takes its descriptor out of the set and closes it; the watcher has -1 then. */
void watched_close(struct loop *loop, ev_io *io);

#endif

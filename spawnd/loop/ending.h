/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_LOOP_ENDING_H
#define SPAWND_LOOP_ENDING_H

/*
 * What the two halves of a connection's life share: connection.c has its beginning, ending.c its
 * end. For these two and the rooms that watch a connection; all others call connection.h.
 */
#include "base/clock.h"
#include "loop/connection.h"

/* How long a program may take to be executed, or woken: no longer than a container to be made. */
#define CONNECTION_STARTING_MAX_NS (30 * CLOCK_SECOND_NS)

/* The one timer: for a container, for a place, for whatever deadline comes first. */
void connection_arm(struct connection *connection, int64_t after_ns);
void connection_deadline_over(struct ev_loop *ev, ev_timer *timer, int events);

void connection_close_channel(struct connection *connection);
void connection_leave_waiting(struct connection *connection);

/*
 * Hears the container's channel. False: it died before it had received its connection, which is
 * not in this container any more.
 */
bool connection_hear(struct connection *connection);

/* SIGKILL for its container, whatever the connection waits for. */
void connection_end_container(const struct connection *connection);

/* It is over. Its account is closed now or, when its socket is destroyed, a moment later. */
void connection_finish(struct connection *connection);

/* Closes the account with what is known; the entry of the table is free. */
void connection_settle(struct connection *connection);

#endif

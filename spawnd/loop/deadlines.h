/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_LOOP_DEADLINES_H
#define SPAWND_LOOP_DEADLINES_H

/*
 * Deadlines of a connection that runs, by what the kernel knows of its socket: IdleTimeoutSec=,
 * FirstByteTimeoutSec=, ClientGone=. The loop holds no descriptor of the socket: it is in an epoll
 * set since it was accepted, and stays there as long as the container has it open (epoll(7): the
 * set refers to the open file description, and keeps nothing open). Loop, run regime.
 */
#include <stdbool.h>
#include <stdint.h>

struct connection;
struct loop;

/* What was seen of a connection's socket. */
struct watched {
	uint64_t bytes_in, bytes_out;
	int64_t progress_ns; /* when a byte went either way last */
	int64_t left_ns;     /* when the client was found to have closed or half-closed; 0 */
	bool spoke;	     /* a byte came from the client */
	bool fin_seen;	     /* its FIN came while the socket was open */
	bool hung_up;	     /* nothing goes either way any more */
};

void deadlines_open(struct loop *loop); /* before the loop locks itself down */

void deadlines_init(struct connection *connection);

/* The socket is accepted: its end by the client will be heard of. */
void deadlines_watch(struct connection *connection);

/* The program has it: from now on the deadlines count. */
void deadlines_start(struct connection *connection);
void deadlines_stop(struct connection *connection);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_RELAY_STREAM_H
#define SPAWND_RELAY_STREAM_H

/*
 * One relayed connection: the client's socket on one side, on the other the program's two pipes or
 * the other end of its socket pair. What one side says about its end the other is told, each
 * direction by itself:
 *
 *   the client's FIN            end of file for the program; its output goes on
 *   the program closes output   FIN to the client; its input goes on
 *   the program closes input    what the client sends is thrown away; the output goes on
 *   the program ends            both
 *   the client is gone          SIGPIPE or EPIPE for the program's output, and end of file behind
 *                               what the client had sent
 *
 * Run regime: nothing waits, nothing is allocated.
 */
#include "relay/flow.h"

#include <stdbool.h>
#include <stdint.h>

/* What all streams of a relay share: made at its start. */
struct stream_waste {
	int drain[2]; /* an empty pipe */
	int null;     /* /dev/null */
};

enum stream_end { STREAM_SOCKET, STREAM_IN, STREAM_OUT, STREAM_ENDS }; /* a pair is STREAM_IN */

struct stream {
	int socket;  /* the client's */
	int in, out; /* the program's: one for both (the same number) with a pair; -1: closed */
	bool pair;
	struct flow to_program, to_client;
	bool input_over, output_over; /* that direction has ended */
	bool discards;		      /* the program reads no more */
};

/*
 * Begins one. Takes socket, in and out (out the same as in: a pair), makes them non-blocking.
 * middles: for a pair, two pipes of this stream's own, which stay the caller's and are empty again
 * after stream_close().
 */
void stream_open(struct stream *stream, int socket, int in, int out, int (*middles)[2]);

/*
 * What epoll said of one of the ends: EPOLLIN and so on, edge-triggered. Remembers what must be
 * remembered; stream_turn() does the rest.
 */
void stream_hear(struct stream *stream, enum stream_end end, uint32_t events);

/* Moves what there is. True: call it again, its turn was over before it was done. */
bool stream_turn(struct stream *stream, const struct stream_waste *waste);

/* Both directions have ended. */
bool stream_over(const struct stream *stream);

/*
 * Closes all that is open. A client that was not reset finds FIN behind what it was sent, even if
 * it has sent what nobody read: that is thrown away first, as far as it has arrived.
 */
void stream_close(struct stream *stream, const struct stream_waste *waste);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_RELAY_FLOW_H
#define SPAWND_RELAY_FLOW_H

/*
 * One direction of a relayed connection: bytes go from one descriptor to another by splice(2) and
 * are never copied into this process. Run regime; nothing waits, nothing is allocated.
 *
 * It is made for edge-triggered epoll(7): a call that finds nothing to do (EAGAIN) leaves a source
 * without bytes or a sink without room, and the change of either is an edge. So a flow is tried at
 * every edge of its two ends, and neither has to be remembered as ready.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum flow_kind {
	FLOW_SOCKET_TO_PIPE,
	FLOW_PIPE_TO_SOCKET,
	FLOW_SOCKET_TO_SOCKET, /* through a pipe in the middle: splice(2) needs one */
	FLOW_KINDS
};

enum flow_result {
	FLOW_WAITS,	  /* no bytes or no room: an edge will tell */
	FLOW_MORE,	  /* its turn is over, there may be more at once */
	FLOW_EOF,	  /* the source has ended, and everything was delivered */
	FLOW_SOURCE_LOST, /* the source is broken: ECONNRESET, ETIMEDOUT */
	FLOW_SINK_LOST,	  /* nobody will read what is left */
	FLOW_RESULTS
};

/* No descriptor is owned; all but the middle's are non-blocking. */
struct flow {
	enum flow_kind kind;
	int from, to;
	int middle[2];	/* read and write end */
	size_t held;	/* bytes in the middle */
	bool ended;	/* the source has; what is held is still to go */
	bool urgent;	/* flow_mark_urgent() */
	uint64_t bytes; /* that went the whole way */
};

/* Moves as much as one turn allows. SIGPIPE must be ignored: splice(2) raises it. */
enum flow_result flow_turn(struct flow *flow);

/*
 * The source is TCP and has urgent data (EPOLLPRI). splice(2) stops at such a byte and never passes
 * it (tcp_read_sock(), net/ipv4/tcp.c); recv(2) does, and drops the byte as a read(2) of the
 * program would. From now on a flow that is stuck tries that way too.
 */
void flow_mark_urgent(struct flow *flow);

/*
 * Throws away what the source, a socket, has: through `drain`, an empty pipe, into /dev/null.
 * FLOW_WAITS, FLOW_MORE, FLOW_EOF or FLOW_SOURCE_LOST.
 */
enum flow_result flow_discard(struct flow *flow, const int drain[2], int null);

/* Throws away what is in the middle, so that it can serve another connection. */
void flow_empty_middle(struct flow *flow, int null);

#endif

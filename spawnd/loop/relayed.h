/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_LOOP_RELAYED_H
#define SPAWND_LOOP_RELAYED_H

/*
 * The loop's end of a service's link to its relay (SocketSeal=relay), and what a connection is to
 * it. A connection goes to the relay when its program runs, and has ended when both have: program
 * and relay. Sending never waits: the link has room for all that can be unread.
 */
#include <stdbool.h>

struct connection;
struct service;

enum relaying {
	RELAYING_NOT,	  /* the service has no relay, or it is not its turn yet */
	RELAYING_PENDING, /* the program runs, and there is no relay now */
	RELAYING_UNKNOWN, /* a loop before this one gave it to the relay */
	RELAYING_GOES,
	RELAYING_OVER,
	RELAYING_STATES
};

/* Takes fd: a relay's first link, or the one of its successor. */
void relayed_open(struct service *service, int fd);
void relayed_close(struct service *service);

/* Its generation drains, and gets no relay if this one is gone. */
void relayed_drain(struct service *service);

/* No more connections of this service's will be given: its relay ends with the last it has. */
void relayed_dismiss(struct service *service);

/* Whether connections can be handed over: the service has no relay, or it is there. */
bool relayed_ready(const struct service *service);

/*
 * The program runs: the relay gets its socket and its ends, or will when there is one; without a
 * relay the program has the socket. It is closed here.
 */
void relayed_give(struct connection *connection);

/* One that a loop before this one has given: asks how it is. */
void relayed_adopt(struct connection *connection);

/*
 * The container has ended. True: the connection has not, for the relay still has bytes of the
 * program for the client; connection_finish() follows.
 */
bool relayed_holds(struct connection *connection);

/* Ends one whose container has ended: in the relay if it is there, and else here. */
void relayed_end(struct connection *connection);

/* Ends it in the relay; what can go without waiting goes. False: there it is not. */
bool relayed_cut(struct connection *connection);

#endif

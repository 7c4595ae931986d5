/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_LOOP_CONNECTION_H
#define SPAWND_LOOP_CONNECTION_H

/*
 * One accepted connection: from admission to the line in the account. Embedded in it: its watchers,
 * its account, its place in lists; nothing else is allocated for it.
 */
#include "base/list.h"
#include "base/why.h"
#include "loop/deadlines.h"
#include "loop/ledger.h"
#include "loop/murmur.h"
#include "loop/relayed.h"
#include "net/peer.h"
#include "wire/messages.h"

#include <ev.h>

struct loop;
struct service;
struct source;
struct acceptor;

enum connection_state {
	CONNECTION_QUEUED,   /* waits to be admitted: Overflow=queue */
	CONNECTION_WAITING,  /* admitted, no container yet */
	CONNECTION_STARTING, /* handed over, the program not yet executed */
	CONNECTION_RUNNING,
	CONNECTION_FLUSHING, /* its container has ended, its relay has not */
	CONNECTION_ENDED,    /* over; its account waits for the socket's end (counts.h) */
	CONNECTION_STATES
};

const char *connection_state_name(enum connection_state state);

struct connection {
	uint32_t index; /* in loop->connections */
	enum connection_state state;
	struct loop *loop;
	struct service *service;
	struct source *source; /* NULL: adopted, or the table of sources was full */
	struct list waiting;
	int fd;	     /* the socket, until the program or the relay has it; then -1 */
	int ends[2]; /* of the program's pipes or pair, until the relay has them; else -1 */
	enum relaying relaying;
	ev_io channel; /* the hand-over socket: a failure's report, or end of file at execve */
	ev_timer deadline;
	ev_timer watch; /* deadlines.h */
	struct watched watched;
	uint32_t next_cookie; /* counts.c: in its bucket */
	bool watched_cookie;
	struct wire_slot container;
	struct murmur murmur; /* its program's standard error */
	int tries;	      /* containers that have died with it unread */
	int kill_stage;	      /* 0: none, 1: KillSignal= was sent, 2: SIGKILL */
	struct account account;
};

/* Places are allocated by the chunk, when a configuration allows more of them than any before. */
struct connection_chunk {
	struct connection_chunk *next;
	struct connection connections[];
};

/*
 * An admitted connection: takes fd. Gives it a parked container, or lets it wait for one. NULL: the
 * table is full (admission should have known: the connection is closed).
 */
struct connection *connection_open(struct service *service, const struct acceptor *acceptor,
				   const struct peer *peer, int fd, int64_t accepted_ns);

/* One that waits for a place: takes fd if it returns it; NULL: the table is full. */
struct connection *connection_queue(struct service *service, const struct acceptor *acceptor,
				    const struct peer *peer, int fd, int64_t accepted_ns);

/* There is a place: it leaves the queue, and goes the way of every admitted connection. */
void connection_promote(struct connection *connection, int64_t now_ns);

/* A container that a zygote runs since before this loop's time. log: its stderr, taken; or -1. */
void connection_adopt(struct service *service, const struct wire_message *running, int log);

/* Hands waiting connections over while there are parked containers. */
void connection_serve_waiting(struct service *service);

/* A container could not be made: the connection that has waited longest ends with this reason. */
void connection_fail_first_waiting(struct service *service, const struct why *why);

/* ending.c: its container has ended: the account is closed, the place free. */
void connection_exited(struct connection *connection, const struct wire_message *exited);

/* The zygote died, and the container with it. */
void connection_lost(struct connection *connection);

/* Sends KillSignal=, and SIGKILL after the service's TimeoutStopSec=. Waiting ones end at once. */
void connection_kill(struct connection *connection, enum end_reason reason);

#endif

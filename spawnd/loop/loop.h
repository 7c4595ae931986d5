/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_LOOP_LOOP_H
#define SPAWND_LOOP_LOOP_H

/*
 * The process that faces the network: accepts, admits, hands over, counts, logs. Its own user, no
 * capability. It never reads a byte a client sent. Everything hangs off one struct loop; nothing is
 * allocated for a connection.
 */
#include "base/list.h"
#include "base/siphash.h"
#include "base/slots.h"
#include "loop/counts.h"
#include "loop/pressure.h"
#include "loop/service.h"
#include "loop/status_file.h"

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

struct connection;
struct control;
struct sources;

struct loop {
	struct ev_loop *ev;
	int set;       /* the descriptor of its epoll set, or -1: watched.h */
	ev_io warden;  /* the channel */
	ev_timer fade; /* of what pools have learned: pool.c */
	ev_timer stop; /* when connections have had their time after a stop */
	struct generation *staged, *serving;
	struct list generations; /* all, the draining ones too */
	struct list tallies;
	uint32_t tally_count;
	struct sources *sources; /* NULL until the first commit */
	struct slots slots;	 /* of connections */
	struct connection **connections;
	struct connection_chunk *chunks; /* what they point into */
	struct list lingering; /* connections that have ended, their account open: oldest first */
	struct counts counts;
	struct pressure pressure;
	struct status_file status_file;
	ev_io clients;		 /* an epoll set of all sockets: deadlines.c */
	struct list overflowing; /* services that defer, or that somebody waits for */
	bool place_freed;	 /* since they were looked at */
	uint32_t live, queued;	 /* connections; queued ones are live, and have no place yet */
	uint32_t live_limit;	 /* MaxConnections= of the serving generation */
	uint64_t next_id;
	int accounting;		   /* the file, or -1 */
	uint64_t accounting_bytes; /* its size, as far as this process knows */
	uint64_t accounting_lost;
	uint8_t anonymous[SIPHASH_KEY_SIZE]; /* AnonymizeSource=hash */
	bool unblocking;		     /* unblock.h: its timer runs */
	struct log_bound accounting_bound, reopen_bound, rotate_bound;
	int reserve; /* a spare descriptor for the moment when there are none */
	bool stopping;
	struct counters total;
	struct control *control;
	int64_t started_ns;
	int exit_status;
};

/* The whole life of the loop, from the role's start. Returns the process's exit status. */
int loop_run(void);

/*
 * Accepts one client of a listening socket and closes it, with the reserve's place: for the moment
 * when there is no descriptor left (EMFILE, ENFILE), so that it does not hang in the backlog and
 * the socket does not stay readable.
 */
void loop_shed_one(struct loop *loop, int listener);

/* Sends to the warden; a warden that is gone ends the process. */
void loop_tell_warden(struct loop *loop, enum wire_type type, struct wire_message *message);

#endif

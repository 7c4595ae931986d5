/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_LOOP_LEDGER_H
#define SPAWND_LOOP_LEDGER_H

/*
 * The account of each connection, the lines about it in the log and in the accounting file, and the
 * counters. Every line of spawnd about a connection is written here, so that they are consistent
 * and found in one place.
 */
#include "base/why.h"
#include "config/spec.h"
#include "loop/admission.h"
#include "net/inet_diag.h"
#include "net/peer.h"
#include "wire/messages.h"

#include <stdbool.h>
#include <stdint.h>

struct acceptor;
struct connection;
struct loop;
struct service;
struct source;
struct source_key;

enum end_reason {
	END_EXIT,	/* the program ended by itself */
	END_SIGNAL,	/* a signal ended it that spawnd did not send */
	END_TIMEOUT,	/* RuntimeMaxSec= */
	END_IDLE,	/* IdleTimeoutSec= */
	END_FIRST_BYTE, /* FirstByteTimeoutSec= */
	END_CLIENT,	/* ClientGone=kill */
	END_OPERATOR,	/* the daemon was stopped, or spawnctl killed it */
	END_LIMIT,	/* the kernel killed it: it had used up MemoryMax= */
	END_FAILED,	/* the program could not be started */
	END_LOST,	/* its zygote or its relay died */
	END_REFUSED,	/* not admitted: the verdict says why */
	END_REASONS
};

const char *end_reason_name(enum end_reason reason);

struct account {
	uint64_t id;
	unsigned int listener; /* index in the specification */
	bool adopted;	       /* taken over from a loop that died: peer and listener are unknown */
	struct peer peer;
	int64_t accepted_wall_ns;
	int64_t accepted_ns, handed_ns, started_ns,
		ended_ns; /* monotonic; 0: it did not come so far */
	int32_t pid;
	bool waited;	    /* no container was parked when it came */
	enum warmth warmth; /* of the container it got: WARMTH_NONE: it waited for it */
	enum end_reason end;
	struct why why;		/* END_FAILED */
	struct verdict verdict; /* END_REFUSED, after it had waited for a place */
	int status;		/* wait status: waitpid(2) */
	bool reaped;		/* status and usage are known */
	struct wire_usage usage;
	uint64_t stderr_bytes;
	bool relayed; /* moved is known */
	struct wire_moved moved;
	struct inet_counts counts;
	bool counted;	   /* counts are known */
	bool counts_final; /* they are the kernel's last word */
};

void ledger_refused(struct loop *loop, struct service *service, const struct acceptor *acceptor,
		    const struct peer *peer, const struct verdict *verdict);
void ledger_accepted(struct connection *connection);
void ledger_started(const struct connection *connection);
void ledger_failed(struct connection *connection, const struct why *why);

/* It is over: the counters. What its socket has carried may be known later. */
void ledger_ended(struct connection *connection);

/* All is known: the one line in the accounting file, the end line in the log. */
void ledger_close(struct connection *connection);

/* 0 where it did not come so far. */
int64_t ledger_between_us(int64_t from_ns, int64_t to_ns);

/* A client's address, and its source, as AnonymizeSource= lets them be told. Return text. */
const char *ledger_peer(const struct service *service, const struct peer *peer,
			char text[ADDRESS_TEXT_SIZE]);
const char *ledger_source(const struct service *service, const struct source_key *key,
			  char text[ADDRESS_TEXT_SIZE]);

/* ListenStream= as it was written. */
const char *ledger_listener(const struct service *service, unsigned int index);

/* A source is refused from now on. */
void ledger_penalty(struct service *service, const struct source *source,
		    const struct account *account);
/* The level of warmth in force has sunk. */
void ledger_cooled(const struct service *service, const struct why *why);

/* So many programs that waited were let go, since files have changed that they had read. */
void ledger_flushed(const struct service *service, uint32_t parked);

/* A program was started ahead: it waits before this system call, after so many others. */
void ledger_warmed(const struct service *service, int call, uint32_t after);

/*
 * A container that could not be made, a fallback in force, a zygote that was lost: about no
 * connection.
 */
void ledger_container_failed(struct service *service, const struct why *why);
void ledger_note(const struct service *service, const struct why *why);

/* containers-held: there are as many namespaces as there may be, most of them dying. */
void ledger_held(const struct service *service, const struct why *why);

#endif

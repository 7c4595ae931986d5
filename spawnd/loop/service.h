/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_LOOP_SERVICE_H
#define SPAWND_LOOP_SERVICE_H

/*
 * Generations of the configuration and the services in them, as they live in the loop. A reload
 * stages a new generation beside the serving one; committed, it serves and the old one drains: its
 * connections keep what they were born with.
 */
#include "base/list.h"
#include "config/config.h"
#include "loop/admission.h"
#include "loop/forecast.h"
#include "loop/histogram.h"
#include "loop/ledger.h"
#include "wire/messages.h"

#include <ev.h>

struct loop;
struct greetings;
struct pool_place;
struct sources;

/* accepted = served + refused (all verdicts) + aborted + live, always. */
struct counters {
	uint64_t accepted, served, aborted;
	uint64_t refused[VERDICT_CODES];
	uint64_t ended[END_REASONS];  /* of those that were not refused at once */
	uint64_t bytes_in, bytes_out; /* of TCP connections that have ended */
	uint64_t deferred; /* how often its listeners have left the poll set: Overflow=defer */
};

uint64_t counters_refused(const struct counters *counters);

/* What outlives generations: the counters of a service, by its name. */
struct tally {
	struct list in_loop;
	char name[SPEC_NAME_MAX + 1];
	uint32_t number; /* of the name, in the keys of its sources */
	struct counters counters;
	struct histogram histograms[HISTOGRAM_KINDS];
	bool paused;		  /* by the operator: none of its listeners accepts */
	uint32_t live, queued;	  /* queued ones are live, and have no place yet */
	struct forecast forecast; /* of the connections to come */
	int64_t bucket_full_ns;	  /* RateLimit*=: rate.h */
	struct log_bound refusals, failures, murmurs, penalties, deferrals; /* of log lines */
};

struct acceptor {
	ev_io io;
	ev_timer pause;
	struct service *service;
	unsigned int index; /* of the listener in the specification */
	struct log_bound bound;
};

struct service {
	const struct service_spec *spec;
	struct generation *generation;
	struct tally *tally;
	struct acceptor acceptors[SPEC_LISTENERS_MAX];
	ev_io link;		   /* to the zygote; fd -1: none now */
	enum warmth warmth;	   /* in force: what its zygote can make of Warm= */
	ev_io relay;		   /* to the relay; fd -1: none, or none now */
	bool ready;		   /* its zygote has made a container */
	bool relay_ready;	   /* it can take connections */
	bool relay_drained;	   /* RELAY_DRAIN was sent */
	bool drained;		   /* LINK_DRAIN was sent */
	struct pool_place *places; /* by slot of the zygote's table */
	struct list parked;
	uint32_t parked_count;
	struct list waiting; /* connections without a container yet */
	uint32_t waiting_count;
	struct greetings *greetings; /* ProxyProtocol=require: whose header is to come */
	struct list queue;	     /* connections without a place: Overflow=queue */
	bool deferred;		     /* its acceptors have left the poll set: Overflow=defer */
	struct list in_overflowing;
	ev_timer retry;	 /* when its rate has room again */
	uint32_t wanted; /* what the zygote was last told */
};

enum generation_state {
	GENERATION_STAGED,
	GENERATION_SERVING,
	GENERATION_DRAINING,
	GENERATION_STATES
};

struct generation {
	struct list in_loop;
	struct loop *loop;
	uint32_t number;
	enum generation_state state;
	int64_t told_ns; /* when the warden last heard how many are not ready */
	struct config config;
	struct service *services;
	struct sources *sources; /* for the commit, if the table in use does not fit */
	uint32_t live;		 /* connections of it */
};

/*
 * From the snapshot that the warden sent; takes fd. NULL: memory, or a snapshot that does not parse
 * (a bug).
 */
struct generation *generation_stage(struct loop *loop, uint32_t number, int fd, struct why *why);
struct generation *generation_find(struct loop *loop, uint32_t number);

/* The staged one begins to accept; the serving one stops accepting and drains. */
void generation_commit(struct generation *generation);

/* Drops a staged one that was not committed; what a loop's death has left running in it drains. */
void generation_abort(struct generation *generation);

/* Stops accepting; waits for the connections it has. */
void generation_drain(struct generation *generation);

/*
 * Frees the generations that drain and have nothing left. Once a turn, when no callback holds one.
 */
void generations_sweep(struct loop *loop);

/* Tells the warden what is wrong with a service of this generation. */
void service_tell_failure(const struct service *service, enum failure failure,
			  const struct why *why);

/* All services have a container that could be made: tells the warden. */
void generation_check_ready(struct generation *generation);

struct service *generation_service(struct generation *generation, uint32_t index);

#endif

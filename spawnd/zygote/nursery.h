/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_ZYGOTE_NURSERY_H
#define SPAWND_ZYGOTE_NURSERY_H

/*
 * The containers of a zygote: making them up to the number that is wanted, offering them, reaping
 * them. Run regime: one container's failure is told to the loop and costs that container.
 */
#include "base/slots.h"
#include "container/leaf.h"
#include "container/loan.h"
#include "container/park.h"
#include "container/plan.h"
#include "wire/messages.h"
#include "zygote/pids.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

#define NURSERY_MAKING_MAX                                                                         \
	4 /* containers being made at once: enough for the processors of a small host */

/* After a connection has come: its container's processor time, not the next one's. */
#define NURSERY_CALM_NS 5000000

enum container_state {
	CONTAINER_NONE,
	CONTAINER_MAKING,
	CONTAINER_PARKED,
	CONTAINER_TAKEN,
	CONTAINER_ENDED, /* while there was no loop to hear it */
	CONTAINER_STATES
};

struct container {
	enum container_state state;
	enum warmth warmth;
	pid_t pid;
	int channel; /* our end while it is made; then the loop's alone */
	int log;     /* read end of its stderr, kept for a loop that comes after a crash; or -1 */
	int64_t deadline_ns; /* of making it */
	int64_t taken_ns;
	int status; /* of wait4(2), once it has ended */
	struct rusage usage;
	struct wire_usage group_usage; /* what its control group has counted */
	uint64_t id;		       /* of the connection, from LINK_TAKEN */
};

struct nursery {
	const struct plan *plan;
	struct slots slots;
	struct container *containers;
	struct leaf *leaves; /* control groups, by slot: given from one container to the next */
	struct leaf_plan *leaf_plan;
	struct loan *loans; /* by slot */
	bool lends;	    /* containers borrow the zygote's memory: container/loan.h */
	struct pids pids;   /* of the containers */
	uint32_t made_now[NURSERY_MAKING_MAX]; /* indexes of the containers being made */
	int link;			       /* to the loop; -1: none now */
	uint32_t wanted;		       /* parked containers there are to be */
	uint32_t parked, making, taken;
	uint32_t waiting;   /* so many of the wanted are for connections that wait already */
	bool unreaped;	    /* nursery_reap() has more to do */
	enum warmth warmth; /* in force: zygote/warmth.h */
	int watch;    /* inotify on what programs read at their start; or -1: zygote/stale.h */
	bool learned; /* one has been watched */
	int64_t flushed_ns;
	int64_t flush_ns;	/* when all that wait are let go; 0: not at all */
	struct why cooled;	/* why it is less than Warm= says; code 0: it is not */
	uint32_t unweighed;	/* containers since one was weighed */
	bool warmed;		/* a program was started ahead once */
	uint32_t warm_failures; /* since then, in a row */
	struct park parks[NURSERY_MAKING_MAX]; /* pid 0: none */
	bool mute;	     /* something could not be told: the loop's view is wrong for good */
	bool drain, offered; /* offered: a container was made once */
	int64_t held_ns, told_ns; /* zygote/backlog.h: since when, and when that was said; or 0 */
	int64_t retry_ns, retry_delay_ns; /* after a failure: not before, doubling */
	int64_t calm_ns;		  /* unless the pool is low: not before */
};

/*
 * 0 or -ENOMEM. capacity: parked and running together. leaf_plan: of their control groups; the
 * caller's, kept.
 */
int nursery_init(struct nursery *nursery, const struct plan *plan, struct leaf_plan *leaf_plan,
		 enum warmth warmth, uint32_t capacity);

/*
 * A new loop: tells it every container that runs, and ends the parked ones, which only the old one
 * knew. Takes link.
 */
void nursery_set_link(struct nursery *nursery, int link);

/* Makes what is missing and kills what takes too long. Called once a turn. */
void nursery_tend(struct nursery *nursery);

/*
 * The channel of the n-th container that is being made (n < making), to wait on; -1: it has failed
 * already.
 */
int nursery_channel(const struct nursery *nursery, uint32_t n);

/* Hears every container that is being made: that it is ready, or what failed. Never blocks. */
void nursery_hear(struct nursery *nursery);

/*
 * Collects every child that has ended, and makes a step with every one that is traced and has
 * stopped: wait4(2). A bounded number of them; nursery->unreaped: call it again.
 */
void nursery_reap(struct nursery *nursery);

/* Milliseconds until nursery_tend() has something to do; -1: nothing. */
int nursery_timeout_ms(const struct nursery *nursery);

/* Ends every container and waits for it. */
void nursery_kill_all(struct nursery *nursery);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_ZYGOTE_TRIAL_H
#define SPAWND_ZYGOTE_TRIAL_H

/*
 * WarmCheck=: the program answers a request twice, once executed with its connection and once
 * started ahead of it, in scratch containers and over connections of the scratch network. Start
 * regime.
 */
#include "container/leaf.h"
#include "container/plan.h"
#include "net/peer.h"

#define TRIAL_ROUNDS 2		       /* at each level of warmth */
#define TRIAL_TURNS (TRIAL_ROUNDS * 2) /* there are two at which the program is executed ahead */

/* A connection: the program's end, and ours. */
struct trial_pair {
	int connection, client;
	struct peer peer;
};

struct trial {
	struct trial_pair pairs[TRIAL_TURNS][2]; /* cold, ahead */
	uint16_t port;				 /* every client's */
};

/* How its containers are made: as all of the service's, each in a control group with its limits. */
struct troupe {
	const struct plan *plan;
	struct leaf_plan *leaf_plan;
};

/* No connections yet: one that can be closed. */
void trial_init(struct trial *trial);

/*
 * While still host root: makes the connections in the network of this socket. 0 or -errno with why
 * filled.
 */
int trial_prepare(struct trial *trial, int connection, struct why *why);

/*
 * After the seal: 0 when both answers are the same, or when the program cannot be started ahead,
 * which is told when it is tried in earnest; else -errno with why saying where they differ. What
 * the clock may have changed is tried again. level: how far ahead; once for each. signals:
 * signalfd(2) of SIGCHLD. Blocks for a second and as long as the program takes, at most some ten.
 */
int trial_run(struct trial *trial, const struct troupe *troupe, enum warmth level,
	      const struct request_spec *request, int signals, struct why *why);

void trial_close(struct trial *trial);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONTAINER_LEAF_H
#define SPAWND_CONTAINER_LEAF_H

/*
 * The control group of one container: a leaf of the service's tree, made by the zygote, which owns
 * the directory it lies in. It has the limits of a connection and counts what the connection uses.
 * A leaf serves one container after another while it can be given on clean. Run regime.
 */
#include "base/why.h"
#include "config/spec.h"
#include "wire/messages.h"

struct leaf {
	int dir;	 /* -1: there is none */
	int peak;	 /* memory.peak, open for the reset of it; or -1 */
	bool once;	 /* its peak cannot be reset (before 6.12): it serves one container */
	uint64_t number; /* of its name */
	int64_t cpu_us, kills, refusals; /* what they were when this container began */
};

/* Of the leaves of a service: how they are made. */
struct leaf_plan {
	int parent;	 /* the directory of all leaves; -1: no leaves are made */
	uint32_t serial; /* leaves are called SERIAL.NUMBER: no two zygotes share one */
	uint64_t next;	 /* NUMBER of the next */
	const struct group_limit_spec *limits;
	bool required; /* a limit that cannot be written is an error */
};

/* What a container may have left in its leaf's account (page cache of files) for the next one. */
#define LEAF_REMAINS_MAX_BYTES (1 << 20)

/* So many, none of them made; NULL: no memory. */
struct leaf *leaf_table(uint32_t capacity);

/*
 * Makes the leaf ready for a container: the one there is, if nobody lives in it, little is charged
 * to it and its peak can be reset; else another. 0 or -errno.
 */
int leaf_begin(struct leaf_plan *plan, struct leaf *leaf, struct why *why);

/*
 * Its container has ended: what it used, into usage. The leaf stays if it can serve the next one.
 */
void leaf_end(const struct leaf_plan *plan, struct leaf *leaf, struct wire_usage *usage);

/* Takes it out of the tree; what still lives in it is killed, and the warden removes it later. */
void leaf_drop(const struct leaf_plan *plan, struct leaf *leaf);

#endif

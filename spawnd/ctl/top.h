/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CTL_TOP_H
#define SPAWND_CTL_TOP_H

/*
 * The sources with the most connections, in bounded memory. Up to TOP_MAX sources are told apart
 * exactly. Beyond that the half with the fewest connections is forgotten, again and again: whoever
 * has more than `error` connections is in the table, and has at most `error` more than it says.
 */
#include "ctl/totals.h"

#define TOP_MAX 65536u
#define TOP_NAME_SIZE 48 /* the longest network with its bits */

struct top_source {
	char name[TOP_NAME_SIZE]; /* "": a free place */
	uint64_t connections, outcomes[OUTCOMES], bytes_in, bytes_out, wall_us;
};

struct top {
	struct top_source *slots;
	size_t capacity, used; /* a power of two */
	uint8_t secret[16];
	uint64_t error, forgotten; /* forgotten: how many times a source */
};

/* 0, or -ENOMEM; then it is empty, and all that is added is forgotten. */
int top_init(struct top *top);
void top_free(struct top *top);

void top_add(struct top *top, const struct account_line *line);

/*
 * The first of them come to stand at the beginning of slots, by connections and name: call it last,
 * nothing can be added then. Returns how many there are, at most `wanted`.
 */
size_t top_sort(struct top *top, size_t wanted);

#endif

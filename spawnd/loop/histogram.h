/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_LOOP_HISTOGRAM_H
#define SPAWND_LOOP_HISTOGRAM_H

/* How long things take, by service: counted in buckets of fixed bounds. Loop; pure but for
 * *histogram. */
#include <stddef.h>
#include <stdint.h>

enum histogram_kind {
	HISTOGRAM_QUEUE, /* from accept to a container */
	HISTOGRAM_SPAWN, /* from accept to the running program */
	HISTOGRAM_WALL,	 /* from accept to the end */
	HISTOGRAM_KINDS
};

#define HISTOGRAM_BOUNDS 15

struct histogram {
	uint64_t count[HISTOGRAM_BOUNDS + 1]; /* the last one has no bound */
	uint64_t sum_us;
};

const char *histogram_name(enum histogram_kind kind);

/* The upper bounds, rising, in microseconds: HISTOGRAM_BOUNDS of them. */
const uint64_t *histogram_bounds(enum histogram_kind kind);

void histogram_add(struct histogram *histogram, enum histogram_kind kind, int64_t span_us);

#endif

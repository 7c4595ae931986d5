/* SPDX-License-Identifier: ISC */
/* Histograms of latencies: fixed bounds, so that those of all services can be added up. Loop. */
#include "loop/histogram.h"

#define MS 1000u
#define S 1000000u

static const char *const names[] = {
	[HISTOGRAM_QUEUE] = "queue",
	[HISTOGRAM_SPAWN] = "spawn",
	[HISTOGRAM_WALL] = "wall",
};
_Static_assert(sizeof(names) / sizeof(names[0]) == HISTOGRAM_KINDS, "a name for every kind");

/* A warm container takes some hundred microseconds, a cold one some milliseconds. */
static const uint64_t start_bounds[HISTOGRAM_BOUNDS] = {
	100,	 250,	   500,	     1 * MS,   2500,  5 * MS, 10 * MS, 25 * MS,
	50 * MS, 100 * MS, 250 * MS, 500 * MS, 1 * S, 5 * S,  30 * S,
};

static const uint64_t wall_bounds[HISTOGRAM_BOUNDS] = {
	1 * MS, 5 * MS, 10 * MS,    50 * MS,	100 * MS,    500 * MS,	   1 * S,	 5 * S,
	15 * S, 60 * S, 300ull * S, 900ull * S, 3600ull * S, 14400ull * S, 86400ull * S,
};

const char *histogram_name(enum histogram_kind kind)
{
	return names[kind];
}

const uint64_t *histogram_bounds(enum histogram_kind kind)
{
	return kind == HISTOGRAM_WALL ? wall_bounds : start_bounds;
}

void histogram_add(struct histogram *histogram, enum histogram_kind kind, int64_t span_us)
{
	const uint64_t *bounds = histogram_bounds(kind);
	uint64_t span = span_us > 0 ? (uint64_t)span_us : 0;
	size_t at = 0;

	while (at < HISTOGRAM_BOUNDS && span > bounds[at])
		at++;
	histogram->count[at]++;
	histogram->sum_us += span;
}

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CTL_HISTOGRAM_H
#define SPAWND_CTL_HISTOGRAM_H

/*
 * How values are distributed, in fixed memory: below 64 exactly, above to one part in 64. Pure.
 */
#include <stdint.h>

#define HISTOGRAM_STEPS 32 /* for each power of two */
#define HISTOGRAM_BUCKETS (60 * HISTOGRAM_STEPS)

struct histogram {
	uint64_t counts[HISTOGRAM_BUCKETS];
	uint64_t count, largest;
};

void histogram_add(struct histogram *histogram, uint64_t value);

/*
 * The value that so many of ten thousand are not above; 10000: the largest, exactly. 0: no values.
 */
uint64_t histogram_quantile(const struct histogram *histogram, unsigned int of_10000);

#endif

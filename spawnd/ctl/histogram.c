/* SPDX-License-Identifier: ISC */
/* See histogram.h. Buckets grow with the values, as in HdrHistogram. In spawnctl. */
#include "ctl/histogram.h"

/* Values of 2^(5+n) and more have n bits fewer looked at. */
static unsigned int bucket_of(uint64_t value)
{
	unsigned int shift;

	if (value < 2 * HISTOGRAM_STEPS)
		return (unsigned int)value;
	shift = 63u - (unsigned int)__builtin_clzll(value) - 5;
	return shift * HISTOGRAM_STEPS + (unsigned int)(value >> shift);
}

/* The middle of what a bucket stands for. */
static uint64_t value_of(unsigned int bucket)
{
	unsigned int shift = bucket / HISTOGRAM_STEPS;

	if (bucket < 2 * HISTOGRAM_STEPS)
		return bucket;
	shift--;
	return ((uint64_t)(bucket - shift * HISTOGRAM_STEPS) << shift) + ((1ull << shift) >> 1);
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
	histogram->counts[bucket_of(value)]++;
	histogram->count++;
	if (value > histogram->largest)
		histogram->largest = value;
}

uint64_t histogram_quantile(const struct histogram *histogram, unsigned int of_10000)
{
	uint64_t wanted = (histogram->count * of_10000 + 9999) / 10000, seen = 0, value;
	unsigned int bucket = 0;

	if (of_10000 >= 10000 || histogram->count == 0)
		return histogram->largest;
	while (bucket < HISTOGRAM_BUCKETS - 1 && (seen += histogram->counts[bucket]) < wanted)
		bucket++;
	value = value_of(bucket);
	return value < histogram->largest ? value : histogram->largest;
}

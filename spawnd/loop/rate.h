/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_LOOP_RATE_H
#define SPAWND_LOOP_RATE_H

/*
 * Rates as token buckets: at most `burst` in any interval, refilled evenly. The state of a bucket
 * is one time, when it will be full again (the generic cell rate algorithm, ITU-T I.371): zeroed
 * memory is a full bucket. Pure.
 */
#include <stdbool.h>
#include <stdint.h>

struct rate {
	int64_t interval_ns;
	uint32_t burst; /* 0: no limit */
};

/*
 * The state of a bucket whose rate may have been another one: the most that it can lack is all of
 * it.
 */
static inline int64_t rate_bound(const struct rate *rate, int64_t full_at_ns, int64_t now_ns)
{
	return full_at_ns - now_ns > rate->interval_ns ? now_ns + rate->interval_ns : full_at_ns;
}

/* When the next one may come: not after now_ns if it may come now. */
static inline int64_t rate_next_ns(const struct rate *rate, int64_t full_at_ns)
{
	int64_t token_ns = rate->burst > 0 ? rate->interval_ns / rate->burst : 0;

	return rate->burst > 0 ? full_at_ns - token_ns * (rate->burst - 1) : INT64_MIN;
}

/* Takes one that may come now: the bucket's new state. */
static inline int64_t rate_take(const struct rate *rate, int64_t full_at_ns, int64_t now_ns)
{
	if (rate->burst == 0)
		return full_at_ns;
	return (full_at_ns > now_ns ? full_at_ns : now_ns) + rate->interval_ns / rate->burst;
}

#endif

/* SPDX-License-Identifier: ISC */
/*
 * From arrivals and refill times to the depth of a pool. Pure arithmetic on integers; the loop's.
 * Up is fast, since a connection that waits is what all this is for; down is slow, since a
 * container that is let go has been made for nothing.
 */
#include "loop/forecast.h"

#include "base/clock.h"

#define FALL 16		/* a 16th of the difference each second */
#define REFILL_MEMORY 8 /* a refill counts for an 8th of the average */
#define SURGE_HOLD_NS (10 * CLOCK_SECOND_NS)
#define DEPTH_MAX 100000
#define SECONDS_MAX 64 /* after so many the rate is a 60th: no need to count on */

static void end_seconds(struct forecast *forecast, int64_t now_ns)
{
	for (int i = 0; now_ns - forecast->window_ns >= CLOCK_SECOND_NS; i++) {
		uint32_t seen = forecast->count * 1000;

		if (i == SECONDS_MAX) {
			forecast->window_ns = now_ns;
			forecast->rate = 0;
			break;
		}
		if (seen >= forecast->rate)
			forecast->rate = seen;
		else
			forecast->rate -= (forecast->rate - seen + FALL - 1) / FALL;
		forecast->count = 0;
		forecast->window_ns += CLOCK_SECOND_NS;
	}
}

void forecast_arrival(struct forecast *forecast, int64_t now_ns, bool short_of, uint32_t depth)
{
	if (forecast->window_ns == 0)
		forecast->window_ns = now_ns;
	end_seconds(forecast, now_ns);
	if (forecast->count < UINT32_MAX / 2000)
		forecast->count++;
	if (forecast->count * 1000 > forecast->rate)
		forecast->rate = forecast->count * 1000;
	/* Once for each time that a refill takes: those that come meanwhile are of the same
	 * shortage. */
	if (!short_of || now_ns - forecast->surge_ns < forecast->refill_ns)
		return;
	forecast->surge_ns = now_ns;
	forecast->surge = depth < DEPTH_MAX / 2 ? depth * 2 + (depth == 0) : DEPTH_MAX;
}

void forecast_refill(struct forecast *forecast, int64_t took_ns, int64_t bytes)
{
	if (took_ns > 0)
		forecast->refill_ns =
			forecast->refill_ns == 0
				? took_ns
				: forecast->refill_ns +
					  (took_ns - forecast->refill_ns) / REFILL_MEMORY;
	if (bytes > 0)
		forecast->bytes_each = bytes;
}

void forecast_pass(struct forecast *forecast, int64_t now_ns)
{
	if (forecast->window_ns != 0)
		end_seconds(forecast, now_ns);
	if (forecast->surge > 0 && now_ns - forecast->surge_ns > SURGE_HOLD_NS)
		forecast->surge -= (forecast->surge + 3) / 4;
}

/* Rounded up. */
static uint64_t root_of(uint64_t square)
{
	uint64_t low = 0, high = UINT32_MAX;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (middle * middle >= square)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

uint32_t forecast_depth(const struct forecast *forecast)
{
	/* m in millionths, so that its root is in thousandths */
	uint64_t refill_us = (uint64_t)forecast->refill_ns / CLOCK_MICROSECOND_NS;
	uint64_t mean = forecast->rate * refill_us / 1000;
	uint64_t depth = (mean + 4000 * root_of(mean) + 999999) / 1000000;

	if (depth < forecast->surge)
		depth = forecast->surge;
	return depth < DEPTH_MAX ? (uint32_t)depth : DEPTH_MAX;
}

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_LOOP_FORECAST_H
#define SPAWND_LOOP_FORECAST_H

/*
 * How many containers a service should have parked: from how often connections come and how long a
 * container takes to make. Numbers only: no clock, no system call. Loop, run regime.
 */
#include <stdbool.h>
#include <stdint.h>

struct forecast {
	int64_t window_ns;  /* when the present second began; 0: nothing has come yet */
	uint32_t count;	    /* connections in it */
	uint32_t rate;	    /* a second, in thousandths: rises at once, falls slowly */
	int64_t refill_ns;  /* how long a container takes, on average */
	uint32_t surge;	    /* depth that stock-outs have called for */
	int64_t surge_ns;   /* when it was raised last */
	int64_t bytes_each; /* what a parked container takes; 0: not known yet */
};

/* A connection has come. short_of: no container was parked for it; depth: how many there were to
 * be. */
void forecast_arrival(struct forecast *forecast, int64_t now_ns, bool short_of, uint32_t depth);

/* A container has been made. bytes 0: not measured. */
void forecast_refill(struct forecast *forecast, int64_t took_ns, int64_t bytes);

/* Time passes: called once a second while something is left of the past. */
void forecast_pass(struct forecast *forecast, int64_t now_ns);

/*
 * How many there should be. Refills that are under way are Poisson distributed with mean m = rate
 * times duration, so m + 4 sqrt(m) are enough but for one connection in a thousand or less.
 */
uint32_t forecast_depth(const struct forecast *forecast);

#endif

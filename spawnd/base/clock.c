/* SPDX-License-Identifier: ISC */
/* The two clocks, and wall time as text. Every process; never blocks (clock_gettime(2), vDSO). */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * CLOCK_SECOND_NS + now.tv_nsec;
}

int64_t clock_now_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_wall_ns(void)
{
	return read_clock(CLOCK_REALTIME);
}

const char *clock_text(int64_t wall_ns, char text[CLOCK_TEXT_SIZE])
{
	time_t seconds = (time_t)(wall_ns / CLOCK_SECOND_NS);
	int microseconds = (int)(wall_ns % CLOCK_SECOND_NS / CLOCK_MICROSECOND_NS);
	struct tm utc;
	size_t length;

	gmtime_r(&seconds, &utc);
	length = strftime(text, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text + length, CLOCK_TEXT_SIZE - length, ".%06dZ", microseconds);
	return text;
}

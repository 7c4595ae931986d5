/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_BASE_CLOCK_H
#define SPAWND_BASE_CLOCK_H

/* Time as int64_t nanoseconds. Deadlines and durations are monotonic; wall time is for people. */
#include <stddef.h>
#include <stdint.h>

#define CLOCK_SECOND_NS INT64_C(1000000000)
#define CLOCK_MILLISECOND_NS INT64_C(1000000)
#define CLOCK_MICROSECOND_NS INT64_C(1000)
#define CLOCK_NEVER_NS INT64_MAX /* "infinity" of a time span */

#define CLOCK_TEXT_SIZE 32

int64_t clock_now_ns(void);  /* CLOCK_MONOTONIC: the same base in every process of a host */
int64_t clock_wall_ns(void); /* CLOCK_REALTIME */

/* Writes 2026-11-23T20:44:00.123456Z (UTC, RFC 3339) and returns text. */
const char *clock_text(int64_t wall_ns, char text[CLOCK_TEXT_SIZE]);

#endif

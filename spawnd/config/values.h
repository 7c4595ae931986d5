/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONFIG_VALUES_H
#define SPAWND_CONFIG_VALUES_H

/*
 * The grammars of single values, as systemd has them. Pure. Each returns 0, -EINVAL (not of the
 * grammar) or -ERANGE (of the grammar, but no such value), and then leaves *value alone.
 */
#include "config/spec.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/* 1 yes y true t on, 0 no n false f off, in any case. */
int value_bool(const char *text, bool *value);

/* Decimal digits, with a sign before them if minimum is negative. */
int value_number(const char *text, int64_t minimum, int64_t maximum, int64_t *value);

/* systemd's sizes: "512", "64K", "1.5G"; K M G T P E to the base 1024, B for bytes. */
int value_size(const char *text, uint64_t *bytes);

/*
 * systemd.time(7): "90", "5min 20s", "1.5h", "infinity" (CLOCK_NEVER_NS). unit_ns: what a bare
 * number counts. At most INT64_MAX / 2 nanoseconds (146 years), so that a deadline never overflows.
 */
int value_span(const char *text, int64_t unit_ns, int64_t *span_ns);

/* Octal digits. */
int value_mode(const char *text, mode_t *mode);

/* "SIGTERM", "TERM", "15", "SIGRTMIN+3". */
int value_signal(const char *text, int *number);

/*
 * A percentage with at most two digits behind the point, as hundredths of a percent; above maximum:
 * -ERANGE.
 */
int value_percent(const char *text, uint64_t maximum, uint64_t *permyriad);

/*
 * The value of a limit by control group: MemoryMax= "64M", "10%" (of the machine's memory),
 * "infinity"; TasksMax= "32", "1%", "infinity"; CPUQuota= "20%" (of one processor); weights 1 to
 * 10000, CPUWeight= also "idle".
 */
int value_group_limit(const char *text, enum group_limit limit, struct group_limit_spec *spec);

/* The units of Limit*=. */
enum value_limit {
	VALUE_LIMIT_COUNT,
	VALUE_LIMIT_BYTES,
	VALUE_LIMIT_SECONDS,
	VALUE_LIMIT_MICROSECONDS,
	VALUE_LIMIT_NICE
};

/* "VALUE" for both or "SOFT:HARD"; "infinity" is RLIM_INFINITY. Soft above hard: -ERANGE. */
int value_limit(const char *text, enum value_limit kind, rlim_t *soft, rlim_t *hard);

#endif

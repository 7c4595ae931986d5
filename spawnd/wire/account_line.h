/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_WIRE_ACCOUNT_LINE_H
#define SPAWND_WIRE_ACCOUNT_LINE_H

/*
 * A line of the accounting file, as whoever reads it finds it: spawnd(8), ACCOUNTING. Tolerant of
 * keys it does not know and of keys that are not there. Pure; nothing is copied.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ACCOUNT_LINE_VERSION 1

enum account_word {
	ACCOUNT_SERVICE,
	ACCOUNT_SOURCE,
	ACCOUNT_END,
	ACCOUNT_REASON,
	ACCOUNT_ACCEPTED,
	ACCOUNT_STARTED,
	ACCOUNT_WARMTH,
	ACCOUNT_WORDS
};

enum account_number {
	ACCOUNT_VERSION,
	ACCOUNT_SUPPRESSED,
	ACCOUNT_QUEUE_US,
	ACCOUNT_SPAWN_US,
	ACCOUNT_WALL_US,
	ACCOUNT_USER_US,
	ACCOUNT_SYSTEM_US,
	ACCOUNT_CPU_US,
	ACCOUNT_BYTES_IN,
	ACCOUNT_BYTES_OUT,
	ACCOUNT_NUMBERS
};

struct account_span {
	const char *at; /* in the line, between the quotes; NULL: there is none */
	size_t length;
};

struct account_line {
	struct account_span words[ACCOUNT_WORDS];
	int64_t numbers[ACCOUNT_NUMBERS];
	uint32_t has; /* bits of enum account_number */
};

/*
 * Reads one line, without its end. 0; -EBADMSG: no JSON object, or none with a service and an end;
 * -EPROTONOSUPPORT: its version is newer than ACCOUNT_LINE_VERSION. A line without a version counts
 * as one of today's.
 */
int account_line_parse(struct account_line *line, const char *bytes, size_t size);

static inline bool account_line_has(const struct account_line *line, enum account_number number)
{
	return line->has & 1u << number;
}

bool account_span_is(const struct account_span *span, const char *word);

/* "2026-11-24T12:..." as whole hours since 1970. False: it is none. */
bool account_span_hour(const struct account_span *span, int64_t *hour);

/*
 * The span as a string of printable ASCII without quotes and backslashes, for tables, terminals and
 * JSON: whatever else is in it becomes '?', and what does not fit is cut. Returns text.
 */
const char *account_span_copy(const struct account_span *span, char *text, size_t size);

#endif

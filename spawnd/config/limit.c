/* SPDX-License-Identifier: ISC */
/*
 * The values of Limit*=: systemd's "VALUE" or "SOFT:HARD" with the unit of the resource. Start
 * regime, every process. Pure; declared in values.h.
 */
#include "config/values.h"

#include "base/clock.h"

#include <errno.h>
#include <string.h>

#define LIMIT_TEXT_MAX 64
#define NICE_TO_LIMIT 20 /* getrlimit(2): the ceiling of nice is 20 minus the limit */

static int one_span(const char *text, int64_t unit_ns, rlim_t *value)
{
	int64_t span_ns;
	int error = value_span(text, unit_ns, &span_ns);

	if (!error) /* rounded up, as systemd does: a limit is never tighter than written */
		*value = (rlim_t)(span_ns / unit_ns + (span_ns % unit_ns > 0 ? 1 : 0));
	return error;
}

static int one_nice(const char *text, rlim_t *value)
{
	bool is_level = *text == '+' || *text == '-';
	int64_t number;
	int error = is_level ? value_number(text, -20, 19, &number)
			     : value_number(text, 0, 40, &number);

	if (!error)
		*value = (rlim_t)(is_level ? NICE_TO_LIMIT - number : number);
	return error;
}

static int one_limit(const char *text, enum value_limit kind, rlim_t *value)
{
	uint64_t bytes;
	int64_t number;
	int error;

	if (strcmp(text, "infinity") == 0) {
		*value = RLIM_INFINITY;
		return 0;
	}
	switch (kind) {
	case VALUE_LIMIT_SECONDS:
		return one_span(text, CLOCK_SECOND_NS, value);
	case VALUE_LIMIT_MICROSECONDS:
		return one_span(text, CLOCK_MICROSECOND_NS, value);
	case VALUE_LIMIT_NICE:
		return one_nice(text, value);
	case VALUE_LIMIT_BYTES:
		error = value_size(text, &bytes);
		if (!error)
			*value = bytes;
		return error;
	case VALUE_LIMIT_COUNT:
		break;
	}
	error = value_number(text, 0, INT64_MAX, &number);
	if (!error)
		*value = (rlim_t)number;
	return error;
}

int value_limit(const char *text, enum value_limit kind, rlim_t *soft, rlim_t *hard)
{
	const char *colon = strchr(text, ':');
	size_t length = colon ? (size_t)(colon - text) : strlen(text);
	char first[LIMIT_TEXT_MAX];
	rlim_t low = 0, high;
	int error;

	if (length >= sizeof(first))
		return -EINVAL;
	memcpy(first, text, length);
	first[length] = '\0';
	error = one_limit(first, kind, &low);
	high = low;
	if (!error && colon)
		error = one_limit(colon + 1, kind, &high);
	if (error)
		return error;
	if (low > high) /* RLIM_INFINITY is the greatest number */
		return -ERANGE;
	*soft = low;
	*hard = high;
	return 0;
}

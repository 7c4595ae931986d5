/* SPDX-License-Identifier: ISC */
/* Numbers for tables. In spawnctl. */
#include "ctl/units.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>

const char *units_bytes(uint64_t bytes, char text[UNITS_TEXT_SIZE])
{
	const char *prefix = "KMGTPE";
	uint64_t tenths = bytes * 10;

	if (bytes < 1024 || bytes > UINT64_MAX / 10) {
		snprintf(text, UNITS_TEXT_SIZE, "%" PRIu64, bytes);
		return text;
	}
	for (tenths /= 1024; tenths >= 10240 && prefix[1]; tenths /= 1024)
		prefix++;
	snprintf(text, UNITS_TEXT_SIZE, "%" PRIu64 ".%" PRIu64 "%c", tenths / 10, tenths % 10,
		 *prefix);
	return text;
}

const char *units_span(int64_t span_ns, char text[UNITS_TEXT_SIZE])
{
	int64_t seconds = span_ns / CLOCK_SECOND_NS;

	if (seconds < 60)
		snprintf(text, UNITS_TEXT_SIZE, "%" PRId64 ".%02" PRId64 "s", seconds,
			 span_ns / (CLOCK_SECOND_NS / 100) % 100);
	else if (seconds < 3600)
		snprintf(text, UNITS_TEXT_SIZE, "%" PRId64 "m%02" PRId64 "s", seconds / 60,
			 seconds % 60);
	else if (seconds < 86400)
		snprintf(text, UNITS_TEXT_SIZE, "%" PRId64 "h%02" PRId64 "m", seconds / 3600,
			 seconds / 60 % 60);
	else
		snprintf(text, UNITS_TEXT_SIZE, "%" PRId64 "d%02" PRId64 "h", seconds / 86400,
			 seconds / 3600 % 24);
	return text;
}

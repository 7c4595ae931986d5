/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CTL_HOURS_H
#define SPAWND_CTL_HOURS_H

/* Connections by the hour in which they came. At most two years of hours. */
#include "ctl/totals.h"

#define HOURS_MAX (2 * 366 * 24)

struct hours {
	struct hour {
		int64_t hour; /* since 1970 */
		uint64_t outcomes[OUTCOMES];
	} * items; /* in order, without the empty ones */
	size_t count, last;
	uint64_t left_out; /* lines without a time, or beyond the two years */
};

void hours_add(struct hours *hours, const struct account_line *line);
void hours_free(struct hours *hours);

#endif

/* SPDX-License-Identifier: ISC */
/* See hours.h. Files may come in any order; lines of one hour come together. In spawnctl. */
#include "ctl/hours.h"

#include <stdlib.h>
#include <string.h>

/* The place of an hour, or the one where it belongs. */
static size_t find(const struct hours *hours, int64_t hour)
{
	size_t low = 0, high = hours->count;

	if (hours->last < hours->count && hours->items[hours->last].hour == hour)
		return hours->last;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (hours->items[middle].hour < hour)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct hour *insert(struct hours *hours, size_t at, int64_t hour)
{
	struct hour *items = hours->items;

	if (hours->count >= HOURS_MAX)
		return NULL;
	if ((hours->count & (hours->count - 1)) == 0) { /* 0, 1, 2, 4, 8...: it is full */
		items = reallocarray(items, hours->count ? hours->count * 2 : 1, sizeof(*items));
		if (!items)
			return NULL;
		hours->items = items;
	}
	memmove(items + at + 1, items + at, (hours->count - at) * sizeof(*items));
	hours->count++;
	items[at] = (struct hour){ .hour = hour };
	return &items[at];
}

void hours_add(struct hours *hours, const struct account_line *line)
{
	struct hour *item = NULL;
	int64_t hour;

	if (account_span_hour(&line->words[ACCOUNT_ACCEPTED], &hour)) {
		size_t at = find(hours, hour);

		item = at < hours->count && hours->items[at].hour == hour ? &hours->items[at]
									  : insert(hours, at, hour);
		hours->last = at;
	}
	if (item)
		item->outcomes[outcome_of(line)]++;
	else
		hours->left_out++;
}

void hours_free(struct hours *hours)
{
	free(hours->items);
	*hours = (struct hours){ .items = NULL };
}

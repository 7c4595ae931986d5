/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CTL_TOTALS_H
#define SPAWND_CTL_TOTALS_H

/* Sums over lines of accounting: of all, of a service, of an hour. */
#include "ctl/histogram.h"
#include "wire/account_line.h"

#include <stddef.h>

#define TOTALS_WORD_SIZE 24
#define TOTALS_WORDS_MAX 24 /* different words; those beyond are counted as the last */

/* How often each word has come. */
struct words {
	struct word_count {
		char word[TOTALS_WORD_SIZE];
		uint64_t count;
	} items[TOTALS_WORDS_MAX];
	size_t count;
};

/* What is measured, in this order in every table. */
enum measure {
	MEASURE_SPAWN_US,
	MEASURE_QUEUE_US,
	MEASURE_WALL_US,
	MEASURE_BYTES_IN,
	MEASURE_BYTES_OUT,
	MEASURES
};

const char *measure_name(enum measure measure); /* the key: "spawn_us" */

/* What became of a connection, as in the counters of spawnctl status. */
enum outcome { OUTCOME_SERVED, OUTCOME_REFUSED, OUTCOME_ABORTED, OUTCOMES };

const char *outcome_name(enum outcome outcome);
enum outcome outcome_of(const struct account_line *line);

struct totals {
	uint64_t outcomes[OUTCOMES]; /* lines */
	uint64_t unlisted;	     /* refused ones that have no line of their own */
	uint64_t bytes_in, bytes_out, cpu_us;
	struct words ends, reasons, warmth;
	struct histogram measures[MEASURES];
};

void totals_add(struct totals *totals, const struct account_line *line);

/* All that came: with the refused ones that have no line. */
uint64_t totals_connections(const struct totals *totals);

#endif

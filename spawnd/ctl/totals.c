/* SPDX-License-Identifier: ISC */
/* See totals.h. In spawnctl; nothing is allocated. */
#include "ctl/totals.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *const measure_names[] = {
	[MEASURE_SPAWN_US] = "spawn_us",   [MEASURE_QUEUE_US] = "queue_us",
	[MEASURE_WALL_US] = "wall_us",	   [MEASURE_BYTES_IN] = "bytes_in",
	[MEASURE_BYTES_OUT] = "bytes_out",
};
_Static_assert(sizeof(measure_names) / sizeof(measure_names[0]) == MEASURES, "all named");

static const char *const outcome_names[] = {
	[OUTCOME_SERVED] = "served",
	[OUTCOME_REFUSED] = "refused",
	[OUTCOME_ABORTED] = "aborted",
};
_Static_assert(sizeof(outcome_names) / sizeof(outcome_names[0]) == OUTCOMES, "all named");

const char *measure_name(enum measure measure)
{
	return measure_names[measure];
}

const char *outcome_name(enum outcome outcome)
{
	return outcome_names[outcome];
}

enum outcome outcome_of(const struct account_line *line)
{
	if (account_span_is(&line->words[ACCOUNT_END], "refused"))
		return OUTCOME_REFUSED;
	return line->words[ACCOUNT_STARTED].at ? OUTCOME_SERVED : OUTCOME_ABORTED;
}

static void words_add(struct words *words, const struct account_span *span)
{
	char word[TOTALS_WORD_SIZE];
	size_t i;

	if (!span->at)
		return;
	account_span_copy(span, word, sizeof(word));
	for (i = 0; i < words->count && strcmp(words->items[i].word, word) != 0; i++)
		;
	if (i == TOTALS_WORDS_MAX)
		i--;
	if (i == words->count) {
		memcpy(words->items[i].word, word, sizeof(word));
		words->count++;
	}
	words->items[i].count++;
}

/* What is not there, or cannot be, is 0. */
static uint64_t number_of(const struct account_line *line, enum account_number number)
{
	return line->numbers[number] > 0 ? (uint64_t)line->numbers[number] : 0;
}

static void measure(struct totals *totals, const struct account_line *line, enum measure measure,
		    enum account_number number)
{
	if (account_line_has(line, number) && line->numbers[number] >= 0)
		histogram_add(&totals->measures[measure], number_of(line, number));
}

void totals_add(struct totals *totals, const struct account_line *line)
{
	enum outcome outcome = outcome_of(line);

	totals->outcomes[outcome]++;
	words_add(&totals->ends, &line->words[ACCOUNT_END]);
	words_add(&totals->reasons, &line->words[ACCOUNT_REASON]);
	words_add(&totals->warmth, &line->words[ACCOUNT_WARMTH]);
	if (outcome == OUTCOME_REFUSED) {
		totals->unlisted += number_of(line, ACCOUNT_SUPPRESSED);
		return;
	}
	totals->bytes_in += number_of(line, ACCOUNT_BYTES_IN);
	totals->bytes_out += number_of(line, ACCOUNT_BYTES_OUT);
	totals->cpu_us +=
		account_line_has(line, ACCOUNT_CPU_US)
			? number_of(line, ACCOUNT_CPU_US)
			: number_of(line, ACCOUNT_USER_US) + number_of(line, ACCOUNT_SYSTEM_US);
	measure(totals, line, MEASURE_WALL_US, ACCOUNT_WALL_US);
	measure(totals, line, MEASURE_BYTES_IN, ACCOUNT_BYTES_IN);
	measure(totals, line, MEASURE_BYTES_OUT, ACCOUNT_BYTES_OUT);
	/* Of one that a loop has taken over these are not known: it has no warmth. */
	if (outcome != OUTCOME_SERVED || !line->words[ACCOUNT_WARMTH].at)
		return;
	measure(totals, line, MEASURE_SPAWN_US, ACCOUNT_SPAWN_US);
	measure(totals, line, MEASURE_QUEUE_US, ACCOUNT_QUEUE_US);
}

uint64_t totals_connections(const struct totals *totals)
{
	uint64_t sum = totals->unlisted;

	for (int outcome = 0; outcome < OUTCOMES; outcome++)
		sum += totals->outcomes[outcome];
	return sum;
}

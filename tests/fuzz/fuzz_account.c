/* SPDX-License-Identifier: ISC */
/*
 * Fuzzes lines of the accounting: what is taken lies in the line, and its copies are fit for a
 * terminal and for JSON.
 */
#include "fuzz.h"

#include "wire/account_line.h"

#include <errno.h>
#include <string.h>

static void check_copy(const struct account_span *span, size_t size)
{
	char text[64];

	account_span_copy(span, text, size);
	MUST(strlen(text) < size);
	for (const char *at = text; *at; at++)
		MUST(*at >= ' ' && *at <= '~' && *at != '"' && *at != '\\');
}

int FUZZ(account)(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	struct account_line line;
	int error = account_line_parse(&line, bytes, size);
	int64_t hour;

	MUST(error == 0 || error == -EBADMSG || error == -EPROTONOSUPPORT);
	if (error < 0)
		return 0;
	for (int i = 0; i < ACCOUNT_WORDS; i++) {
		const struct account_span *span = &line.words[i];

		if (!span->at)
			continue;
		MUST(span->at > bytes && span->at + span->length < bytes + size);
		check_copy(span, 8);
		check_copy(span, 64);
		if (account_span_hour(span, &hour))
			MUST(hour >= 0 && hour < 9000 * 366 * 24ll);
	}
	MUST(line.numbers[ACCOUNT_VERSION] <= ACCOUNT_LINE_VERSION);
	for (int i = 0; i < ACCOUNT_NUMBERS; i++)
		MUST(account_line_has(&line, (enum account_number)i) || line.numbers[i] == 0);
	return 0;
}

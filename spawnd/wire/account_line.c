/* SPDX-License-Identifier: ISC */
/*
 * Reads lines of the accounting file. In spawnctl. What stands there came from the loop, which
 * faces the network, and from whoever may write to the file: every byte is looked at, nothing
 * recurses.
 */
#include "wire/account_line.h"

#include <errno.h>
#include <string.h>

static const char *const word_keys[] = {
	[ACCOUNT_SERVICE] = "service",	 [ACCOUNT_SOURCE] = "source",
	[ACCOUNT_END] = "end",		 [ACCOUNT_REASON] = "reason",
	[ACCOUNT_ACCEPTED] = "accepted", [ACCOUNT_STARTED] = "started",
	[ACCOUNT_WARMTH] = "warmth",
};
_Static_assert(sizeof(word_keys) / sizeof(word_keys[0]) == ACCOUNT_WORDS, "all named");

static const char *const number_keys[] = {
	[ACCOUNT_VERSION] = "version",	   [ACCOUNT_SUPPRESSED] = "suppressed",
	[ACCOUNT_QUEUE_US] = "queue_us",   [ACCOUNT_SPAWN_US] = "spawn_us",
	[ACCOUNT_WALL_US] = "wall_us",	   [ACCOUNT_USER_US] = "user_us",
	[ACCOUNT_SYSTEM_US] = "system_us", [ACCOUNT_CPU_US] = "cpu_us",
	[ACCOUNT_BYTES_IN] = "bytes_in",   [ACCOUNT_BYTES_OUT] = "bytes_out",
};
_Static_assert(sizeof(number_keys) / sizeof(number_keys[0]) == ACCOUNT_NUMBERS, "all named");

struct cursor {
	const char *at, *end;
};

bool account_span_is(const struct account_span *span, const char *word)
{
	return span->at && span->length == strlen(word) &&
	       memcmp(span->at, word, span->length) == 0;
}

static void skip_blanks(struct cursor *cursor)
{
	while (cursor->at < cursor->end && strchr(" \t\r", *cursor->at) && *cursor->at)
		cursor->at++;
}

static bool take(struct cursor *cursor, char wanted)
{
	skip_blanks(cursor);
	if (cursor->at == cursor->end || *cursor->at != wanted)
		return false;
	cursor->at++;
	return true;
}

static bool take_string(struct cursor *cursor, struct account_span *span)
{
	if (!take(cursor, '"'))
		return false;
	span->at = cursor->at;
	for (; cursor->at < cursor->end; cursor->at++) {
		if (*cursor->at == '"') {
			span->length = (size_t)(cursor->at++ - span->at);
			return true;
		}
		if ((unsigned char)*cursor->at < ' ')
			return false;
		if (*cursor->at == '\\' && ++cursor->at == cursor->end)
			return false;
	}
	return false;
}

static int64_t digits_to(struct cursor *cursor, bool negative, bool *fits)
{
	uint64_t value = 0, limit = (uint64_t)INT64_MAX + negative;

	for (; cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9'; cursor->at++) {
		uint64_t digit = (uint64_t)(*cursor->at - '0');

		*fits = *fits && value <= (limit - digit) / 10;
		value = *fits ? value * 10 + digit : 0;
	}
	return negative ? (int64_t)(0 - value) : (int64_t)value;
}

/* A whole number: false for anything else, also for one that does not fit. */
static bool take_integer(struct cursor *cursor, int64_t *number)
{
	bool negative = take(cursor, '-'), fits = true;
	const char *first = cursor->at;

	*number = digits_to(cursor, negative, &fits);
	return fits && cursor->at > first &&
	       (cursor->at == cursor->end || !strchr(".eE", *cursor->at) || !*cursor->at);
}

/* A value that nobody asked for: up to the comma or bracket behind it, on its own level. */
static bool skip_value(struct cursor *cursor)
{
	struct account_span string;
	size_t depth = 0;

	for (skip_blanks(cursor); cursor->at < cursor->end; cursor->at++) {
		if (*cursor->at == '"') {
			if (!take_string(cursor, &string))
				return false;
			cursor->at--;
		} else if (*cursor->at == '{' || *cursor->at == '[') {
			depth++;
		} else if (*cursor->at == '}' || *cursor->at == ']') {
			if (depth == 0)
				return true;
			depth--;
		} else if (*cursor->at == ',' && depth == 0) {
			return true;
		} else if ((unsigned char)*cursor->at < ' ' && *cursor->at != '\t') {
			return false;
		}
	}
	return false;
}

static size_t find(const char *const *keys, size_t count, const struct account_span *key)
{
	size_t i = 0;

	while (i < count && !(keys[i][0] == key->at[0] && account_span_is(key, keys[i])))
		i++;
	return i;
}

static bool take_value(struct cursor *cursor, const struct account_span *key,
		       struct account_line *line)
{
	size_t i;

	if (key->length == 0)
		return skip_value(cursor);
	skip_blanks(cursor);
	if (cursor->at < cursor->end && *cursor->at == '"') {
		i = find(word_keys, ACCOUNT_WORDS, key);
		return i < ACCOUNT_WORDS ? take_string(cursor, &line->words[i])
					 : skip_value(cursor);
	}
	i = find(number_keys, ACCOUNT_NUMBERS, key);
	if (i == ACCOUNT_NUMBERS || cursor->at == cursor->end ||
	    (*cursor->at != '-' && (*cursor->at < '0' || *cursor->at > '9')))
		return skip_value(cursor); /* null: as if it were not there */
	line->has |= 1u << i;
	return take_integer(cursor, &line->numbers[i]);
}

static bool take_object(struct cursor *cursor, struct account_line *line)
{
	struct account_span key;

	if (!take(cursor, '{'))
		return false;
	do {
		if (!take_string(cursor, &key) || !take(cursor, ':') ||
		    !take_value(cursor, &key, line))
			return false;
	} while (take(cursor, ','));
	if (!take(cursor, '}'))
		return false;
	skip_blanks(cursor);
	return cursor->at == cursor->end;
}

int account_line_parse(struct account_line *line, const char *bytes, size_t size)
{
	struct cursor cursor = { bytes, bytes + size };

	memset(line, 0, sizeof(*line));
	if (!take_object(&cursor, line))
		return -EBADMSG;
	if (line->numbers[ACCOUNT_VERSION] > ACCOUNT_LINE_VERSION)
		return -EPROTONOSUPPORT;
	return line->words[ACCOUNT_SERVICE].at && line->words[ACCOUNT_END].at ? 0 : -EBADMSG;
}

/* Of exactly so many digits. -1: they are none. */
static int number_at(const char *at, int digits)
{
	int value = 0;

	for (; digits > 0; digits--, at++) {
		if (*at < '0' || *at > '9')
			return -1;
		value = value * 10 + (*at - '0');
	}
	return value;
}

/* Days since 1970 in the Gregorian calendar: years begin in March, so that leap days end them. */
static int64_t days_since_1970(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t m = (month + 9) % 12;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + day - 1 - 719468;
}

bool account_span_hour(const struct account_span *span, int64_t *hour)
{
	int year, month, day, of_day;

	if (!span->at || span->length < 14 || span->at[4] != '-' || span->at[7] != '-' ||
	    span->at[10] != 'T' || span->at[13] != ':')
		return false;
	year = number_at(span->at, 4);
	month = number_at(span->at + 5, 2);
	day = number_at(span->at + 8, 2);
	of_day = number_at(span->at + 11, 2);
	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || of_day < 0 ||
	    of_day > 23)
		return false;
	*hour = days_since_1970(year, month, day) * 24 + of_day;
	return true;
}

const char *account_span_copy(const struct account_span *span, char *text, size_t size)
{
	size_t length = span->at ? span->length : 0;

	if (length >= size)
		length = size - 1;
	for (size_t i = 0; span->at && i < length; i++) {
		char byte = span->at[i];

		text[i] = (char)(byte < ' ' || byte > '~' || byte == '"' || byte == '\\' ? '?'
											 : byte);
	}
	text[length] = '\0';
	return text;
}

/* SPDX-License-Identifier: ISC */
/*
 * systemd's quoting: the words of ExecStart=, Environment=, BindPaths= and their like. Start
 * regime, every process. A word is never longer than the text it was written as, since no escape
 * stands for more bytes than it has.
 */
#include "config/words.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

static bool blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

static int digit(char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	if (byte >= 'A' && byte <= 'F')
		return byte - 'A' + 10;
	return 16;
}

static bool take_number(const char **at, unsigned int digits, unsigned int base, uint32_t *value)
{
	*value = 0;
	while (digits--) {
		int next = digit(**at);

		if (next >= (int)base)
			return false;
		*value = *value * base + (uint32_t)next;
		(*at)++;
	}
	return true;
}

static size_t put_utf8(char *out, uint32_t point)
{
	if (point < 0x80) {
		out[0] = (char)point;
		return 1;
	}
	if (point < 0x800) {
		out[0] = (char)(0xc0 | point >> 6);
		out[1] = (char)(0x80 | (point & 0x3f));
		return 2;
	}
	if (point < 0x10000) {
		out[0] = (char)(0xe0 | point >> 12);
		out[1] = (char)(0x80 | (point >> 6 & 0x3f));
		out[2] = (char)(0x80 | (point & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | point >> 18);
	out[1] = (char)(0x80 | (point >> 12 & 0x3f));
	out[2] = (char)(0x80 | (point >> 6 & 0x3f));
	out[3] = (char)(0x80 | (point & 0x3f));
	return 4;
}

/* The escape behind a backslash at *at. Returns the bytes written, 0 when it is none. */
static size_t take_escape(const char **at, char *out)
{
	static const char letters[] = "abfnrtv\\\"'s", bytes[] = "\a\b\f\n\r\t\v\\\"' ";
	const char *letter = **at ? strchr(letters, **at) : NULL;
	uint32_t value;
	bool good;

	if (letter) {
		*out = bytes[letter - letters];
		(*at)++;
		return 1;
	}
	if (**at >= '0' && **at <= '7') {
		good = take_number(at, 3, 8, &value) && value && value < 256;
		*out = (char)value;
		return good ? 1 : 0;
	}
	switch (*(*at)++) {
	case 'x':
		good = take_number(at, 2, 16, &value) && value;
		*out = (char)value;
		return good ? 1 : 0;
	case 'u':
		good = take_number(at, 4, 16, &value);
		break;
	case 'U':
		good = take_number(at, 8, 16, &value);
		break;
	default:
		return 0;
	}
	good = good && value && value < 0x110000 && (value < 0xd800 || value > 0xdfff);
	return good ? put_utf8(out, value) : 0;
}

static int fail(struct words *words, const char *fault)
{
	words->fault = fault;
	return -EINVAL;
}

/* Takes what a backslash at words->at stands for. Returns the bytes written or -EINVAL. */
static int take_backslash(struct words *words, char *out)
{
	const char *at = words->at + 1;
	size_t count;

	if (!*at)
		return fail(words, "a backslash at the end, expected something behind it");
	if (words->c_escapes) {
		count = take_escape(&at, out);
		if (!count)
			return fail(words, "a backslash sequence that systemd has not, expected "
					   "\\\\ for a backslash");
	} else {
		*out = *at++;
		count = 1;
	}
	words->at = at;
	return (int)count;
}

static bool ends_word(const struct words *words, char byte)
{
	return byte == '\0' || blank(byte) || (words->colons && byte == ':');
}

int words_next(struct words *words, char *word, size_t size)
{
	char quote = '\0', *out = word;
	int count;

	if (words->ended_by != ':')
		words->at += strspn(words->at, " \t");
	if (!*words->at && words->ended_by != ':')
		return 0;
	if (strlen(words->at) >= size)
		return fail(words, "too long");
	while (quote ? *words->at != '\0' : !ends_word(words, *words->at)) {
		if (*words->at == '\\') {
			count = take_backslash(words, out);
			if (count < 0)
				return count;
			out += count;
			continue;
		}
		if (quote && *words->at == quote)
			quote = '\0';
		else if (!quote && (*words->at == '"' || *words->at == '\''))
			quote = *words->at;
		else
			*out++ = *words->at;
		words->at++;
	}
	if (quote)
		return fail(words, "a quote that is not closed, expected its other half");
	*out = '\0';
	words->ended_by = *words->at == ':' ? ':' : '\0';
	if (*words->at)
		words->at++;
	return 1;
}

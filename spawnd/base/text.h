/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_BASE_TEXT_H
#define SPAWND_BASE_TEXT_H

/*
 * Building text in a buffer the caller owns. Nothing allocates; what does not fit is cut and said
 * so in `cut`. The result is always NUL-terminated.
 */
#include <stdbool.h>
#include <stddef.h>

struct text {
	char *bytes;
	size_t size;   /* of the buffer, NUL included */
	size_t length; /* without NUL */
	bool cut;
};

void text_init(struct text *text, char *bytes, size_t size); /* size >= 1 */
void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const char *bytes, size_t count);
void text_addf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Adds untrusted bytes for a log: printable ASCII stays, '"' and '\' get a backslash, everything
 * else becomes \xHH. The result can neither end a line nor move a terminal's cursor.
 */
void text_add_escaped(struct text *text, const char *bytes, size_t count);

/* Makes '?' of whatever in a string is not printable ASCII, in place: it moves no cursor then. */
void text_make_printable(char *string);

/* Adds a JSON string with its quotes (RFC 8259, 7). Bytes above 0x7e are escaped as \u00HH. */
void text_add_json(struct text *text, const char *string);

#endif

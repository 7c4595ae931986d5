/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONFIG_READER_H
#define SPAWND_CONFIG_READER_H

/*
 * From the bytes of one file to its sections and entries, one at a time. The grammar is that of
 * systemd.syntax(7): `[section]`, `Key=value`, comments of a whole line (# or ;), and a backslash
 * at the end of a line, which becomes a blank and joins the next line that is no comment. Pure: no
 * allocation, no descriptor. Every input ends after a bounded number of items.
 */
#include "config/spec.h"

#define READER_LINE_MAX 16384 /* bytes of a line, what was joined to it included */

enum reader_kind {
	READER_END,
	READER_SECTION, /* value: what is between the brackets */
	READER_ENTRY,	/* key and value, without the blanks around them */
	READER_FAULT	/* value: what is wrong, what was expected (static text) */
};

struct reader_item {
	enum reader_kind kind;
	unsigned int line; /* where it begins */
	const char *key, *value;
};

struct reader {
	const char *bytes;
	size_t size, at;
	unsigned int line;
	bool carriage_return; /* one was reported: a file with Windows' line ends is one error */
	const char *fault;    /* of the line that is being put together */
	size_t length;
	char text[READER_LINE_MAX + 1];
};

void reader_open(struct reader *reader, const char *bytes, size_t size);

/* The next item; its strings live until the next call. A fault never ends the reading. */
enum reader_kind reader_next(struct reader *reader, struct reader_item *item);

/* Wipes the text: it may have been a secret. */
void reader_close(struct reader *reader);

#endif

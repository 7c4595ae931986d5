/* SPDX-License-Identifier: ISC */
/*
 * Bounded text building: for log lines, accounting lines and environments. Every process; no
 * malloc.
 */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void text_init(struct text *text, char *bytes, size_t size)
{
	*text = (struct text){ .bytes = bytes, .size = size };
	bytes[0] = '\0';
}

void text_add_bytes(struct text *text, const char *bytes, size_t count)
{
	size_t room = text->size - text->length - 1;

	if (count > room) {
		count = room;
		text->cut = true;
	}
	memcpy(text->bytes + text->length, bytes, count);
	text->length += count;
	text->bytes[text->length] = '\0';
}

void text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string, strlen(string));
}

void text_addf(struct text *text, const char *format, ...)
{
	size_t room = text->size - text->length;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text->bytes + text->length, room, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	if ((size_t)length >= room) {
		text->cut = true;
		length = (int)room - 1;
	}
	text->length += (size_t)length;
}

void text_add_escaped(struct text *text, const char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		unsigned char byte = (unsigned char)bytes[i];

		if (byte == '"' || byte == '\\')
			text_addf(text, "\\%c", byte);
		else if (byte >= ' ' && byte <= '~')
			text_add_bytes(text, bytes + i, 1);
		else
			text_addf(text, "\\x%02x", byte);
	}
}

void text_add_json(struct text *text, const char *string)
{
	text_add_bytes(text, "\"", 1);
	for (; *string; string++) {
		unsigned char byte = (unsigned char)*string;

		if (byte == '"' || byte == '\\')
			text_addf(text, "\\%c", byte);
		else if (byte >= ' ' && byte <= '~')
			text_add_bytes(text, string, 1);
		else
			text_addf(text, "\\u%04x", byte);
	}
	text_add_bytes(text, "\"", 1);
}

void text_make_printable(char *string)
{
	for (; *string; string++)
		if (*string < ' ' || *string > '~')
			*string = '?';
}

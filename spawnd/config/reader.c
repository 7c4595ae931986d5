/* SPDX-License-Identifier: ISC */
/*
 * The reader: bytes of one configuration file to sections and entries. Start regime, every process;
 * also the fuzzer's first target, since everything else sees only what this room lets through:
 * strings without NUL, control characters and line ends, of at most READER_LINE_MAX bytes. It knows
 * no directive and no value.
 */
#include "config/reader.h"

#include <string.h>

void reader_open(struct reader *reader, const char *bytes, size_t size)
{
	reader->bytes = bytes;
	reader->size = size;
	reader->at = 0;
	reader->line = 0;
	reader->carriage_return = false;
	reader->fault = NULL;
	reader->length = 0;
	if (size >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3)) {
		reader->at = 3;
		reader->fault = "a byte order mark, expected plain text";
	}
}

static bool blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

/* The next line without its end, and without a carriage return that was reported before. */
static bool take_line(struct reader *reader, const char **line, size_t *count)
{
	const char *start = reader->bytes + reader->at;
	size_t left = reader->size - reader->at;
	const char *end = left ? memchr(start, '\n', left) : NULL;

	if (!left)
		return false;
	reader->line++;
	*line = start;
	*count = end ? (size_t)(end - start) : left;
	reader->at += *count + (end ? 1 : 0);
	if (*count && start[*count - 1] == '\r') {
		if (!reader->carriage_return)
			reader->fault = "a carriage return, expected lines that end in a line feed "
					"alone";
		reader->carriage_return = true;
		(*count)--;
	}
	return true;
}

/* Bytes from 0x80 on pass: they may be part of a path. */
static void append(struct reader *reader, const char *line, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		unsigned char byte = (unsigned char)line[i];

		if (byte == '\0')
			reader->fault = "a NUL byte, expected text";
		else if ((byte < ' ' && byte != '\t') || byte == 0x7f)
			reader->fault = "a control character, expected text";
	}
	if (count > READER_LINE_MAX - reader->length) {
		reader->fault = "the line is too long, expected at most 16384 bytes";
		return;
	}
	memcpy(reader->text + reader->length, line, count);
	reader->length += count;
}

/* As systemd: an even number of backslashes at the end are characters, an odd one continues. */
static bool continues(const char *line, size_t count)
{
	size_t backslashes = 0;

	while (backslashes < count && line[count - 1 - backslashes] == '\\')
		backslashes++;
	return backslashes % 2 == 1;
}

/*
 * Puts one line together from as many as it was written on. Returns the number of the first, or 0
 * at the end of the file.
 */
static unsigned int join_lines(struct reader *reader)
{
	unsigned int first = 0;
	const char *line;
	size_t count;

	reader->length = 0;
	while (take_line(reader, &line, &count)) {
		while (count && blank(*line)) {
			line++;
			count--;
		}
		if (!reader->fault && count && (*line == '#' || *line == ';'))
			continue;
		if (!reader->fault && !first && !count)
			continue;
		if (!first)
			first = reader->line;
		if (!continues(line, count)) {
			append(reader, line, count);
			return first;
		}
		append(reader, line, count - 1);
		append(reader, " ", 1);
	}
	if (first)
		reader->fault = "the file ends behind a backslash, expected another line";
	if (reader->fault && !first)
		first = 1; /* a byte order mark and nothing else */
	return first;
}

/* Cuts the blanks off the end of the text from start to *end, and ends it there with NUL. */
static bool cut_blanks(char *start, char *end)
{
	bool cut = end > start && blank(end[-1]);

	while (end > start && blank(end[-1]))
		end--;
	*end = '\0';
	return cut && continues(start, (size_t)(end - start));
}

static enum reader_kind fault(struct reader_item *item, const char *text)
{
	item->value = text;
	return READER_FAULT;
}

static enum reader_kind split(struct reader *reader, struct reader_item *item)
{
	char *text = reader->text, *end = text + reader->length, *equals;

	if (cut_blanks(text, end))
		return fault(item, "blanks behind a backslash at the end of the line, expected "
				   "the line to end there");
	end = text + strlen(text);
	if (*text == '[') {
		if (end[-1] != ']')
			return fault(item, "a section without its ']', expected [spawnd], "
					   "[defaults] or [service NAME] alone on its line");
		cut_blanks(text, end - 1);
		item->value = text + 1 + strspn(text + 1, " \t");
		return READER_SECTION;
	}
	equals = strchr(text, '=');
	if (!equals || equals == text)
		return fault(item, "neither a section nor an assignment, expected [section] or "
				   "Key=value");
	cut_blanks(text, equals);
	item->key = text;
	item->value = equals + 1 + strspn(equals + 1, " \t");
	return READER_ENTRY;
}

enum reader_kind reader_next(struct reader *reader, struct reader_item *item)
{
	*item = (struct reader_item){ .line = join_lines(reader) };
	if (!item->line) {
		item->kind = READER_END;
	} else if (reader->fault) {
		item->kind = fault(item, reader->fault);
		reader->fault = NULL;
	} else {
		item->kind = split(reader, item);
	}
	return item->kind;
}

void reader_close(struct reader *reader)
{
	explicit_bzero(reader->text, sizeof(reader->text));
}

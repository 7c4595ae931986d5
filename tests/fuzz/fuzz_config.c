/* SPDX-License-Identifier: ISC */
/*
 * Fuzzes the configuration: the input is the text of one file, or, when it begins with a NUL, a
 * whole snapshot. What parses must print, and what is printed must parse to the same print.
 */
#include "fuzz.h"

#include "config/config.h"

#include <string.h>

static char *wrap(const char *text, size_t size, struct snapshot *snapshot)
{
	uint32_t lengths[2] = { 4, (uint32_t)size };
	char *bytes = malloc(sizeof(lengths) + 4 + size);

	if (!bytes)
		abort();
	memcpy(bytes, lengths, sizeof(lengths));
	memcpy(bytes + sizeof(lengths), "fuzz", 4);
	if (size)
		memcpy(bytes + sizeof(lengths) + 4, text, size);
	*snapshot = (struct snapshot){ bytes, sizeof(lengths) + 4 + size, -1 };
	return bytes;
}

/*
 * Takes out comments, since origins change, and a line that repeats the one before it: the default
 * mounts are printed before those that were written, which then may be the same.
 */
static void strip(char *text)
{
	char *out = text, *last = NULL;
	size_t length, last_length = 0;

	for (char *line = text; *line; line += length) {
		char *end = strchr(line, '\n');

		length = end ? (size_t)(end - line) + 1 : strlen(line);
		if (*line == '#' || (last && length == last_length && !memcmp(line, last, length)))
			continue;
		memmove(out, line, length);
		last = out;
		last_length = length;
		out += length;
	}
	*out = '\0';
}

/* The print, or NULL: it did not parse. */
static char *print(const struct snapshot *snapshot, const char *only)
{
	struct config_errors errors;
	struct config config;
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	int error;

	if (!stream)
		abort();
	config_errors_init(&errors);
	error = config_parse(&config, snapshot, only, &errors);
	if ((error == 0) != (errors.count == 0 && !errors.cut))
		abort();
	if (error == 0)
		config_print(&config, stream);
	else
		config_errors_print(&errors, stream);
	config_free(&config);
	config_errors_free(&errors);
	fclose(stream);
	if (error < 0) {
		free(text);
		return NULL;
	}
	strip(text);
	return text;
}

int FUZZ(config)(const uint8_t *data, size_t size)
{
	struct snapshot snapshot, again;
	char *wrapped, *rewrapped, *first, *second;

	if (size && data[0] == 0) {
		snapshot = (struct snapshot){ (const char *)data + 1, size - 1, -1 };
		free(print(&snapshot, "echo"));
		free(print(&snapshot, NULL));
		return 0;
	}
	wrapped = wrap((const char *)data, size, &snapshot);
	first = print(&snapshot, NULL);
	free(print(&snapshot, "echo"));
	if (first) {
		rewrapped = wrap(first, strlen(first), &again);
		second = print(&again, NULL);
		if (!second || strcmp(first, second) != 0)
			abort();
		free(second);
		free(rewrapped);
	}
	free(first);
	free(wrapped);
	return 0;
}

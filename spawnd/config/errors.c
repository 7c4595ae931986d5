/* SPDX-License-Identifier: ISC */
/*
 * The errors of a configuration: collected while it is read, parsed and checked, kept in the order
 * of file and line, printed together. Start regime, every process. A file without end of errors is
 * cut off at ERRORS_MAX, and said so.
 */
#include "config/config.h"

#include "config/errors.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define ERRORS_MAX 1000

/* A file's name, as the errors outlive the configuration; in reading order. */
struct config_error_file {
	struct config_error_file *next;
	unsigned int rank;
	char name[];
};

void config_errors_init(struct config_errors *errors)
{
	*errors = (struct config_errors){ .count = 0 };
}

static struct config_error_file **find_file(struct config_errors *errors, const char *name)
{
	struct config_error_file **at = &errors->files;

	while (*at && strcmp((*at)->name, name) != 0)
		at = &(*at)->next;
	return at;
}

void config_errors_file(struct config_errors *errors, const char *name)
{
	struct config_error_file **at = find_file(errors, name);
	size_t size = strlen(name) + 1;

	if (*at)
		return;
	*at = calloc(1, sizeof(**at) + size);
	if (!*at)
		return;
	(*at)->rank = errors->file_count++;
	memcpy((*at)->name, name, size);
}

/* Errors about no place of a file come last. */
static unsigned int rank_of(struct config_errors *errors, const char *name)
{
	const struct config_error_file *file = name ? *find_file(errors, name) : NULL;

	return file ? file->rank : UINT32_MAX;
}

/* Room for one more, in its place; NULL: there are enough, or no memory. */
static struct config_error *insert(struct config_errors *errors, struct origin origin)
{
	unsigned int rank = rank_of(errors, origin.file);
	size_t at = errors->count;
	struct config_error *items;

	if (errors->count >= ERRORS_MAX)
		return NULL;
	if (errors->count == errors->size) {
		size_t size = errors->size ? errors->size * 2 : 16;

		items = realloc(errors->items, size * sizeof(*items));
		if (!items)
			return NULL;
		errors->items = items;
		errors->size = size;
	}
	items = errors->items;
	for (; at > 0; at--) {
		unsigned int before = rank_of(errors, items[at - 1].origin.file);

		if (before < rank || (before == rank && items[at - 1].origin.line <= origin.line))
			break;
		items[at] = items[at - 1];
	}
	errors->count++;
	return &items[at];
}

/* The text may quote the file: nothing in it may move a terminal's cursor. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

void config_errors_add(struct config_errors *errors, struct origin origin, const char *format, ...)
{
	const struct config_error_file *file;
	struct config_error *error;
	va_list arguments;

	if (origin.file)
		config_errors_file(errors, origin.file);
	file = origin.file ? *find_file(errors, origin.file) : NULL;
	error = insert(errors, origin);
	if (!error) {
		errors->cut = true;
		return;
	}
	error->origin = (struct origin){ file ? file->name : NULL, origin.line };
	va_start(arguments, format);
	vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	make_printable(error->text);
}

void config_errors_print(struct config_errors *errors, FILE *stream)
{
	for (size_t i = 0; i < errors->count; i++) {
		const struct config_error *error = &errors->items[i];

		if (error->origin.file && error->origin.line)
			fprintf(stream, "%s:%u: ", error->origin.file, error->origin.line);
		else if (error->origin.file)
			fprintf(stream, "%s: ", error->origin.file);
		fprintf(stream, "%s\n", error->text);
	}
	if (errors->cut)
		fprintf(stream, "... and more errors\n");
}

void config_errors_free(struct config_errors *errors)
{
	struct config_error_file *file, *next;

	for (file = errors->files; file; file = next) {
		next = file->next;
		free(file);
	}
	free(errors->items);
	config_errors_init(errors);
}

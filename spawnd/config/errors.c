/* SPDX-License-Identifier: ISC */
/*
 * The errors of a configuration: collected while it is read, parsed and checked, kept in the order
 * of file and line, printed together. Start regime, every process. A file without end of errors is
 * cut off at ERRORS_MAX, and said so.
 */
#include "config/config.h"

#include "base/text.h"
#include "config/errors.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define ERRORS_MAX 1000

void config_errors_init(struct config_errors *errors)
{
	*errors = (struct config_errors){ .count = 0 };
}

/* The file's place in the reading order. Errors that are of no file come last. */
static size_t rank_of(const struct config_errors *errors, const char *name)
{
	size_t rank = 0;

	while (rank < errors->file_count && (!name || strcmp(errors->files[rank], name) != 0))
		rank++;
	return rank;
}

/* The names are copied: errors outlive the configuration. */
void config_errors_file(struct config_errors *errors, const char *name)
{
	char **files;

	if (rank_of(errors, name) < errors->file_count)
		return;
	files = reallocarray(errors->files, errors->file_count + 1, sizeof(*files));
	if (!files)
		return;
	errors->files = files;
	files[errors->file_count] = strdup(name);
	if (files[errors->file_count])
		errors->file_count++;
}

/* Room for one more, in its place; NULL: there are enough, or no memory. */
static struct config_error *insert(struct config_errors *errors, struct origin origin)
{
	size_t rank = rank_of(errors, origin.file), at = errors->count;
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
		size_t before = rank_of(errors, items[at - 1].origin.file);

		if (before < rank || (before == rank && items[at - 1].origin.line <= origin.line))
			break;
		items[at] = items[at - 1];
	}
	errors->count++;
	return &items[at];
}

void config_errors_add(struct config_errors *errors, struct origin origin, const char *format, ...)
{
	struct config_error *error;
	va_list arguments;
	size_t rank;

	if (origin.file)
		config_errors_file(errors, origin.file);
	rank = rank_of(errors, origin.file);
	error = insert(errors, origin);
	if (!error) {
		errors->cut = true;
		return;
	}
	error->origin.file = rank < errors->file_count ? errors->files[rank] : NULL;
	error->origin.line = origin.line;
	va_start(arguments, format);
	vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	text_make_printable(error->text);
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
	for (size_t i = 0; i < errors->file_count; i++)
		free(errors->files[i]);
	free(errors->files);
	free(errors->items);
	config_errors_init(errors);
}

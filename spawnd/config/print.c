/* SPDX-License-Identifier: ISC */
/*
 * config_print(), for -T: the effective configuration with the origin of every value, in the
 * grammar of the configuration itself, so that it can be read back. Start regime. An origin stands
 * above the assignments it is true of. [defaults] is not printed: it is in the services already.
 */
#include "config/config.h"

#include "config/store.h"

#include <string.h>

struct print {
	FILE *stream;
	const char *file; /* the origin written last */
	unsigned int line;
	bool any;
};

static void print_origin(struct print *print, struct origin origin)
{
	bool same = print->any && origin.line == print->line &&
		    (origin.file ? print->file && !strcmp(origin.file, print->file) : !print->file);

	if (same)
		return;
	if (origin.file)
		fprintf(print->stream, "# %s:%u\n", origin.file, origin.line);
	else
		fprintf(print->stream, "# default\n");
	print->file = origin.file;
	print->line = origin.line;
	print->any = true;
}

/*
 * Empty lists are a comment: an empty assignment would take back what a directive of the same list
 * has said before.
 */
static void print_default(struct print *print, const struct config_store *store,
			  const struct directive *directive, const void *spec)
{
	const char *text = directive->info.default_text;

	/* the store takes the derived text: it is the configuration's, like every other */
	if (directive->derive)
		text = directive->derive((struct config_store *)(uintptr_t)store, spec);
	if (!text)
		text = "";
	print_origin(print, (struct origin){ NULL, 0 });
	fprintf(print->stream, "%s%s=%s\n",
		!*text && (directive->flags & DIRECTIVE_LIST) ? "#" : "", directive->info.name,
		text);
}

static void print_directive(struct print *print, const struct config_store *store,
			    const struct section *section, const struct directive *directive,
			    const void *spec)
{
	const struct entry *entry = store_effective(store, section, directive, NULL);
	bool list = directive->flags & DIRECTIVE_LIST;

	if (!entry || (list && *directive->info.default_text))
		print_default(print, store, directive, spec);
	for (; entry; entry = store_effective(store, section, directive, entry)) {
		if (!*entry->value && !(directive->flags & DIRECTIVE_OPTIONAL)) {
			print_default(print, store, directive, spec);
			continue;
		}
		print_origin(print, entry->origin);
		fprintf(print->stream, "%s=%s\n", directive->info.name, entry->value);
	}
}

static void print_section(FILE *stream, const struct config_store *store,
			  const struct section *section, const void *spec)
{
	struct print print = { .stream = stream };
	const struct directive *directive;

	fprintf(stream, "[%s]\n", section->title);
	for (size_t i = 0; (directive = directive_row(i)); i++)
		if (directive_belongs(directive, section->kind))
			print_directive(&print, store, section, directive, spec);
}

void config_print(const struct config *config, FILE *stream)
{
	print_section(stream, config->store, &config->store->daemon, &config->daemon);
	for (size_t i = 0; i < config->service_count; i++) {
		fprintf(stream, "\n");
		print_section(stream, config->store, config->store->services[i],
			      &config->services[i]);
	}
}

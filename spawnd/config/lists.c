/* SPDX-License-Identifier: ISC */
/*
 * Looks for lists of networks and other files that directives name, in the text of the
 * configuration. Warden, start regime. It judges nothing: what is wrong with the text,
 * config_parse() will tell.
 */
#include "config/lists.h"

#include "config/directive.h"
#include "config/reader.h"
#include "config/words.h"

#include <limits.h>
#include <string.h>

struct find {
	void (*found)(void *context, const struct list_use *use);
	void *context;
	char file[PATH_MAX], title[64];
};

/* How many files a value of the key may name, in whatever section. */
static unsigned int takes_files(const char *key)
{
	const struct directive *directive = directive_find(SECTION_SERVICE, key);

	if (!directive)
		return 0;
	if (directive->parse == parse_request)
		return 1; /* instead of a text, whose other words are only words */
	return directive->parse == parse_networks ? LISTS_MAX : 0;
}

static void find_in_value(struct find *find, const struct reader_item *item, unsigned int most)
{
	struct words words = { .at = item->value, .c_escapes = most == 1 };
	struct list_use use = { .title = find->title,
				.key = item->key,
				.origin = { find->file, item->line } };
	char word[PATH_MAX];

	while (most-- > 0 && words_next(&words, word, sizeof(word)) > 0) {
		use.path = word + strlen(LISTS_PREFIX);
		if (strncmp(word, LISTS_PREFIX, strlen(LISTS_PREFIX)) == 0 && *use.path == '/')
			find->found(find->context, &use);
	}
}

static void find_in_file(struct find *find, const char *bytes, size_t size)
{
	struct reader reader;
	struct reader_item item;

	reader_open(&reader, bytes, size);
	while (reader_next(&reader, &item) != READER_END) {
		if (item.kind == READER_SECTION)
			snprintf(find->title, sizeof(find->title), "%s", item.value);
		else if (item.kind == READER_ENTRY)
			find_in_value(find, &item, takes_files(item.key));
	}
	reader_close(&reader);
}

void lists_find(const char *bytes, size_t size,
		void (*found)(void *context, const struct list_use *use), void *context)
{
	struct find find = { .found = found, .context = context };
	size_t at = 0;

	/* The snapshot's own format, written a moment ago by the same process. */
	while (size - at >= 2 * sizeof(uint32_t)) {
		uint32_t lengths[2];

		memcpy(lengths, bytes + at, sizeof(lengths));
		at += sizeof(lengths);
		snprintf(find.file, sizeof(find.file), "%.*s", (int)lengths[0], bytes + at);
		at += lengths[0];
		find_in_file(&find, bytes + at, lengths[1]);
		at += lengths[1];
	}
}

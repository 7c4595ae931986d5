/* SPDX-License-Identifier: ISC */
/*
 * Looks for lists of networks in the text of the configuration. Warden, start regime. It judges
 * nothing: what is wrong with the text, config_parse() will tell.
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

/* Whether the key takes networks, in whatever section. */
static bool takes_networks(const char *key)
{
	const struct directive *directive = directive_find(SECTION_SERVICE, key);

	return directive && directive->parse == parse_networks;
}

static void find_in_value(struct find *find, const struct reader_item *item)
{
	struct words words = { .at = item->value };
	struct list_use use = { .title = find->title,
				.key = item->key,
				.origin = { find->file, item->line } };
	char word[PATH_MAX];

	while (words_next(&words, word, sizeof(word)) > 0) {
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
		else if (item.kind == READER_ENTRY && takes_networks(item.key))
			find_in_value(find, &item);
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

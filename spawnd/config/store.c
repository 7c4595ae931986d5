/* SPDX-License-Identifier: ISC */
/*
 * What a struct config owns. Start regime, every process: it allocates, and says so when it cannot;
 * nothing is freed but all of it together, wiped, since Environment= may hold secrets. It knows no
 * directive.
 */
#include "config/store.h"

#include "config/reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES 16384
#define ALIGNMENT 16

struct store_chunk {
	struct store_chunk *next;
	size_t size, used;
	char bytes[] __attribute__((aligned(ALIGNMENT)));
};

static void section_init(struct section *section, enum section_kind kind, const char *title)
{
	*section = (struct section){ .kind = kind, .title = title, .name = title };
	section->last = &section->first;
}

struct config_store *store_new(void)
{
	struct config_store *store = calloc(1, sizeof(*store));

	if (!store)
		return NULL;
	section_init(&store->daemon, SECTION_DAEMON, "spawnd");
	section_init(&store->defaults, SECTION_DEFAULTS, "defaults");
	return store;
}

void store_free(struct config_store *store)
{
	struct store_chunk *chunk, *next;

	if (!store)
		return;
	for (chunk = store->chunks; chunk; chunk = next) {
		next = chunk->next;
		explicit_bzero(chunk->bytes, chunk->used);
		free(chunk);
	}
	free(store);
}

void *store_alloc(struct config_store *store, size_t size)
{
	struct store_chunk *chunk = store->chunks;
	size_t room = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	void *result;

	if (!chunk || chunk->size - chunk->used < room) {
		size_t bytes = room > CHUNK_BYTES ? room : CHUNK_BYTES;

		chunk = calloc(1, sizeof(*chunk) + bytes);
		if (!chunk)
			return NULL;
		chunk->size = bytes;
		chunk->next = store->chunks;
		store->chunks = chunk;
	}
	result = chunk->bytes + chunk->used;
	chunk->used += room;
	return result;
}

char *store_string(struct config_store *store, const char *string)
{
	size_t size = strlen(string) + 1;
	char *copy = store_alloc(store, size);

	return copy ? memcpy(copy, string, size) : NULL;
}

char *store_stringf(struct config_store *store, const char *format, ...)
{
	char text[READER_LINE_MAX + 256];
	va_list arguments;
	char *copy;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	copy = store_string(store, text);
	explicit_bzero(text, sizeof(text));
	return copy;
}

/* The room of an array of count items: the next power of two, and one more for the end. */
static size_t array_room(size_t count)
{
	size_t room = 4;

	while (room < count)
		room *= 2;
	return room + 1;
}

void *store_copy(struct config_store *store, const void *items, size_t count, size_t item_size)
{
	char *copy = store_alloc(store, array_room(count) * item_size);

	if (copy && items)
		memcpy(copy, items, count * item_size);
	return copy;
}

void *store_grow(struct config_store *store, void *items, size_t count, size_t item_size)
{
	char *copy;

	if (items && array_room(count) == array_room(count + 1))
		return items;
	copy = store_alloc(store, array_room(count + 1) * item_size);
	if (copy && items)
		memcpy(copy, items, count * item_size);
	return copy;
}

int section_add(struct config_store *store, struct section *section,
		const struct directive *directive, const char *value, struct origin origin)
{
	struct entry *entry = store_alloc(store, sizeof(*entry));

	if (!entry)
		return -ENOMEM;
	entry->section = section;
	entry->directive = directive;
	entry->origin = origin;
	entry->value = store_string(store, value);
	if (!entry->value)
		return -ENOMEM;
	*section->last = entry;
	section->last = &entry->next;
	return 0;
}

int store_add_list(struct config_store *store, const char *path, const char *bytes, size_t size)
{
	struct store_list *list = store_alloc(store, sizeof(*list));

	if (!list)
		return -ENOMEM;
	*list = (struct store_list){ store->lists, path, bytes, size, false };
	store->lists = list;
	return 0;
}

struct store_list *store_list_of(struct assignment *assignment, const char *path)
{
	struct store_list *list = assignment->store->lists;

	if (*path != '/') {
		directive_fault(assignment,
				"\"%.60s\" is not absolute, expected a path that begins with '/'",
				path);
		return NULL;
	}
	while (list && strcmp(list->path, path) != 0)
		list = list->next;
	if (!list)
		directive_fault(assignment, "%.100s was not read", path);
	return list;
}

struct section *section_new(struct config_store *store, const char *name, struct origin origin)
{
	struct section *section = store_alloc(store, sizeof(*section));

	if (!section)
		return NULL;
	section_init(section, SECTION_SERVICE, store_stringf(store, "service %s", name));
	section->name = store_string(store, name);
	section->origin = origin;
	if (!section->title || !section->name)
		return NULL;
	store->services =
		store_grow(store, store->services, store->service_count, sizeof(struct section *));
	if (!store->services)
		return NULL;
	store->services[store->service_count++] = section;
	return section;
}

/* Directives that store in the same place share one list: an empty BindPaths= resets both. */
static bool resets(const struct entry *entry, const struct directive *directive)
{
	if (!(directive->flags & DIRECTIVE_LIST))
		return entry->directive == directive;
	return !*entry->value && entry->directive->offset == directive->offset;
}

static const struct entry *chain_first(const struct config_store *store,
				       const struct section *section)
{
	if (section->kind == SECTION_SERVICE && store->defaults.first)
		return store->defaults.first;
	return section->first;
}

static const struct entry *chain_next(const struct section *section, const struct entry *entry)
{
	if (entry->next || entry->section == section)
		return entry->next;
	return section->first;
}

const struct entry *store_effective(const struct config_store *store, const struct section *section,
				    const struct directive *directive, const struct entry *after)
{
	bool list = directive->flags & DIRECTIVE_LIST;
	const struct entry *entry, *start = chain_first(store, section);

	if (after && !list)
		return NULL;
	if (after)
		start = chain_next(section, after);
	else
		for (entry = start; entry; entry = chain_next(section, entry))
			if (resets(entry, directive))
				start = entry;
	for (entry = start; entry; entry = chain_next(section, entry))
		if (entry->directive == directive && (*entry->value || !list))
			return entry;
	return NULL;
}

struct origin store_origin(const struct config_store *store, const struct section *section,
			   const char *name)
{
	const struct directive *directive = directive_find(section->kind, name);
	struct origin origin = section->origin;

	for (const struct entry *entry = chain_first(store, section); entry;
	     entry = chain_next(section, entry))
		if (entry->directive == directive)
			origin = entry->origin;
	return origin;
}

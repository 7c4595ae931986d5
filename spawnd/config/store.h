/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONFIG_STORE_H
#define SPAWND_CONFIG_STORE_H

/*
 * What a struct config owns: an arena for its strings and arrays, and the text of every assignment
 * in the order it was read, from which the origin of a value is told. Start regime.
 */
#include "config/config.h"
#include "config/directive.h"

struct entry {
	struct entry *next;
	const struct section *section;
	const struct directive *directive;
	const char *value;
	struct origin origin;
};

struct section {
	enum section_kind kind;
	const char *title; /* as it stands in brackets: "service echo" */
	const char *name;  /* "echo" */
	struct origin origin;
	struct entry *first, **last;
};

struct store_chunk;

/* A file in the snapshot that a directive names: a list of networks, a request. */
struct store_list {
	struct store_list *next;
	const char *path, *bytes;
	size_t size;
	bool faulty; /* its faults have been told */
};

struct config_store {
	struct store_chunk *chunks;
	struct section daemon, defaults;
	struct section **services; /* in the order of config->services */
	size_t service_count;
	struct store_list *lists;
};

struct config_store *store_new(void); /* NULL: no memory */
void store_free(struct config_store *store);

/* Zeroed bytes that live as long as the store, or NULL. */
void *store_alloc(struct config_store *store, size_t size);
char *store_string(struct config_store *store, const char *string);
char *store_stringf(struct config_store *store, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Makes room for one more item (and one zero item behind it) in an array of `count`: returns the
 * array, perhaps moved, or NULL. An array is always as large as the next power of two of its count,
 * so a copy of one needs store_copy() before it may grow.
 */
void *store_grow(struct config_store *store, void *items, size_t count, size_t item_size);
void *store_copy(struct config_store *store, const void *items, size_t count, size_t item_size);

/* Adds the entry to the section. 0 or -ENOMEM. */
int section_add(struct config_store *store, struct section *section,
		const struct directive *directive, const char *value, struct origin origin);

/*
 * A file that a directive names, until config_parse() returns: it points to the bytes. 0 or
 * -ENOMEM.
 */
int store_add_list(struct config_store *store, const char *path, const char *bytes, size_t size);

/* The one of that path; NULL with the assignment's fault filled. */
struct store_list *store_list_of(struct assignment *assignment, const char *path);

/* A new [service NAME], the last of store->services; NULL: no memory. */
struct section *section_new(struct config_store *store, const char *name, struct origin origin);

/*
 * Walks the assignments that are in force: of a list all since the last empty one, first those of
 * [defaults]; of any other directive the last. Begin with *at NULL; NULL ends. An entry with an
 * empty value is in force when nothing follows it.
 */
const struct entry *store_effective(const struct config_store *store, const struct section *section,
				    const struct directive *directive, const struct entry *after);

/* Where the value in force was written: the last such assignment, else the section's own origin. */
struct origin store_origin(const struct config_store *store, const struct section *section,
			   const char *name);

#endif

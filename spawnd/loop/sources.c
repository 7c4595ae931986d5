/* SPDX-License-Identifier: ISC */
/*
 * The table of sources: found by a keyed hash, given up in the order in which they fell idle. Loop;
 * every operation is O(1), and a flood of new sources costs it no more than its fixed size.
 */
#include "loop/sources.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

_Static_assert(sizeof(struct source_key) == sizeof(struct network) + 10, "no padding");

#define PENALISED_LOOKS 8 /* at those whose penalty may be over, when no other place is left */

static int init_part(struct source_table *table, uint32_t size)
{
	uint32_t buckets = 16;

	while (buckets < size)
		buckets *= 2;
	list_init(&table->idle);
	list_init(&table->penalised);
	table->capacity = size;
	table->mask = buckets - 1;
	/* Pages that no source has used yet stay the kernel's page of zeros. */
	table->places = calloc(size, sizeof(*table->places));
	table->buckets = calloc(buckets, sizeof(*table->buckets));
	return table->places && table->buckets ? 0 : -1;
}

struct sources *sources_new(uint32_t size, unsigned int v4_bits, unsigned int v6_bits)
{
	struct sources *sources = calloc(1, sizeof(*sources));
	ssize_t got = -1;
	int error = 0;

	if (!sources)
		return NULL;
	sources->v4_bits = v4_bits;
	sources->v6_bits = v6_bits;
	for (int part = 0; part < SOURCE_PARTS; part++)
		error |= init_part(&sources->parts[part], size);
	/*
	 * Waits where the kernel's pool is not ready yet, early in a boot (random(7)); once it is,
	 * so few bytes are never waited for. So only the first start can wait, and nobody is served
	 * yet.
	 */
	while (error == 0 && (got = getrandom(sources->secret, sizeof(sources->secret), 0)) < 0 &&
	       errno == EINTR)
		; /* loop/unblock.c */
	if (got == (ssize_t)sizeof(sources->secret))
		return sources;
	sources_free(sources);
	return NULL;
}

void sources_free(struct sources *sources)
{
	for (int part = 0; sources && part < SOURCE_PARTS; part++) {
		free(sources->parts[part].places);
		free(sources->parts[part].buckets);
	}
	free(sources);
}

struct source_key sources_key(const struct sources *sources, const struct peer *peer,
			      uint32_t service)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&peer->address.storage;
	struct source_key key = { .service = service };

	if (!network_of(&key.network, &peer->address, sources->v4_bits, sources->v6_bits))
		key.id = peer->uid;
	else if (key.network.family == 6)
		key.id = in6->sin6_scope_id;
	return key;
}

static struct source_table *part_of(struct sources *sources, const struct source_key *key)
{
	if (key->network.family == 0)
		return &sources->parts[SOURCE_UNIX];
	return &sources->parts[key->network.family == 4 ? SOURCE_V4 : SOURCE_V6];
}

static uint32_t *bucket_of(const struct sources *sources, struct source_table *table,
			   const struct source_key *key)
{
	return &table->buckets[siphash(sources->secret, key, sizeof(*key)) & table->mask];
}

struct source *sources_find(struct sources *sources, const struct source_key *key)
{
	struct source_table *table = part_of(sources, key);
	uint32_t at = *bucket_of(sources, table, key);

	while (at > 0 && memcmp(&table->places[at - 1].key, key, sizeof(*key)) != 0)
		at = table->places[at - 1].next;
	return at > 0 ? &table->places[at - 1] : NULL;
}

int64_t source_penalty_until(const struct source *source, int64_t now_ns)
{
	return source->penalised && source->penalty_ns > now_ns ? source->penalty_ns : 0;
}

static void forget(struct sources *sources, struct source_table *table, struct source *source)
{
	uint32_t *link = bucket_of(sources, table, &source->key);
	uint32_t place = (uint32_t)(source - table->places) + 1;

	while (*link != place)
		link = &table->places[*link - 1].next;
	*link = source->next;
	list_remove(&source->in_order);
}

static struct source *first_of(struct list *list)
{
	return list_empty(list) ? NULL : container_of(list->next, struct source, in_order);
}

/* An idle one that may be given up, or NULL. */
static struct source *find_idle(struct source_table *table, int64_t now_ns)
{
	struct source *source = first_of(&table->idle);

	for (int i = 0; !source && i < PENALISED_LOOKS; i++) {
		struct source *looked_at = first_of(&table->penalised);

		if (!looked_at)
			return NULL;
		if (looked_at->penalty_ns <= now_ns)
			return looked_at;
		list_remove(&looked_at->in_order); /* the next look is at another */
		list_append(&table->penalised, &looked_at->in_order);
	}
	return source;
}

bool sources_have_room(struct sources *sources, const struct source_key *key, int64_t now_ns)
{
	struct source_table *table = part_of(sources, key);

	return table->used < table->capacity || find_idle(table, now_ns);
}

static struct source *add(struct sources *sources, const struct source_key *key, int64_t now_ns)
{
	struct source_table *table = part_of(sources, key);
	struct source *source;
	uint32_t *bucket;

	if (table->used < table->capacity) {
		source = &table->places[table->used++];
	} else {
		source = find_idle(table, now_ns);
		if (!source)
			return NULL;
		forget(sources, table, source);
	}
	bucket = bucket_of(sources, table, key);
	memset(source, 0, sizeof(*source));
	list_init(&source->in_order);
	source->key = *key;
	source->next = *bucket;
	*bucket = (uint32_t)(source - table->places) + 1;
	return source;
}

struct source *sources_enter(struct sources *sources, const struct source_key *key, int64_t now_ns)
{
	struct source *source = sources_find(sources, key);

	if (!source)
		source = add(sources, key, now_ns);
	if (!source)
		return NULL;
	list_remove(&source->in_order);
	source->live++;
	source->accepted++;
	return source;
}

void sources_keep(struct sources *sources, struct source *source, int64_t now_ns)
{
	struct source_table *table = part_of(sources, &source->key);

	if (source->live > 0)
		return;
	list_remove(&source->in_order);
	list_append(source->penalty_ns > now_ns ? &table->penalised : &table->idle,
		    &source->in_order);
}

void sources_leave(struct sources *sources, struct source *source, int64_t now_ns)
{
	if (source && --source->live == 0)
		sources_keep(sources, source, now_ns);
}

bool source_punish(struct source *source, const struct penalty_spec *spec, int64_t add_ns,
		   int64_t now_ns)
{
	bool was = source_penalty_until(source, now_ns) > 0;

	if (source->penalty_ns <= now_ns) {
		source->penalty_ns = now_ns;
		source->penalised = false;
	}
	source->penalty_ns += add_ns;
	if (source->penalty_ns > now_ns + spec->max_ns)
		source->penalty_ns = now_ns + spec->max_ns;
	if (source->penalty_ns - now_ns >= spec->min_ns)
		source->penalised = true;
	return !was && source_penalty_until(source, now_ns) > 0;
}

const char *source_key_text(const struct source_key *key, char text[NETWORK_TEXT_SIZE])
{
	size_t length;

	if (key->network.family == 0) {
		snprintf(text, NETWORK_TEXT_SIZE, "uid:%u", key->id);
		return text;
	}
	network_text(&key->network, text);
	length = strlen(text);
	if (key->network.family == 6 && key->id > 0)
		snprintf(text + length, NETWORK_TEXT_SIZE - length, "%%%u", key->id);
	return text;
}

const struct source *sources_next(const struct sources *sources, uint64_t *at)
{
	for (; *at >> 32 < SOURCE_PARTS; *at = ((*at >> 32) + 1) << 32) {
		const struct source_table *table = &sources->parts[*at >> 32];
		uint32_t place = (uint32_t)*at;

		if (place < table->used) {
			++*at;
			return &table->places[place];
		}
	}
	return NULL;
}

/* SPDX-License-Identifier: ISC */
/*
 * See top.h. Open addressing with linear probing; the hash is keyed, since strangers choose the
 * sources. In spawnctl.
 */
#include "ctl/top.h"

#include "base/siphash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define CAPACITY_FIRST 256u
_Static_assert(sizeof(((struct top *)0)->secret) == SIPHASH_KEY_SIZE, "siphash's secret");

int top_init(struct top *top)
{
	*top = (struct top){ .capacity = CAPACITY_FIRST };
	(void)!getrandom(top->secret, sizeof(top->secret), 0);
	top->slots = calloc(top->capacity, sizeof(*top->slots));
	return top->slots ? 0 : -ENOMEM;
}

void top_free(struct top *top)
{
	free(top->slots);
	*top = (struct top){ .capacity = 0 };
}

/* The place of a name, or the free one where it belongs. */
static struct top_source *find(const struct top *top, const char *name)
{
	size_t at = (size_t)siphash(top->secret, name, strlen(name));

	for (;; at++) {
		struct top_source *slot = &top->slots[at & (top->capacity - 1)];

		if (!slot->name[0] || strcmp(slot->name, name) == 0)
			return slot;
	}
}

/* Into a table of that capacity, without those that have at most so many connections. */
static int rebuild(struct top *top, size_t capacity, uint64_t least)
{
	struct top_source *slots = calloc(capacity, sizeof(*slots));
	struct top old = *top;

	if (!slots)
		return -ENOMEM;
	top->slots = slots;
	top->capacity = capacity;
	top->used = 0;
	for (size_t i = 0; i < old.capacity; i++) {
		if (!old.slots[i].name[0])
			continue;
		if (old.slots[i].connections <= least) {
			top->forgotten++;
			continue;
		}
		*find(top, old.slots[i].name) = old.slots[i];
		top->used++;
	}
	free(old.slots);
	return 0;
}

static int by_number(const void *left, const void *right)
{
	uint64_t one = *(const uint64_t *)left, other = *(const uint64_t *)right;

	return one < other ? -1 : one > other;
}

/* Half of them go, or more: those with as many connections as the one in the middle. */
static int forget(struct top *top)
{
	uint64_t *counts = malloc(top->used * sizeof(*counts)), middle;
	size_t count = 0;

	if (!counts)
		return -ENOMEM;
	for (size_t i = 0; i < top->capacity; i++)
		if (top->slots[i].name[0])
			counts[count++] = top->slots[i].connections;
	if (count == 0) {
		free(counts);
		return -ENOMEM;
	}
	qsort(counts, count, sizeof(*counts), by_number);
	middle = counts[count / 2];
	free(counts);
	top->error += middle;
	return rebuild(top, top->capacity, middle);
}

/* False: there is no room, and none can be made. */
static bool make_room(struct top *top)
{
	if (top->used >= TOP_MAX)
		return forget(top) == 0;
	if (top->used < top->capacity / 2)
		return true;
	return rebuild(top, top->capacity * 2, 0) == 0 || top->used < top->capacity - 1;
}

void top_add(struct top *top, const struct account_line *line)
{
	const int64_t *numbers = line->numbers;
	struct top_source *source;
	char name[TOP_NAME_SIZE];

	if (!top->slots || line->words[ACCOUNT_SOURCE].length == 0)
		return;
	account_span_copy(&line->words[ACCOUNT_SOURCE], name, sizeof(name));
	source = find(top, name);
	if (!source->name[0]) {
		if (!make_room(top)) {
			top->forgotten++;
			return;
		}
		source = find(top, name);
		memcpy(source->name, name, sizeof(name));
		top->used++;
	}
	source->connections++;
	source->outcomes[outcome_of(line)]++;
	source->bytes_in += numbers[ACCOUNT_BYTES_IN] > 0 ? (uint64_t)numbers[ACCOUNT_BYTES_IN] : 0;
	source->bytes_out +=
		numbers[ACCOUNT_BYTES_OUT] > 0 ? (uint64_t)numbers[ACCOUNT_BYTES_OUT] : 0;
	source->wall_us += numbers[ACCOUNT_WALL_US] > 0 ? (uint64_t)numbers[ACCOUNT_WALL_US] : 0;
}

static int by_connections(const void *left, const void *right)
{
	const struct top_source *one = left, *other = right;

	if (one->connections != other->connections)
		return one->connections < other->connections ? 1 : -1;
	return strcmp(one->name, other->name);
}

size_t top_sort(struct top *top, size_t wanted)
{
	size_t count = 0;

	for (size_t i = 0; top->slots && i < top->capacity; i++)
		if (top->slots[i].name[0])
			top->slots[count++] = top->slots[i];
	if (top->slots && count > 0)
		qsort(top->slots, count, sizeof(*top->slots), by_connections);
	return count < wanted ? count : wanted;
}

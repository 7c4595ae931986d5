/* SPDX-License-Identifier: ISC */
/*
 * Places with generations: connections in the loop, containers in a zygote. Allocates at its start
 * only.
 */
#include "base/slots.h"

#include <errno.h>
#include <stdlib.h>

#define NO_SLOT UINT32_MAX

int slots_init(struct slots *slots, uint32_t capacity)
{
	*slots = (struct slots){ .first_free = NO_SLOT };
	return slots_grow(slots, capacity);
}

int slots_grow(struct slots *slots, uint32_t capacity)
{
	struct slot *table;

	if (capacity <= slots->capacity)
		return 0;
	table = realloc(slots->slot, capacity * sizeof(*table));
	if (!table)
		return -ENOMEM;
	/* The new ones in front of the list of free ones, lowest first. */
	for (uint32_t i = slots->capacity; i < capacity; i++)
		table[i] = (struct slot){ 0, i + 1 < capacity ? i + 1 : slots->first_free };
	slots->first_free = slots->capacity;
	slots->slot = table;
	slots->capacity = capacity;
	return 0;
}

void slots_free(struct slots *slots)
{
	free(slots->slot);
	*slots = (struct slots){ .first_free = NO_SLOT };
}

bool slots_take(struct slots *slots, uint32_t *index)
{
	struct slot *slot;

	if (slots->first_free == NO_SLOT)
		return false;
	*index = slots->first_free;
	slot = &slots->slot[*index];
	slots->first_free = slot->next_free;
	slot->generation++;
	slots->used++;
	return true;
}

void slots_give(struct slots *slots, uint32_t index)
{
	struct slot *slot = &slots->slot[index];

	slot->generation++;
	slot->next_free = slots->first_free;
	slots->first_free = index;
	slots->used--;
}

bool slots_is(const struct slots *slots, uint32_t index, uint32_t generation)
{
	return slots_in_use(slots, index) && slots->slot[index].generation == generation;
}

bool slots_in_use(const struct slots *slots, uint32_t index)
{
	return index < slots->capacity && slots->slot[index].generation % 2 == 1;
}

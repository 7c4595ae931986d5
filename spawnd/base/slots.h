/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_BASE_SLOTS_H
#define SPAWND_BASE_SLOTS_H

/*
 * A table of fixed capacity whose entries are named by {index, generation}: a name of an entry that
 * has been given back never finds the next user of its place. Allocated once; taking and giving
 * back are O(1).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slot {
	uint32_t generation; /* odd: in use */
	uint32_t next_free;
};

struct slots {
	struct slot *slot;
	uint32_t capacity, used, first_free;
};

int slots_init(struct slots *slots, uint32_t capacity); /* 0 or -ENOMEM */

/* More places; those there are keep their indexes. 0 or -ENOMEM (nothing has changed). */
int slots_grow(struct slots *slots, uint32_t capacity);
void slots_free(struct slots *slots);

/* Takes a free place: true and its *index, or false: the table is full. */
bool slots_take(struct slots *slots, uint32_t *index);
void slots_give(struct slots *slots, uint32_t index);

/* Whether the place is in use, and by this generation. */
bool slots_is(const struct slots *slots, uint32_t index, uint32_t generation);
bool slots_in_use(const struct slots *slots, uint32_t index);

#endif

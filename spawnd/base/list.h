/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_BASE_LIST_H
#define SPAWND_BASE_LIST_H

/* A circular, doubly linked list whose links live inside the structs that are listed. */
#include <stdbool.h>
#include <stddef.h>

#define container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

struct list {
	struct list *next, *previous;
};

static inline void list_init(struct list *list)
{
	list->next = list->previous = list;
}

static inline bool list_empty(const struct list *list)
{
	return list->next == list;
}

static inline void list_append(struct list *list, struct list *item)
{
	item->next = list;
	item->previous = list->previous;
	list->previous->next = item;
	list->previous = item;
}

/* Takes the item out; the item is then an empty list, so that removing it twice does no harm. */
static inline void list_remove(struct list *item)
{
	item->next->previous = item->previous;
	item->previous->next = item->next;
	list_init(item);
}

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_LOOP_POOL_H
#define SPAWND_LOOP_POOL_H

/*
 * The containers of a service's zygote as the loop knows them: parked ones, ready to be taken in
 * the order in which they came, and those of connections. One place for each slot of the zygote's
 * table.
 */
#include "base/list.h"
#include "config/spec.h"
#include "wire/messages.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct connection;
struct service;

struct pool_place {
	struct list parked;  /* in service->parked, else alone */
	uint32_t generation; /* of the slot; 0: the place is empty */
	pid_t pid;
	int channel, log, ends[2]; /* of a parked one; ends: for a relay */
	enum warmth warmth;
	struct connection *connection;
};

struct loop;

/* The timer by which pools shrink; loop->ev must be there. */
void pool_init_fading(struct loop *loop);

/* A connection has been admitted, and will now take a container or wait for one. */
void pool_arrival(struct service *service, int64_t now_ns);

int pool_init(struct service *service); /* 0 or -ENOMEM */
void pool_free(struct service *service);

/*
 * LINK_PARKED: takes the descriptors. A slot beyond the table or of a connection is refused
 * (false), and so are too few or too many descriptors.
 */
bool pool_park(struct service *service, struct wire_message *message);

/* The parked container that has waited longest, out of the list, or NULL: the pool is empty. */
struct pool_place *pool_take(struct service *service);

/* Lets go of a taken container that has ended. */
void pool_drop(struct service *service, struct pool_place *place);

/* The same, and the zygote is to end it, whatever it does with its channel. */
void pool_dismiss(struct service *service, struct pool_place *place);

/* Lets parked containers go beyond what is wanted. */
void pool_trim(struct service *service);

/* The place of a container, or NULL: unknown, or of another generation. */
struct pool_place *pool_find(struct service *service, const struct wire_slot *slot);
struct wire_slot pool_slot(const struct service *service, const struct pool_place *place);

/* Tells the zygote how many parked containers there are to be, if that has changed. */
void pool_want(struct service *service);
uint32_t pool_wanted(const struct service *service);

#endif

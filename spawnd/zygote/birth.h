/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_ZYGOTE_BIRTH_H
#define SPAWND_ZYGOTE_BIRTH_H

/* The clone of a container. */
#include "base/clock.h"
#include "zygote/nursery.h"

#define BIRTH_TIMEOUT_NS (10 * CLOCK_SECOND_NS) /* to say that it is ready */

/*
 * Whether the containers of this service may borrow the zygote's memory (container/loan.h): not
 * where MemoryMax= or ServiceMemoryMax= is in force. Start regime.
 */
bool birth_may_lend(const struct service_spec *service, const struct leaf_plan *leaf_plan);

/*
 * Starts the first process of the container at this place of the table, which it fills:
 * CONTAINER_MAKING. 0 or -errno with why filled, and nothing is left. Does not wait for it.
 */
int birth_start(struct nursery *nursery, uint32_t index, struct why *why);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_ZYGOTE_BIRTH_H
#define SPAWND_ZYGOTE_BIRTH_H

/* The clone of a container. */
#include "base/clock.h"
#include "zygote/nursery.h"

#define BIRTH_TIMEOUT_NS (10 * CLOCK_SECOND_NS) /* to say that it is ready */

/*
 * Starts the first process of the container at this place of the table, which it fills:
 * CONTAINER_MAKING. 0 or -errno with why filled, and nothing is left. Does not wait for it.
 */
int birth_start(struct nursery *nursery, uint32_t index, struct why *why);

#endif

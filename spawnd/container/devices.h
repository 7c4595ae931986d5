/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONTAINER_DEVICES_H
#define SPAWND_CONTAINER_DEVICES_H

/*
 * The /dev of a service: a read-only tmpfs with null, zero, full, random, urandom and tty, the
 * usual links to /proc/self/fd and an empty shm. Made by host root (a user namespace may not
 * mknod(2)), attached at `name`, shared by all containers. 0 or -errno.
 */
#include "container/plan.h"

int devices_make(const struct plan *plan, const char *name, struct why *why);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONTAINER_HARMLESS_H
#define SPAWND_CONTAINER_HARMLESS_H

/*
 * Which system calls a program that is started ahead may make before it has its connection: those
 * that are known neither to look at it nor to be felt outside of the process. Pure.
 */
#include <stdbool.h>
#include <stdint.h>

struct harmless_call {
	uint64_t number; /* of this machine's own table */
	uint64_t arguments[6];
};

/* Whether it opens a file that could be written, and so changed through shared memory. */
bool harmless_opens_to_write(const struct harmless_call *call);

/*
 * writes: it has such a file open. held: a bit for each descriptor below 64 that is not what it
 * will be. False is never wrong, only early: the program waits at this call, and makes it when it
 * has its connection.
 */
bool harmless(const struct harmless_call *call, uint64_t held, bool writes);

#endif

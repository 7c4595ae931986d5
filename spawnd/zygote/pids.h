/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_ZYGOTE_PIDS_H
#define SPAWND_ZYGOTE_PIDS_H

/*
 * Which container a pid is: a chained hash table over as many buckets as there are places.
 * Allocated once; adding and taking out cost the same for one container and for ten thousand.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct pids {
	uint32_t *first; /* by pid modulo capacity */
	uint32_t *next;	 /* by index */
	pid_t *pid;	 /* by index */
	uint32_t capacity;
};

int pids_init(struct pids *pids, uint32_t capacity); /* 0 or -ENOMEM */
void pids_add(struct pids *pids, pid_t pid, uint32_t index);

/* True and its *index, or false: it is not there. */
bool pids_find(struct pids *pids, pid_t pid, uint32_t *index);

/* Takes the pid out: true and its *index, or false: it is not there. */
bool pids_take(struct pids *pids, pid_t pid, uint32_t *index);

#endif

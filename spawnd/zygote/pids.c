/* SPDX-License-Identifier: ISC */
/* From a pid that wait4(2) gave to the container it was. Zygote, run regime; allocates at its start
 * only. */
#include "zygote/pids.h"

#include <errno.h>
#include <stdlib.h>

#define NOBODY UINT32_MAX

int pids_init(struct pids *pids, uint32_t capacity)
{
	*pids = (struct pids){ .first = calloc(capacity, sizeof(*pids->first)),
			       .next = calloc(capacity, sizeof(*pids->next)),
			       .pid = calloc(capacity, sizeof(*pids->pid)),
			       .capacity = capacity };
	if (!pids->first || !pids->next || !pids->pid)
		return -ENOMEM;
	for (uint32_t i = 0; i < capacity; i++)
		pids->first[i] = NOBODY;
	return 0;
}

static uint32_t *bucket_of(struct pids *pids, pid_t pid)
{
	return &pids->first[(uint32_t)pid % pids->capacity];
}

void pids_add(struct pids *pids, pid_t pid, uint32_t index)
{
	uint32_t *bucket = bucket_of(pids, pid);

	pids->pid[index] = pid;
	pids->next[index] = *bucket;
	*bucket = index;
}

bool pids_find(struct pids *pids, pid_t pid, uint32_t *index)
{
	*index = *bucket_of(pids, pid);
	while (*index != NOBODY && pids->pid[*index] != pid)
		*index = pids->next[*index];
	return *index != NOBODY;
}

bool pids_take(struct pids *pids, pid_t pid, uint32_t *index)
{
	uint32_t *at = bucket_of(pids, pid);

	while (*at != NOBODY && pids->pid[*at] != pid)
		at = &pids->next[*at];
	if (*at == NOBODY)
		return false;
	*index = *at;
	*at = pids->next[*index];
	return true;
}

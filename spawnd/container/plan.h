/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONTAINER_PLAN_H
#define SPAWND_CONTAINER_PLAN_H

/*
 * What a zygote has found out and prepared once, and every container it makes starts from: the
 * specification, the ids, the environment's storage. Containers inherit it, or borrow it
 * (container/loan.h), and only read it; but a forked one fills the environment, in its own copy.
 */
#include "base/why.h"
#include "config/spec.h"
#include "container/seal.h"

#include <stdbool.h>
#include <stdint.h>

#define PLAN_NOTES_MAX 6

struct plan {
	const struct container_spec *spec;
	const char *service;
	uint32_t id_base;    /* first host id of the service's range */
	uint32_t containers; /* at once */
	int mounts;	     /* descriptor of the namespace of mounts they start from; -1: none */
	bool user_namespace; /* false: the kernel has none; ids are offset by id_base instead */
	struct seal_options seal;
	bool seals_each;		    /* there is no gate: containers are sealed one by one */
	struct rlimit limits[SPEC_RLIMITS]; /* as they can be had */
	bool limit_is_ours[SPEC_RLIMITS];   /* the zygote's is the same */
	bool lends;			    /* containers may borrow the zygote's memory */
	const char **environment;	    /* room for the service's, the connection's, and NULL */
	size_t environment_entries;
	struct why notes[PLAN_NOTES_MAX]; /* fallbacks in force, for the log */
	unsigned int note_count;
};

/* Remembers a fallback for the log; a full list drops it. */
static inline void plan_note(struct plan *plan, const struct why *why)
{
	if (plan->note_count < PLAN_NOTES_MAX)
		plan->notes[plan->note_count++] = *why;
}

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_PROCESS_ROLE_H
#define SPAWND_PROCESS_ROLE_H

/*
 * Starting a process of another role: fork, lose what the role must not have, execute the same
 * program anew, so that its memory holds nothing of the warden's. Its channel to the warden is
 * descriptor ROLE_CHANNEL_FD; every message it needs comes over that. Warden only, start and run
 * regime.
 */
#include "base/why.h"

#include <stdint.h>
#include <sys/types.h>

#define ROLE_CHANNEL_FD 3
#define ROLE_NOWHERE_FD 4	    /* the loop's: its root to be (process/lockdown.h) */
#define ROLE_VARIABLE "SPAWND_ROLE" /* tells main() which role to become */

enum role { ROLE_WARDEN, ROLE_LOOP, ROLE_ZYGOTE, ROLE_RELAY, ROLES };

const char *role_name(enum role role);

struct role_start {
	enum role role;
	int program;	      /* descriptor of spawnd's own binary */
	int channel;	      /* the role's end; stays the caller's */
	const char *title;    /* "spawnd: loop" */
	uint64_t descriptors; /* RLIMIT_NOFILE, soft and hard at least this */
	int nowhere;	      /* ROLE_LOOP: lockdown_make_nowhere()'s; stays the caller's */
	int group;	      /* control group it runs in from its first instruction, or -1 */
	uid_t uid;	      /* ROLE_LOOP: drops to these, without any capability */
	gid_t gid;
};

/* A pid, or -errno with why filled. */
pid_t role_start(const struct role_start *start, struct why *why);

/*
 * The role this process was started as: ROLE_WARDEN unless role_start() made it. Takes the variable
 * away.
 */
enum role role_of_this_process(void);

#endif

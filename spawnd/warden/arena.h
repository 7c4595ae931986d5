/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_WARDEN_ARENA_H
#define SPAWND_WARDEN_ARENA_H

/*
 * The scratch network of the self-tests: an empty network namespace with lo up and one listener,
 * with a guard where there are any. One for all services and for the daemon's life; each zygote
 * gets a connection of it.
 */
#include "warden/guard.h"

struct arena {
	const struct guard *guard;
	int network, home; /* namespaces: the scratch one, the host's; -1: not made yet */
	int listener;
	bool guarded;
	unsigned int used; /* connections handed out */
};

/* Does nothing yet. guard: prepared when the first connection is asked for. */
void arena_init(struct arena *arena, const struct guard *guard);

/*
 * A connection in the scratch network, which is made when it is not there yet: pair[0] accepted,
 * pair[1] the client's end. 0 or -errno with why filled (step "selftest"). Blocks for a fork, the
 * first time.
 */
int arena_connect(struct arena *arena, int pair[2], struct why *why);

void arena_close(struct arena *arena);

#endif

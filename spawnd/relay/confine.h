/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_RELAY_CONFINE_H
#define SPAWND_RELAY_CONFINE_H

/*
 * What a relay loses before it hears of its first connection: host root, every capability, every
 * file, the network, and all system calls but those that moving bytes takes.
 */
#include "base/why.h"

#include <sys/types.h>

/* The descriptors a relay speaks on; by their numbers its filter knows them. */
enum {
	RELAY_CHANNEL_FD = 3, /* ROLE_CHANNEL_FD: the warden */
	RELAY_LINK_FD = 4,    /* the loop, or /dev/null while there is none */
};

/*
 * Becomes uid and gid `id` in an empty root, for good. Start regime, as host root, when all that
 * the relay opens is open. 0 or -errno with why filled.
 *
 * Descriptors come with recvmsg(2) alone, and the filter allows that on the two descriptors above
 * and on no other: whatever a client of an AF_UNIX socket sends along never arrives, even in a
 * relay that somebody has taken over. A call that is not in the list kills the process: it is none
 * that a relay makes, and a dead relay is noticed.
 */
int confine_for_good(uid_t id, struct why *why);

#endif

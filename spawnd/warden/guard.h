/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_WARDEN_GUARD_H
#define SPAWND_WARDEN_GUARD_H

/*
 * The guard of a listening socket: BPF programs on a control group of its own (a leaf). The kernel
 * notes in a socket the group of the process that makes it, and an accepted socket takes it from
 * its listener (cgroup_sk_clone() in kernel/cgroup/cgroup.c). So whoever holds the accepted socket,
 * in whatever namespace and whatever it calls, cannot connect or bind it, and no packet of it goes
 * anywhere but over connections of the listener's port. A guard needs a cgroup2 file system, with
 * or without controllers, and CONFIG_CGROUP_BPF; it costs no process and is gone with the last
 * socket, not with the group's directory: sockets that live on stay guarded when it is removed.
 *
 * What it does not do: it does not deny connect(2) with AF_UNSPEC, listen(2), ioctl(2) and
 * setsockopt(2): a socket can be disconnected and can listen where nobody reaches it. The seal
 * does.
 */
#include "base/why.h"

#include <stdbool.h>
#include <stdint.h>

enum { GUARD_CALLS = 6 }; /* connect, bind, sendmsg: IPv4 and IPv6 */

/* What the guards have in common. */
struct guard {
	int directory;	       /* the group that has the leaves; -1: there can be no guard */
	int deny[GUARD_CALLS]; /* programs */
	struct why missing;    /* why not; code 0: not asked yet, or it is there */
	bool prepared, told;
};

/* A group for one listener. */
struct guard_leaf {
	int group;     /* -1: none */
	char name[48]; /* "SERVICE.NUMBER" */
};

void guard_init(struct guard *guard);

/*
 * Once: finds or makes the group <cgroup2>/CONTROL-GROUP/listen, removes what a daemon that was
 * killed has left in it, loads the programs that all have in common. True: there can be guards;
 * else guard->missing says why not, and everything goes on without.
 */
bool guard_prepare(struct guard *guard, const char *control_group);

/* Whether there can be guards, as far as that can be told without making one. 0 or -errno. */
int guard_probe(struct why *why);

/* A new leaf. 0 or -errno with why filled. */
int guard_make_leaf(const struct guard *guard, const char *service, struct guard_leaf *leaf,
		    struct why *why);

/*
 * socket(2) by a process that lives in the leaf for this one call (clone3(2)
 * CLONE_INTO_CGROUP, 5.7, else it moves itself; the table of descriptors is shared). Blocks for a
 * fork. A descriptor, CLOEXEC, or -errno with why filled.
 */
int guard_socket(const struct guard_leaf *leaf, int family, int kind, struct why *why);

/*
 * Attaches all programs: after bind(2), which they deny, and listen(2). 0, or -errno with why
 * filled: then some may be in force.
 */
int guard_attach(const struct guard *guard, const struct guard_leaf *leaf, uint16_t port,
		 struct why *why);

/* Removes the directory of the leaf, if there is one. Its sockets stay guarded. */
void guard_drop_leaf(const struct guard *guard, struct guard_leaf *leaf);

void guard_close(struct guard *guard);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONTAINER_NAMESPACES_H
#define SPAWND_CONTAINER_NAMESPACES_H

/* The namespaces of one container and what stands in them. namespaces(7). */
#include "container/plan.h"

#include <stdbool.h>
#include <sys/types.h>

#define CLONE_INTO_CGROUP_ 0x200000000ULL /* the C library's header may be older */

/*
 * Forks with the given CLONE_NEW* flags: clone3(2) (5.3), else clone(2). As fork(2): 0 in the
 * child. The C library is not told, so the child must not use what it caches. A pid or -errno.
 */
pid_t namespaces_clone(uint64_t flags);

/*
 * The same into the control group *group (CLONE_INTO_CGROUP, 5.7), which is set to -1 then; where
 * the kernel cannot, it stays and the child has to join it, before all else. -1: nowhere.
 */
pid_t namespaces_clone_into(uint64_t flags, int *group);

/*
 * In the new process: its own mount, ipc, uts and cgroup namespaces, and a network namespace unless
 * it is to stay in the zygote's. They are unshared here, not cloned by the zygote, so that several
 * containers are made on several processors and the zygote stays free. A kernel without ipc or
 * cgroup namespaces goes without. 0 or -errno.
 */
int namespaces_unshare(bool network, struct why *why);

/* Leaves the network namespace for a new one with lo up: empty. 0 or -errno. */
int namespaces_leave_network(struct why *why);

/* sethostname(2), and no domain name of the host's. 0 or -errno. */
int namespaces_name_host(const char *hostname, struct why *why);

/*
 * Brings lo up: 127.0.0.1/8 and, where the kernel has IPv6, ::1/128 appear with it. netdevice(7). 0
 * or -errno.
 */
int namespaces_raise_loopback(struct why *why);

#endif

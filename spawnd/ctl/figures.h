/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CTL_FIGURES_H
#define SPAWND_CTL_FIGURES_H

/*
 * What the kernel knows of connections that live: of their processes (proc(5)), their control
 * groups and their sockets (sock_diag(7)). spawnctl asks for it itself: it is root, and the loop
 * neither can nor should. It has to stand where the daemon stands, in its pid and network
 * namespaces; else figures are unknown.
 */
#include "net/inet_diag.h"
#include "wire/control.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct figures {
	uint64_t space;		/* its pid namespace: for the search */
	unsigned int processes; /* 0: unknown, and so are the next two */
	int64_t cpu_ns;		/* of those that live, and of their children that have ended */
	uint64_t memory_bytes;	/* of the control group, or else resident */
	bool grouped;
	struct inet_counts counts; /* counts.counted: bytes, rtt, retransmits are known */
};

/* figures: count of them, filled in the order of the connections. */
void figures_collect(const struct control_connection *connections, size_t count,
		     struct figures *figures);

#endif

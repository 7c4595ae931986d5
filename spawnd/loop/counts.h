/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_LOOP_COUNTS_H
#define SPAWND_LOOP_COUNTS_H

/*
 * What the kernel has counted of connections. The last word comes when a socket is destroyed, which
 * may be a moment after the container's end: until then, or for COUNTS_WAIT_NS, the account is kept
 * open. Loop, run regime; nothing is allocated for a connection.
 */
#include "base/log.h"
#include "net/inet_diag.h"

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

struct connection;
struct loop;

struct counts {
	ev_io destroyed;   /* hears of every TCP socket that is */
	int ask;	   /* -errno: the kernel tells nothing */
	uint32_t *buckets; /* by cookie: index of a connection + 1 */
	uint32_t mask;
	struct log_bound bound;
};

#define COUNTS_WAIT_NS (CLOCK_SECOND_NS / 2)

/*
 * Before the loop locks itself down. A kernel without sock_diag: said once, and nothing is counted.
 */
void counts_open(struct loop *loop);

/* For so many places of connections. 0 or -ENOMEM (nothing has changed). */
int counts_grow(struct loop *loop, uint32_t places);

/* From now on the socket's end is heard of, by its cookie; until counts_forget(). */
void counts_watch(struct connection *connection);
void counts_forget(struct connection *connection);

/* As inet_diag_ask(); -EOPNOTSUPP: not of TCP, or the kernel has none. */
int counts_ask(const struct connection *connection, struct inet_counts *counts);

/* The container has ended. True: the last word is still to come. */
bool counts_pending(const struct connection *connection);

/* It did not come in time: what can be seen now. */
void counts_sample(struct connection *connection);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_LOOP_CONTROL_H
#define SPAWND_LOOP_CONTROL_H

/*
 * The control socket: spawnctl asks, the loop answers. AF_UNIX SOCK_SEQPACKET, one request of one
 * struct per connection, root only (SO_PEERCRED). The answer is text in packets of at most
 * CONTROL_PACKET bytes, then end of file. A client that does not read is dropped; nothing waits for
 * it.
 */
#include "base/why.h"
#include "wire/control.h"

struct loop;

/* Takes fd, the listening socket; closes the one before it. */
void control_open(struct loop *loop, int fd);

/* The warden's answer to a reload that spawnctl asked for: code 0 or what was wrong. */
void control_reloaded(struct loop *loop, const struct why *why);

#endif

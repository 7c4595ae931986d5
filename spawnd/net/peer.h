/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_NET_PEER_H
#define SPAWND_NET_PEER_H

/* Who is at the other end of an accepted socket. A value: read once at accept, copied after. */
#include "net/address.h"

#include <stdint.h>

struct peer {
	struct address address, local; /* length 0: unknown */
	uint64_t cookie;	       /* SO_COOKIE (4.12); 0: the kernel has none */
	uint32_t pid, uid, gid;	       /* AF_UNIX: SO_PEERCRED */
	/* Where a proxy has told address and local: the socket's own ends. Else of length 0. */
	struct address via, via_local;
};

/*
 * address and its length come from accept4(2), the rest is asked of fd. Never fails: what is
 * unknown is 0.
 */
void peer_read(struct peer *peer, int fd);

/* The socket's own ends, for whoever asks the kernel about it. */
const struct address *peer_far_end(const struct peer *peer);
const struct address *peer_near_end(const struct peer *peer);

/*
 * Before a socket is closed without having been served: throws away, inside the kernel (MSG_TRUNC,
 * tcp(7)), what has arrived, for close(2) with unread bytes sends RST and not FIN. No byte is
 * copied out. Never blocks; AF_UNIX: nothing.
 */
void peer_dismiss(int fd);

/*
 * Closes a socket that a program has had, or may have: not in the way that the program has asked
 * for. With its SO_LINGER the last close(2) of a TCP socket waits for the client's
 * acknowledgements, whatever O_NONBLOCK says (socket(7), inet_release() in net/ipv4/af_inet.c).
 */
void peer_release(int *fd);

#endif

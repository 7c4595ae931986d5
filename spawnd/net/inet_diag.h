/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_NET_INET_DIAG_H
#define SPAWND_NET_INET_DIAG_H

/*
 * What the kernel counts of a TCP connection, without holding the connection: a socket is named by
 * its addresses and its cookie. sock_diag(7). One netlink socket is asked, another hears of every
 * TCP socket of this network namespace that is destroyed (SKNLGRP_INET_TCP_DESTROY, 4.2). Neither
 * takes a privilege. Never blocks.
 */
#include "net/peer.h"

#include <stdbool.h>
#include <stdint.h>

struct inet_counts {
	uint64_t cookie;
	uint8_t state;		      /* TCP_ESTABLISHED, ...: netinet/tcp.h */
	bool counted;		      /* what follows is known */
	bool fin_in;		      /* the peer's FIN has come, and is not in bytes_in */
	bool fin_out;		      /* ours was acknowledged */
	uint32_t unread;	      /* bytes, the peer's FIN one of them */
	uint64_t bytes_in, bytes_out; /* payload received in order; acknowledged by the peer */
	uint32_t rtt_us, retransmits; /* smoothed; segments sent again */
	uint32_t quiet_in_ms, quiet_out_ms; /* since data was last received, last sent */
};

/* Descriptors, non-blocking, or -errno: the kernel has no CONFIG_INET_DIAG. */
int inet_diag_open(void);
int inet_diag_open_destroyed(void);

/*
 * The counts of a TCP socket: 0; -ENOENT: there is none of this cookie any more; another -errno: it
 * cannot be told. Of one in TIME_WAIT or, orphaned, in FIN_WAIT2 there is the state alone.
 */
int inet_diag_ask(int fd, const struct peer *peer, struct inet_counts *counts);

/*
 * The next destroyed socket: 1 and *counts; 0: none now; -ENOBUFS: some were lost; another -errno.
 * Its state is TCP_CLOSE, whatever it was: the peer's FIN, if it came, is one of bytes_in, for the
 * kernel counts it as a byte (tcp_rcv_nxt_update()) and says nowhere that it came.
 */
int inet_diag_hear(int fd, struct inet_counts *counts);

/* What follows the header of a netlink message. Pure. False: it is none of these. */
bool inet_diag_parse(const void *bytes, size_t size, struct inet_counts *counts);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_NET_DENY_FILTER_H
#define SPAWND_NET_DENY_FILTER_H

/*
 * Lists of networks as a classic BPF program on a listener (SO_ATTACH_FILTER, socket(7)): the
 * kernel drops the packets of a client that is denied, its SYN first (tcp_filter() in
 * net/ipv4/tcp_ipv4.c), and nobody here hears of it. The verdict is that of network_set_match().
 */
#include "net/network.h"

#include <linux/filter.h>

/*
 * Writes the program of two sealed sets to steps[BPF_MAXINSNS]. The number of steps; 0: nobody is
 * denied; -E2BIG: it has more than a program may have. Pure.
 */
int deny_filter_write(struct sock_filter *steps, const struct network_set *allow,
		      const struct network_set *deny);

/*
 * Attaches it to a TCP listener in place of the one before, which stays if this fails; without a
 * network that is denied, there is none then. 0, or -errno: -E2BIG, or -ENOMEM: more than
 * net.core.optmem_max. Warden.
 */
int deny_filter_attach(int listener, const struct network_set *allow,
		       const struct network_set *deny);

/* Takes it from an accepted socket, which has its listener's. Harmless if it has none. */
void deny_filter_detach(int socket);

#endif

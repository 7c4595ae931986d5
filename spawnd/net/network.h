/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_NET_NETWORK_H
#define SPAWND_NET_NETWORK_H

/*
 * Networks in CIDR notation and sets of them. A v4-mapped IPv6 address is an IPv4 address here. No
 * AF_UNIX address is in any network. Pure.
 */
#include "net/address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NETWORK_TEXT_SIZE 64

struct network {
	uint8_t family; /* 4 or 6; 0: none */
	uint8_t bits;
	uint8_t bytes[16]; /* of IPv4 the first four; what is beyond the bits is zero */
};

/* A set under construction is a list in any order; network_set_seal() makes it one to ask. */
struct network_set {
	struct network *items;
	size_t count;
};

/*
 * "192.0.2.0/24", "2001:db8::/32", or an address for itself alone; bits beyond the prefix are
 * cleared. 0, or -EINVAL.
 */
int network_parse(struct network *network, const char *text);

/* The network of an address with so many bits (by family). False: AF_UNIX, or unknown. */
bool network_of(struct network *network, const struct address *address, unsigned int v4_bits,
		unsigned int v6_bits);

/* Makes it as wide as so many bits, if it is narrower. */
void network_cut(struct network *network, unsigned int bits);

/* "192.0.2.0/24"; a single address without its bits. Returns text. */
const char *network_text(const struct network *network, char text[NETWORK_TEXT_SIZE]);

/* Sorts, and drops what is there twice. In place; count may become smaller. */
void network_set_seal(struct network_set *set);

/*
 * The best match: how many bits the narrowest network of the (sealed) set has that the address is
 * in; -1: it is in none. O(log count), for each that it is nearly in.
 */
int network_set_match(const struct network_set *set, const struct address *address);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_NET_PROXY_HEADER_H
#define SPAWND_NET_PROXY_HEADER_H

/*
 * The header of the PROXY protocol, versions 1 and 2 (haproxy.org, proxy-protocol.txt): what a
 * proxy says of the client before the client's own bytes. Pure.
 */
#include "net/address.h"

#include <stdbool.h>
#include <stddef.h>

#define PROXY_HEADER_MAX 4096 /* additions of version 2 included; they are passed over */

struct proxy_header {
	bool known;		      /* false: the proxy speaks for itself (LOCAL, UNKNOWN) */
	struct address client, local; /* where the client is, and what it has connected to */
	size_t wanted;		      /* with 0: bytes there must be before it can be told */
};

/*
 * The length of the header that the bytes begin with; 0: there are too few, see wanted; -EPROTO:
 * they begin with no header, or with one of a protocol that is none of TCP or AF_UNIX streams.
 */
int proxy_header_parse(const void *bytes, size_t size, struct proxy_header *header);

#endif

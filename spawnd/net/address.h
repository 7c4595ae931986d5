/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_NET_ADDRESS_H
#define SPAWND_NET_ADDRESS_H

/* Addresses of listening sockets and of peers: text to address and back. Pure; any process. */
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define ADDRESS_TEXT_SIZE 160 /* the longest: an abstract name of 107 escaped bytes is cut */

struct address {
	struct sockaddr_storage storage;
	socklen_t length; /* exact, as bind(2) wants it: an abstract name has no trailing NUL */
};

/*
 * Reads the grammar of systemd's ListenStream=: "PORT" (every address: [::] unless the kernel has
 * no IPv6, decided by the caller: *any is then true and the address is [::]:PORT), "V4:PORT",
 * "[V6]:PORT",
 * "[V6]:PORT%SCOPE" and "[V6%SCOPE]:PORT" (SCOPE an interface name or number), "/path",
 * "@abstract". 0, or -EINVAL with *expected set to what would have been right (static text), or
 * -ENODEV: no such interface (the address is complete but for its scope). Scope names are looked up
 * with if_nametoindex(3).
 */
int address_parse(struct address *address, const char *text, bool *any, const char **expected);

/*
 * "127.0.0.1:7", "[::1]:7", "[fe80::1%2]:7", "/run/x", "@name", "unix" (unnamed). Returns text.
 * v4-mapped addresses are written as v4. Bytes of AF_UNIX names are escaped.
 */
const char *address_text(const struct address *address, char text[ADDRESS_TEXT_SIZE]);

/*
 * The address alone, without port: "127.0.0.1", "fe80::1%2"; v4-mapped as v4. For AF_UNIX as
 * address_text(). Returns text. Port in host order; 0 for AF_UNIX.
 */
const char *address_host(const struct address *address, char text[ADDRESS_TEXT_SIZE]);
unsigned int address_port(const struct address *address);

/* Same family, address, port and scope (or the same AF_UNIX name). */
bool address_equal(const struct address *left, const struct address *right);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_NET_LISTENER_H
#define SPAWND_NET_LISTENER_H

/*
 * Listening sockets: made and owned by the warden, accepted from by the loop through a duplicate.
 * socket(7), ip(7), ipv6(7), tcp(7), unix(7).
 */
#include "base/why.h"
#include "net/address.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Makes an internet socket in place of socket(2), for a guard. A descriptor (CLOEXEC) or -errno
 * with why filled.
 */
typedef int listener_maker(void *context, int family, int kind, struct why *why);

/* The options of a listening socket; an accepted socket inherits them from it. */
struct listener_options {
	listener_maker *make; /* NULL: socket(2) */
	void *make_context;
	bool v6_only_set, v6_only;
	unsigned int backlog;
	uid_t uid; /* AF_UNIX path */
	gid_t gid;
	mode_t mode;
	bool no_delay, keep_alive, free_bind, reuse_port;
	unsigned int keep_alive_time_s, keep_alive_interval_s,
		keep_alive_probes;			  /* 0: the kernel's */
	const char *device;				  /* NULL: none */
	uint64_t send_buffer_bytes, receive_buffer_bytes; /* 0: the kernel's */
	unsigned int defer_accept_s;			  /* 0: off */
};

/* The file of an AF_UNIX path, to know it again; inode 0: none. */
struct listener_file {
	dev_t device;
	ino_t inode;
};

/*
 * socket, options, bind, listen; non-blocking, CLOEXEC. A path gets its owner and mode before
 * listen(2), so that no client ever meets it with others; a stale socket file is replaced. any: a
 * bare port; where the kernel has no IPv6 it becomes 0.0.0.0. A descriptor, with *file filled, or
 * -errno with why filled.
 */
int listener_open(const struct address *address, bool any, const struct listener_options *options,
		  struct listener_file *file, struct why *why);

/*
 * Sets on an open listener whatever can change without closing it (all but v6-only, device,
 * address).
 */
int listener_adjust(int fd, const struct address *address, const struct listener_options *options,
		    struct why *why);

/*
 * Gives the socket at an AF_UNIX path its owner and mode: that very socket, by a descriptor of it.
 * The directory may be somebody's who puts a symlink there, or a link to another's socket
 * (-ESTALE). *file: the socket it has to be; inode 0: one that this process has just made, and
 * *file is filled. 0 or -errno with why filled.
 */
int listener_own(const char *path, const struct listener_options *options,
		 struct listener_file *file, struct why *why);

/* Removes the file of an AF_UNIX path, if it is still that file. */
void listener_unlink(const struct address *address, const struct listener_file *file);

#endif

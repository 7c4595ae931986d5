/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_WIRE_WIRE_H
#define SPAWND_WIRE_WIRE_H

/*
 * Messages between spawnd's own processes: SOCK_SEQPACKET, one struct of fixed size a message, and
 * a number of descriptors that the type fixes. Whatever differs (type not of this channel, size,
 * number of descriptors, truncation) is refused and its descriptors are closed. unix(7), cmsg(3).
 */
#include "wire/messages.h"

#include <stdbool.h>
#include <stddef.h>

/* Makes a connected pair, both CLOEXEC. 0 or -errno. */
int wire_pair(int pair[2]);

/*
 * Raises the send buffer of fd so that `messages` messages fit unread (SO_SNDBUFFORCE with
 * CAP_NET_ADMIN, else SO_SNDBUF): the side that must not block then never sees EAGAIN while its
 * peer is sane. 0 or -errno.
 */
int wire_reserve(int fd, size_t messages);

/*
 * Bounds how long a waiting wire_send() may wait on fd: -EAGAIN after that (SO_SNDTIMEO,
 * socket(7)). For the warden, which no other process of ours may hold up for good. 0 or -errno.
 */
int wire_bound_wait(int fd, unsigned int seconds);

/*
 * Sends one message with fd_count descriptors, which stay the caller's. Never raises SIGPIPE.
 * Blocking as the socket is; MSG_DONTWAIT when `wait` is false.
 * 0, -EAGAIN (full), -EPIPE (the peer is gone) or another -errno.
 */
int wire_send(int fd, enum wire_type type, struct wire_message *message, const int *fds,
	      size_t fd_count, bool wait);

/*
 * Receives one message of `channel` into *message; its descriptors, CLOEXEC, into message->fds, the
 * rest -1. 1: a message; 0: end of file; -EPIPE: end of file, and the peer had not read everything;
 * -EAGAIN (also for want of memory); -EPROTO: refused, close the channel; another -errno. Never
 * blocks unless `wait`.
 */
int wire_receive(int fd, enum wire_channel channel, struct wire_message *message, bool wait);

#endif

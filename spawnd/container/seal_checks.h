/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONTAINER_SEAL_CHECKS_H
#define SPAWND_CONTAINER_SEAL_CHECKS_H

/*
 * The rules of the seal that look at arguments: each writes the part of the filter that decides its
 * call and ends in a return. context: struct seal_options. Pure.
 */
#include "process/filter.h"

/* No other family than AF_UNIX (local: and the internet's and rtnetlink), no datagrams if strict */
void seal_check_socket(struct filter *filter, const void *context);
void seal_check_socketpair(struct filter *filter, const void *context);

/* MSG_FASTOPEN connects: tcp_sendmsg_fastopen() in net/ipv4/tcp.c. */
void seal_check_sendto(struct filter *filter, const void *context);
void seal_check_sendmsg(struct filter *filter, const void *context);
void seal_check_sendmmsg(struct filter *filter, const void *context);

/* A list of harmless options; SO_SNDBUF and SO_RCVBUF pretend to succeed. */
void seal_check_setsockopt(struct filter *filter, const void *context);

/* Neither the peer's pidfd, nor the interface it is bound to, nor SCTP's peel-off. */
void seal_check_getsockopt(struct filter *filter, const void *context);

/* None of a network's (SIOC*), none that types on a terminal. */
void seal_check_ioctl(struct filter *filter, const void *context);

/* No CLONE_NEW*. */
void seal_check_clone(struct filter *filter, const void *context);

/* No lease and no directory watch: EINVAL, as where a file system has none. fcntl(2) */
void seal_check_fcntl(struct filter *filter, const void *context);

/* PER_LINUX, or asking. */
void seal_check_personality(struct filter *filter, const void *context);

#endif

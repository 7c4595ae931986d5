/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_LOOP_GREETING_H
#define SPAWND_LOOP_GREETING_H

/*
 * ProxyProtocol=require: between accept and admission the proxy says who the client is. Only
 * addresses of ProxyProtocolFrom= get so far. The header is looked at in the kernel (MSG_PEEK) and
 * taken exactly: not one byte of the client's own leaves the socket. Loop, run regime; nothing is
 * allocated for a connection.
 */
#include "net/peer.h"

#include <stdbool.h>
#include <stdint.h>

struct acceptor;
struct service;

/* A place for each connection that the service may have. 0 or -ENOMEM. */
int greeting_init(struct service *service);
bool greeting_waits(const struct service *service); /* for somebody's header */
void greeting_free(struct service *service);	    /* closes what waits */

/* Takes fd. The client is admitted, or refused, when the header is there. */
void greeting_begin(struct acceptor *acceptor, const struct peer *peer, int fd, int64_t now_ns);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_LOOP_OVERFLOW_H
#define SPAWND_LOOP_OVERFLOW_H

/*
 * What becomes of those who are not admitted: Overflow=. A verdict of the source always refuses;
 * one of the service refuses, or leaves the clients in the backlog, or lets them wait for a place.
 * Loop, run regime; no allocation, nothing blocks.
 */
#include "loop/admission.h"
#include "net/peer.h"

#include <stdbool.h>
#include <stdint.h>

struct acceptor;
struct connection;
struct loop;
struct service;

/* Whether a client with this verdict is left in the backlog. */
bool overflow_defers(const struct service *service, const struct verdict *verdict);

/* Before an accept. False: the service's acceptors have left the poll set (Overflow=defer). */
bool overflow_may_accept(struct service *service, int64_t now_ns);

/* Takes fd, of a client that was not admitted: refuses it, or lets it wait (Overflow=queue). */
void overflow_take(struct acceptor *acceptor, const struct peer *peer, int fd,
		   const struct verdict *verdict, int64_t now_ns);

/* A connection that waited for a place goes: admitted, given up, or killed. */
void overflow_leave_queue(struct connection *connection);

/* Closes a client's socket with Overflow='s last words. Takes *fd. */
void overflow_dismiss(const struct service *service, int *fd, enum verdict_code code);

/* Gives places that are free to those who wait for one at the service, in older generations too. */
void overflow_serve_queues(const struct service *service, int64_t now_ns);

/* Once a turn: gives places that have become free to those who wait for them. */
void overflow_tend(struct loop *loop);

void overflow_init(struct service *service);
void overflow_stop(struct service *service); /* it serves no longer; who waits goes on waiting */

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_LOOP_ENTRANCE_H
#define SPAWND_LOOP_ENTRANCE_H

/*
 * Between a listening socket and a connection: collects what admission_check() asks about, counts
 * whom it lets in, and remembers how they ended. Loop, run regime; nothing is allocated.
 */
#include "loop/admission.h"
#include "net/peer.h"

struct connection;
struct service;
struct sources;

/* What would become of a connection from there now. Changes nothing: for the acceptor, and for
   whoever explains. */
struct verdict entrance_ask(const struct service *service, const struct peer *peer, int64_t now_ns);

/* The same, of a client that nobody knows yet: the service's part. */
struct verdict entrance_ask_service(const struct service *service, int64_t now_ns);

/* It was refused: counted with its source, if that is known. */
void entrance_refused(const struct service *service, const struct peer *peer);

/* It stays, admitted or waiting for a place: enters its source, and takes its token there. */
void entrance_enter(struct connection *connection, int64_t now_ns);

/* It is admitted: takes the service's token. */
void entrance_admit(struct service *service, int64_t now_ns);

/* Its account is complete: a client that never said a word may incur something too. */
void entrance_judge(struct connection *connection);

/* Counts a live connection in a table that takes the place of the one before. */
void entrance_recount(struct connection *connection, struct sources *sources);

/* The connection has ended: its source is one fewer, and incurs what SourcePenalties= says. */
void entrance_leave(struct connection *connection);

#endif

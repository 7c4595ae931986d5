/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_RELAY_RELAY_H
#define SPAWND_RELAY_RELAY_H

/*
 * The relay of one service with SocketSeal=relay: it has the clients' sockets and moves the bytes
 * between them and the pipes of the programs, which have no socket of the host's. One process for
 * all connections of a service, as nobody, with nothing.
 */

/* The whole life of a relay, from the role's start. Returns the process's exit status. */
int relay_run(void);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_PROCESS_NOTIFY_H
#define SPAWND_PROCESS_NOTIFY_H

/*
 * Telling the supervisor: sd_notify(3)'s datagram, and a newline on a descriptor (s6's
 * notification-fd).
 */

struct notify {
	int socket;	/* connected to $NOTIFY_SOCKET, or -1 */
	int descriptor; /* of --notify-fd, or -1; closed once ready */
};

/*
 * Reads NOTIFY_SOCKET and takes it out of the environment. Without one, or if it is dead, nothing
 * is sent.
 */
void notify_init(struct notify *notify, int descriptor);

void notify_ready(struct notify *notify);     /* READY=1, and the newline the first time */
void notify_reloading(struct notify *notify); /* RELOADING=1 with MONOTONIC_USEC */
void notify_stopping(struct notify *notify);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONTAINER_HANDOVER_H
#define SPAWND_CONTAINER_HANDOVER_H

/*
 * The hand-over: a parked container receives its connection and becomes the program. Child regime.
 * sd_listen_fds(3), tcp-environ(5); the names are listed in spawnd(8), ENVIRONMENT.
 */
#include "container/plan.h"
#include "wire/messages.h"

#include <stdbool.h>

/* Where a container keeps its descriptors while it is made and parked. */
enum {
	HANDOVER_CHANNEL_FD = 3, /* to the zygote first, then to the loop */
	HANDOVER_STDERR_FD = 4,	 /* the pipe to the log, with StandardError=log */
	HANDOVER_INPUT_FD = 5,	 /* with SocketSeal=relay: container/ends.h */
	HANDOVER_OUTPUT_FD = 6,
	HANDOVER_NOTHING_FD = 7, /* /dev/null, where the program is to have it */
};

/*
 * The number of a PARKED_FAILED that says: this container is fine, but its program cannot be
 * executed ahead of the connection.
 */
enum { HANDOVER_AHEAD = 1 };

/*
 * Entries of the environment beside the service's own: PATH, the connection's, LISTEN_*, and the
 * NULL.
 */
#define HANDOVER_ENVIRONMENT_MAX 20

/*
 * Opens what the hand-over places besides the connection, so that it opens nothing. In the finished
 * container, as the program's user. 0 or -errno with why filled.
 */
int handover_prepare(const struct plan *plan, struct why *why);

/*
 * Waits on the channel for the connection. 0 with *message and the socket in message->fds[0] (-1:
 * it is the relay's);
 * -ECONNRESET: nobody will ever come (the loop has gone or has dropped this container); -EPROTO.
 * Blocks.
 */
int handover_wait(const struct plan *plan, struct wire_message *message);

/*
 * Puts the descriptors and the environment in place and executes the program. Returns only on
 * failure, which it has reported: -errno. entries: room for the environment, plan.h. nameless: it
 * says nothing of the connection, as it does not to programs that are started ahead.
 */
int handover_execute(const struct plan *plan, const struct wire_message *message,
		     const char **entries, bool nameless);

/*
 * The same ahead of the connection: with a placeholder in the socket's places, the channel at
 * PARK_CHANNEL_FD, nothing of the connection in the environment, and traced by the parent. Returns
 * only on failure, which it has reported.
 */
void handover_execute_ahead(const struct plan *plan, const char **entries);

#endif

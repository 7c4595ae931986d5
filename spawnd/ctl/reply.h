/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CTL_REPLY_H
#define SPAWND_CTL_REPLY_H

/*
 * An answer of the daemon as data. Whatever it says, every string in here ends, and none can move a
 * terminal's cursor: the process that answers is the one that faces the network.
 */
#include "wire/control.h"

#include <stdbool.h>
#include <stddef.h>

#define REPLY_COUNTS_MAX 64
#define REPLY_HISTOGRAMS_MAX 4

struct reply_service {
	struct control_service is;
	struct control_count counts[REPLY_COUNTS_MAX];
	size_t count_count;
	struct control_histogram histograms[REPLY_HISTOGRAMS_MAX];
	size_t histogram_count;
};

struct reply {
	bool complete; /* end is known: nothing is missing */
	struct control_end end;
	struct control_daemon daemon;
	struct reply_service *services;
	size_t service_count;
	struct control_connection *connections;
	size_t connection_count;
	struct control_verdict *verdicts;
	size_t verdict_count;
	int errors; /* a text that came with it, or -1 */
};

void reply_init(struct reply *reply);
void reply_free(struct reply *reply);

/* Adds a packet's records. 0; -EPROTO: it is none of ours, or of another version; -ENOMEM. */
int reply_add(struct reply *reply, const char *packet, size_t size);

#endif

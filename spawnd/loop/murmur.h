/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_LOOP_MURMUR_H
#define SPAWND_LOOP_MURMUR_H

/*
 * What a program says on its standard error, line by line into the log: tagged with the connection,
 * escaped, at a bounded rate. It is the program's text, so an enemy's: it is read whatever it is (a
 * program must not block on it), but only so much of it is logged.
 */
#include "base/log.h"

#include <ev.h>
#include <stdint.h>

#define MURMUR_LINE_MAX 480		    /* longer lines are cut into pieces */
#define MURMUR_LINES_PER_SECOND 20	    /* of one connection; more are counted and left out */
#define MURMUR_SERVICE_LINES_PER_SECOND 200 /* of all connections of a service */

struct connection;

struct murmur {
	ev_io io; /* fd -1: none */
	uint16_t length;
	bool muted; /* the rest of what was read is not logged */
	char line[MURMUR_LINE_MAX];
	struct log_bound bound;
};

/* Takes fd, a pipe's read end; -1: the service does not log it. */
void murmur_start(struct connection *connection, int fd);

/* Reads what is left, logs it and closes: after the container has ended. Never blocks. */
void murmur_finish(struct connection *connection);

#endif

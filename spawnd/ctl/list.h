/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CTL_LIST_H
#define SPAWND_CTL_LIST_H

/* Connections with their figures: for list, show and top. */
#include "ctl/daemon.h"
#include "ctl/figures.h"

#include <stdio.h>

/*
 * Asks, of one service if the request names one, and collects the figures. 0, or the exit status.
 * In both cases: reply_free(), and free(*figures).
 */
int list_ask(const struct call *call, const struct control_request *request, struct reply *reply,
	     struct figures **figures);

/* A line of the table; connection NULL: its head. */
void list_print(const struct control_connection *connection, const struct figures *figures,
		FILE *stream);

/* The pairs that list and show have in common. */
struct json;
void list_put(struct json *json, const struct control_connection *connection,
	      const struct figures *figures);

#endif

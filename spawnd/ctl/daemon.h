/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CTL_DAEMON_H
#define SPAWND_CTL_DAEMON_H

/* A question to the daemon, over its control socket. May block as long as the daemon takes. */
#include "ctl/reply.h"
#include "ctl/verb.h"

/* A request that names what the operand says: a number is a connection's, else it is a service. */
struct control_request daemon_request(enum control_verb verb, const char *operand);

/*
 * Asks. 0: *reply is complete, whatever it says; else the exit status, and why is on standard
 * error. reply_free() in both cases.
 */
int daemon_ask(const struct call *call, const struct control_request *request, struct reply *reply);

/* The same, and says no to the operator if that is the answer: EXIT_REFUSED. */
int daemon_demand(const struct call *call, const struct control_request *request,
		  struct reply *reply);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CTL_DAEMON_H
#define SPAWND_CTL_DAEMON_H

/* A question to the daemon, over its control socket. May block as long as the daemon takes. */
#include "ctl/verb.h"
#include "wire/control.h"

/*
 * Asks, and prints the answer: on standard output, or, if it is no, on standard error. Returns the
 * exit status.
 */
int daemon_ask(const struct call *call, enum control_verb verb);

#endif

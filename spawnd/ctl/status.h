/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CTL_STATUS_H
#define SPAWND_CTL_STATUS_H

/* The daemon and its services, asked over the socket or read from StatusFile=. */
#include "ctl/daemon.h"

/*
 * file NULL: asks the daemon. 0, or the exit status, and why is on standard error. A file that was
 * not written lately is no answer. reply_free() in both cases.
 */
int status_get(const struct call *call, const char *file, struct reply *reply);

void status_print_json(const struct reply *reply);

#endif

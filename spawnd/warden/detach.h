/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_WARDEN_DETACH_H
#define SPAWND_WARDEN_DETACH_H

#include "base/why.h"

/*
 * -d: the daemon in the background. The command returns when the daemon is ready, or with its exit
 * status if it never is.
 */

/*
 * Forks twice. Returns in the daemon: a descriptor to report on. The command's own process waits
 * for the report and exits. -errno on failure.
 */
int detach_begin(void);

/* Ready (status 0) or failed: takes report; the daemon's descriptors 0-2 become /dev/null. */
void detach_end(int report, int status);

/*
 * Writes the pid into path, atomically (a temporary file, renamed), in a directory that is root's
 * alone; one that is missing is made. 0 or -errno with why filled.
 */
int detach_write_pid(const char *path, struct why *why);

#endif

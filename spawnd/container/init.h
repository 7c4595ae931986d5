/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONTAINER_INIT_H
#define SPAWND_CONTAINER_INIT_H

/*
 * Init=yes: pid 1 of the container stays spawnd's, the program is its child. It reaps whatever is
 * orphaned and passes signals on; when the program ends, the container ends. pid_namespaces(7).
 */
#include <sys/types.h>

/* Never returns: ends with the program's exit status, or 128 + the signal that ended it. */
void init_run(pid_t program) __attribute__((noreturn));

#endif

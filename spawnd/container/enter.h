/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONTAINER_ENTER_H
#define SPAWND_CONTAINER_ENTER_H

/* The life of a container's first process, from clone to execve, as one ordered checklist. */
#include "container/plan.h"

/*
 * Runs in the new process (child regime): channel is its end of the hand-over socket, log the write
 * end of its stderr pipe or -1. Never returns.
 */
void enter_container(const struct plan *plan, int channel, int log) __attribute__((noreturn));

#endif

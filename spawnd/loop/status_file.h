/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_LOOP_STATUS_FILE_H
#define SPAWND_LOOP_STATUS_FILE_H

/*
 * StatusFile=: the answer to CONTROL_STATUS, written over again and again, for whoever may read
 * that file and nothing else: a program in a container. Its time says how old it is. Loop, run
 * regime.
 */
#include "wire/control.h"

#include <ev.h>

struct loop;

struct status_file {
	ev_timer timer;
	int fd; /* -1: none */
};

void status_file_init(struct loop *loop);

/* Takes fd, or -1: there is none any more. */
void status_file_take(struct loop *loop, int fd);

#endif

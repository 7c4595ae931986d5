/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_LOOP_CONTROL_H
#define SPAWND_LOOP_CONTROL_H

/*
 * The control socket: spawnctl asks, the loop answers (wire/control.h). Root only (SO_PEERCRED),
 * one request for each connection. A client that does not read is dropped; nothing waits for it.
 */
#include "base/why.h"

struct loop;

/* Takes fd, the listening socket; closes the one before it. */
void control_open(struct loop *loop, int fd);

/*
 * The warden's answer to the reloads that were asked for until then (spawnctl): code 0 or what was
 * wrong. Takes errors: a descriptor of a text with all that was wrong, for whoever asked; or -1.
 */
void control_reloaded(struct loop *loop, int64_t asked_ns, const struct why *why, int errors);

#endif

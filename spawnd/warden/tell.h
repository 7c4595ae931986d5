/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_WARDEN_TELL_H
#define SPAWND_WARDEN_TELL_H

/*
 * The warden's messages to the loop. Without a loop they are not sent: the next one is told
 * everything anew.
 */
#include "warden/state.h"
#include "wire/messages.h"

/* fd: goes along, stays the caller's; -1: none. A loop that does not read is killed. */
void tell_loop(struct warden *warden, enum wire_type type, struct wire_message *message, int fd);

/* Opens /proc/pressure for it; where the kernel has none, config_check() has told. */
void tell_pressure(struct warden *warden);

void tell_sinks(struct warden *warden);

/* The snapshot of a generation and, if it is to accept, its listeners: the loop stages it. */
void tell_generation(struct warden *warden, const struct roster *roster, bool listeners);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_WARDEN_RELAYS_H
#define SPAWND_WARDEN_RELAYS_H

/*
 * The relays of one generation, one for each service with SocketSeal=relay: started, linked to the
 * loop, started again when they die. They live like the zygotes beside them (roster.h), whose
 * functions call these.
 */
#include "warden/roster.h"

/* As roster_start(), for relays. */
int relays_start(struct roster *roster, const struct roster_context *context, struct why *why);

void relays_relink(struct roster *roster, const struct roster_context *context);

/* The child `pid` has ended: true if it was one of this roster's relays (of service *index). */
bool relays_lost(struct roster *roster, pid_t pid, size_t *index);

bool relays_empty(const struct roster *roster);
bool relays_have(const struct roster *roster, pid_t pid);
int64_t relays_next_retry_ns(const struct roster *roster);

/* Closes the channels: each relay ends, and its connections with it. */
void relays_dismiss(struct roster *roster);

#endif

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

int relays_relink(struct roster *roster, const struct roster_context *context);

int64_t relays_next_retry_ns(const struct roster *roster);

#endif

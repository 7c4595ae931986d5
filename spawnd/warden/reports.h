/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_WARDEN_REPORTS_H
#define SPAWND_WARDEN_REPORTS_H

/* What the loop reports: a generation that becomes ready, what failed, and what it asks for. */
#include "warden/state.h"

/* Takes a turn's worth of messages. Never blocks; a loop that talks nonsense is ended. */
void reports_hear(struct warden *warden);

#endif

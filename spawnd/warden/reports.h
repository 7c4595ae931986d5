/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_WARDEN_REPORTS_H
#define SPAWND_WARDEN_REPORTS_H

/* What the loop reports: a generation that becomes ready, what failed, and what it asks for. */
#include "warden/state.h"

/* Takes a turn's worth of messages. Never blocks on the loop, which is ended if it talks nonsense.
 */
void reports_hear(struct warden *warden);

#endif

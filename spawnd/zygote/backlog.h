/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_ZYGOTE_BACKLOG_H
#define SPAWND_ZYGOTE_BACKLOG_H

/*
 * Namespaces whose container has ended and that the kernel has yet to take down: they count, and
 * there may be so many of a service and no more (identity_settle()). At that number no container is
 * made for a moment. Run regime; nothing here waits.
 */
#include "zygote/nursery.h"

/*
 * A container could not be made. True: for want of namespaces, and only for a moment so far; it is
 * tried again soon, and no connection need hear of it.
 */
bool backlog_holds(struct nursery *nursery, const struct why *why);

/* One could. */
void backlog_end(struct nursery *nursery);

#endif

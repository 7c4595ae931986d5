/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_ZYGOTE_REPORT_H
#define SPAWND_ZYGOTE_REPORT_H

/* Messages up the link. Without a link nothing is sent. */
#include "zygote/nursery.h"

/*
 * A loop that has gone costs the link, once everything is heard that it has said; any other failure
 * makes the nursery mute, which ends the zygote. But -ETOOMANYREFS is returned: the user of the
 * zygote has too many descriptors in flight (unix(7)), and this message is not sent. Else 0.
 */
int report(struct nursery *nursery, enum wire_type type, struct wire_message *message,
	   const int *fds, size_t fd_count);

/* Which container a message is about. */
void report_name(const struct nursery *nursery, uint32_t index, struct wire_message *message);

void report_running(struct nursery *nursery, uint32_t index);
void report_exited(struct nursery *nursery, uint32_t index);

/* The loop at the link has died: what it is told now would be lost. */
bool report_is_deaf(const struct nursery *nursery);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_ZYGOTE_REQUEST_H
#define SPAWND_ZYGOTE_REQUEST_H

/* The loop's four verbs: want, taken, kill, drain. */
#include "zygote/nursery.h"

/* Whatever is no longer true of a container that it names is nothing. */
void request_hear(struct nursery *nursery, const struct wire_message *message);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_LOOP_LINK_H
#define SPAWND_LOOP_LINK_H

/*
 * The loop's end of a service's link to its zygote. Sending never waits: the link has room for all
 * that can be unread.
 */
#include "wire/messages.h"

struct service;

/* Takes fd: a zygote's first link, or the one of its successor. */
void link_open(struct service *service, int fd);

/* The zygote has gone, or it does not read: its containers are lost, its connections end. */
void link_lost(struct service *service);

void link_close(struct service *service);
void link_send(struct service *service, enum wire_type type, struct wire_message *message);

#endif

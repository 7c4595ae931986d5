/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_LOOP_ACCEPTOR_H
#define SPAWND_LOOP_ACCEPTOR_H

/*
 * A listening socket in the loop: accepts in small batches, pauses when descriptors or memory are
 * short.
 */

#include "net/peer.h"

#include <stdint.h>

struct acceptor;
struct service;

/* Takes fd; accepting begins with acceptor_resume(). */
void acceptor_init(struct service *service, unsigned int index, int fd);
/* A client whose address is known: takes fd. */
void acceptor_admit(struct acceptor *acceptor, const struct peer *peer, int fd,
		    int64_t accepted_ns);

void acceptor_resume(struct service *service);	/* all of a service, unless it is paused */
void acceptor_suspend(struct service *service); /* they leave the poll set until resumed */
void acceptor_close_all(
	struct service *service); /* this process's duplicates: the warden keeps its own */

#endif

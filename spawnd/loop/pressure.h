/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_LOOP_PRESSURE_H
#define SPAWND_LOOP_PRESSURE_H

/*
 * The host's pressure, as the kernel's PSI tells it (Documentation/accounting/psi.rst): the share
 * of the last ten seconds in which some process had to wait. Looked at once a second while a
 * service asks for it. Loop, run regime. The files are the warden's: no path is opened here.
 */
#include "config/spec.h"

#include <ev.h>

struct loop;
struct service;
struct verdict;

struct pressure {
	ev_timer timer;
	int files[PRESSURE_KINDS]; /* -1: none */
	unsigned int percent[PRESSURE_KINDS];
};

void pressure_init(struct loop *loop);

/* Takes fd. */
void pressure_take(struct loop *loop, enum pressure_kind kind, int fd);

/* Looks from now on, or no longer: as the serving services want it. */
void pressure_watch(struct loop *loop);

/* The kind that is above the service's threshold, or PRESSURE_KINDS: none. */
enum pressure_kind pressure_above(const struct service *service);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_ZYGOTE_ZYGOTE_H
#define SPAWND_ZYGOTE_ZYGOTE_H

/*
 * The zygote of one service: it prepares the service's mount tree and identity once, keeps as many
 * parked containers as the loop wants, reaps them. Root only inside the service's user namespace.
 */

/* The whole life of a zygote, from the role's start. Returns the process's exit status. */
int zygote_run(void);

#endif

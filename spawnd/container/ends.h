/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONTAINER_ENDS_H
#define SPAWND_CONTAINER_ENDS_H

/*
 * SocketSeal=relay: what the program has instead of the connected socket. Two pipes, or with
 * StandardInput=null one end of a socket pair, which belongs to the container's network namespace
 * as every socket does to that of its maker: there is no way from it to the host's. Child regime.
 */
#include "container/plan.h"

/*
 * Makes them in the container's own namespaces, before the program's ids are taken. The program's
 * stay at HANDOVER_INPUT_FD and HANDOVER_OUTPUT_FD (a pair: at the first). The relay's go into
 * relay[]: the write end of the input and the read end of the output, or the other end of the pair.
 * How many there are, or -errno with why filled.
 */
int ends_make(const struct plan *plan, int relay[2], struct why *why);

#endif

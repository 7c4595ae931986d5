/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_PROCESS_DESCRIPTORS_H
#define SPAWND_PROCESS_DESCRIPTORS_H

#include "base/why.h"

#include <stdint.h>

/*
 * Lets this process open so many descriptors: lifts the soft RLIMIT_NOFILE, and the hard one where
 * that is allowed (getrlimit(2)). Never lowers. 0 or -errno with why filled.
 */
int descriptors_allow(uint64_t wanted, struct why *why);

#endif

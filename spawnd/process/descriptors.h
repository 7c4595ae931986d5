/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_PROCESS_DESCRIPTORS_H
#define SPAWND_PROCESS_DESCRIPTORS_H

#include "base/why.h"

#include <stdint.h>
#include <sys/types.h>

/*
 * Lets a process (0: this one) open so many descriptors: lifts the soft RLIMIT_NOFILE, and the hard
 * one too, for which it takes CAP_SYS_RESOURCE (getrlimit(2)). Never lowers. One that is gone needs
 * none. 0 or -errno with why filled.
 */
int descriptors_allow(pid_t process, uint64_t wanted, struct why *why);

#endif

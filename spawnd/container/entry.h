/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONTAINER_ENTRY_H
#define SPAWND_CONTAINER_ENTRY_H

/*
 * Holding a program at its entry point: its loader has linked and initialised its libraries, and
 * its own code has not run, main() least of all. The machine's system call instruction is put
 * there, so that the program stops at the entry of a call as it does everywhere else on its way
 * (park.h); the call is never made. Of a program that is traced; run regime; nothing here waits.
 */
#include "base/why.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct entry {
	bool held;
	uintptr_t address, word; /* what stands there is the program's no more, but this */
};

/*
 * At PTRACE_EVENT_EXEC. The address is the kernel's own word, AT_ENTRY of the auxiliary vector
 * (getauxval(3)): of the program, or of the interpreter of a script. It is read as the tracer's:
 * its file in /proc takes CAP_DAC_OVERRIDE where there are no user namespaces. -errno with why:
 * -EIO where the program's memory is not to be read, -ENOEXEC if it is of another architecture.
 */
int entry_hold(struct entry *entry, pid_t pid, struct why *why);

/* At the entry of a call, behind whose instruction it is: this is where it is held. */
bool entry_is_reached(const struct entry *entry, uint64_t instruction_pointer);

/* The program's own word is put back, if it is not there. 0 or -errno with why. */
int entry_release(struct entry *entry, pid_t pid, struct why *why);

#endif

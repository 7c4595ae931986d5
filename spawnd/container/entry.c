/* SPDX-License-Identifier: ISC */
/*
 * A system call instruction in the place of a program's first one. The page with it becomes the
 * program's own copy, as with any debugger's breakpoint. Zygote, run regime.
 */
#include "container/entry.h"

#include "container/stub.h"
#include "container/trace.h"

#include <elf.h>
#include <errno.h>
#include <linux/ptrace.h>
#include <string.h>

#define STEP "start-ahead"
#define WORDS_MAX 100000 /* of arguments, environment and auxiliary vector: not without end */

/*
 * Of the auxiliary vector, where the kernel has put it: on the new stack, behind the number of
 * arguments, them, and the environment (create_elf_tables() in fs/binfmt_elf.c).
 */
static int read_address(pid_t pid, uintptr_t *address)
{
	const uintptr_t size = sizeof(*address);
	struct ptrace_syscall_info info;
	uintptr_t at, word = 0, left = WORDS_MAX;
	int error = trace_get_call(pid, &info);

	if (error < 0)
		return error;
	if (info.arch != stub_architecture)
		return -ENOEXEC;
	at = (uintptr_t)info.stack_pointer;
	error = trace_read(pid, at, &word);
	at += (word + 2) * size;
	for (word = 1; error == 0 && word != 0 && left > 0; left--, at += size)
		error = trace_read(pid, at, &word);
	for (word = AT_IGNORE; error == 0 && word != AT_NULL && left > 0; left--, at += 2 * size) {
		error = trace_read(pid, at, &word);
		if (error == 0 && word == AT_ENTRY)
			return trace_read(pid, at + size, address);
	}
	return error < 0 ? error : -ENOEXEC;
}

int entry_hold(struct entry *entry, pid_t pid, struct why *why)
{
	uintptr_t word;
	int error = read_address(pid, &entry->address);

	if (error == 0)
		error = trace_read(pid, entry->address, &entry->word);
	if (error < 0)
		return why_set(why, error, STEP, "find its entry point");
	word = entry->word;
	memcpy(&word, &stub_syscall, stub_syscall_size); /* both machines are little-endian */
	error = trace_write(pid, entry->address, &word, sizeof(word));
	entry->held = error == 0;
	return error < 0 ? why_set(why, error, STEP, "hold it at its entry point") : 0;
}

bool entry_is_reached(const struct entry *entry, uint64_t instruction_pointer)
{
	return entry->held && instruction_pointer == entry->address + stub_syscall_size;
}

int entry_release(struct entry *entry, pid_t pid, struct why *why)
{
	int error;

	if (!entry->held)
		return 0;
	error = trace_write(pid, entry->address, &entry->word, sizeof(entry->word));
	entry->held = false;
	return error < 0 ? why_set(why, error, STEP, "let go of its entry point") : 0;
}

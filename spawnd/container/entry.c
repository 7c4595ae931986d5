/* SPDX-License-Identifier: ISC */
/*
 * A system call instruction in the place of a program's first one. The page with it becomes the
 * program's own copy, as with any debugger's breakpoint. Zygote, run regime.
 */
#include "container/entry.h"

#include "base/fd.h"
#include "container/stub.h"
#include "container/trace.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <unistd.h>

#define STEP "start-ahead"
#define WORDS_MAX 128 /* of an auxiliary vector; the kernel writes some 40 */

/* Of another size of word no pair is found, for its numbers are read as one. */
static uintptr_t find(const uintptr_t *words, size_t count)
{
	for (size_t i = 0; i + 1 < count && words[i] != AT_NULL; i += 2)
		if (words[i] == AT_ENTRY)
			return words[i + 1];
	return 0;
}

static int read_address(pid_t pid, uintptr_t *address)
{
	uintptr_t words[WORDS_MAX];
	char path[32];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/auxv", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	got = read(fd, words, sizeof(words));
	fd_close(&fd);
	if (got < 0)
		return -errno;
	*address = find(words, (size_t)got / sizeof(words[0]));
	return *address == 0 ? -ENOEXEC : 0;
}

int entry_hold(struct entry *entry, pid_t pid, struct why *why)
{
	uintptr_t word;
	int error = read_address(pid, &entry->address);

	if (error == 0)
		error = (int)trace(PTRACE_PEEKDATA, pid, entry->address, (uintptr_t)&entry->word);
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

/* SPDX-License-Identifier: ISC */
/*
 * ptrace(2), in one place. It is asked by its number: the C library's wrapper changes what the
 * reading requests return, and it takes no gate (base/gate.h).
 */
#include "container/trace.h"

#include "base/gate.h"

#include <elf.h>
#include <errno.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

long trace(long request, pid_t pid, uintptr_t address, uintptr_t data)
{
	/* The seal denies it to everybody else. */
	return gate_call(SYS_ptrace, request, pid, (long)address, (long)data, 0, 0);
}

int trace_me(void)
{
	long error = trace(PTRACE_TRACEME, 0, 0, 0);

	if (error < 0)
		return (int)error;
	/*
	 * The first process of a pid namespace ignores its own SIGSTOP, but not while it is traced
	 * (sig_ignored() in kernel/signal.c).
	 */
	return (int)GATE_2(SYS_kill, GATE_0(SYS_getpid), SIGSTOP);
}

int trace_get_call(pid_t pid, struct ptrace_syscall_info *info)
{
	long got = trace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(*info), (uintptr_t)info);

	return got < 0 ? (int)got : 0; /* else a number of bytes */
}

int trace_get_registers(pid_t pid, void *registers, size_t size)
{
	struct iovec part = { registers, size };

	return (int)trace(PTRACE_GETREGSET, pid, NT_PRSTATUS, (uintptr_t)&part);
}

int trace_set_registers(pid_t pid, const void *registers, size_t size)
{
	struct iovec part = { (void *)(uintptr_t)registers, size };

	return (int)trace(PTRACE_SETREGSET, pid, NT_PRSTATUS, (uintptr_t)&part);
}

int trace_read(pid_t pid, uintptr_t address, uintptr_t *word)
{
	return (int)trace(PTRACE_PEEKDATA, pid, address, (uintptr_t)word);
}

int trace_write(pid_t pid, uintptr_t address, const void *bytes, size_t count)
{
	const char *from = bytes;
	long error = 0;
	uintptr_t word;

	for (size_t at = 0; at < count && error == 0; at += sizeof(word)) {
		memcpy(&word, from + at, sizeof(word));
		error = trace(PTRACE_POKEDATA, pid, address + at, word);
	}
	return (int)error;
}

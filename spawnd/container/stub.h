/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONTAINER_STUB_H
#define SPAWND_CONTAINER_STUB_H

/*
 * The stub: a few instructions that are planted into a program that has been started ahead. They
 * sleep in recvmsg(2) on the hand-over channel, put the socket that comes over the placeholders,
 * close the channel (which tells the loop that the program runs), set the program's signal mask and
 * issue the very system call before which the program was stopped. One file for each machine,
 * stub_*.c; on others programs are not started ahead.
 *
 * All functions are for a process that is traced and stopped at a system call; run regime; 0 or
 * -errno.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#if defined(__x86_64__) || defined(__aarch64__)
#include <sys/user.h>
#endif

#define STUB_TARGETS 3 /* descriptors that the socket may take the place of */
#define STUB_PAGE 4096 /* asked of mmap(2), which rounds up */

/*
 * What the program had in its registers at the entry of its call, which the stub must leave as they
 * are: trace_get_registers(), of this size.
 */
struct stub_registers {
#if defined(__x86_64__) || defined(__aarch64__)
	struct user_regs_struct user;
#else
	char none;
#endif
};

/* What the stub does in its time. */
struct stub_handover {
	uint64_t
		signals; /* the program's signal mask, which it gets back: sigset_t of the kernel */
	int32_t channel;
	int32_t targets[STUB_TARGETS]; /* descriptors that become the socket; -1: none */
};

/* This machine has a stub. */
extern const bool stub_exists;

/* AUDIT_ARCH_* of system calls by which the stub can be entered; others are foreign code. */
extern const uint32_t stub_architecture;

/* Its system call instruction, as it lies in memory, and the size of that in bytes. */
extern const uint32_t stub_syscall;
extern const unsigned int stub_syscall_size;

/* The memory that the stub writes to, and no other: below the program's stack. */
uintptr_t stub_frame(const struct stub_registers *registers, size_t *size);

/*
 * At the entry of a call: makes it another one, an mmap(2) of a page for the stub, readable and
 * executable and never writable. attempt: 0, 1, ... asks for other addresses; -ENOMEM: no more.
 */
int stub_ask_page(pid_t pid, const struct stub_registers *registers, unsigned int attempt);

/*
 * At the exit of that call: where the page is, or why there is none. -EAGAIN: the next attempt may
 * find one; the process has been set back to its call, and resumed it stops at the entry again.
 */
int stub_get_page(pid_t pid, const struct stub_registers *registers, uintptr_t *page);

/*
 * There: writes the stub into the page and makes the process go on in it. After this it can be
 * let go.
 */
int stub_plant(pid_t pid, const struct stub_registers *registers, uintptr_t page,
	       const struct stub_handover *handover);

#endif

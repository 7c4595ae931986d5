/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_BASE_GATE_H
#define SPAWND_BASE_GATE_H

/*
 * The gate: one page of code, mapped below vm.mmap_min_addr, that makes a system call. A seccomp
 * filter sees the address a call comes from (struct seccomp_data, seccomp(2)), so a filter can
 * allow to this page what it denies to everything else. Nobody without CAP_SYS_RAWIO in the host's
 * user namespace can ever have code there (cap_mmap_addr() in security/commoncap.c; mremap(2), a
 * growing stack and the loader go through the same check), and execve(2) takes it away.
 *
 * The one other way to an instruction pointer of one's choice is ptrace(2): a filter that trusts
 * the gate must deny ptrace to all but the gate.
 */
#include <stdbool.h>
#include <stdint.h>

/*
 * Maps the page. Start regime, with CAP_SYS_RAWIO. 0; -EPERM: not allowed to; -ERANGE:
 * vm.mmap_min_addr is less than a page; -EOPNOTSUPP: no code for this processor; another -errno.
 */
int gate_open(void);

/* Unmaps it, for a process that goes on without execve. Harmless if it is not open. */
void gate_close(void);

bool gate_is_open(void);

/* What a filter sees as the instruction pointer of a call made here. Below 64 KiB. */
uint32_t gate_address(void);

/*
 * The system call `number`: through the gate if it is open, else like syscall(2). The result, or
 * -errno; errno is as it was, and through the gate not even written to (container/loan.h). Any
 * regime. Blocks as the call does.
 */
long gate_call(long number, long a, long b, long c, long d, long e, long f);

/* Pointers and integers, as many as the call has. */
#define GATE_0(number) gate_call(number, 0, 0, 0, 0, 0, 0)
#define GATE_1(number, a) gate_call(number, (long)(a), 0, 0, 0, 0, 0)
#define GATE_2(number, a, b) gate_call(number, (long)(a), (long)(b), 0, 0, 0, 0)
#define GATE_3(number, a, b, c) gate_call(number, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define GATE_4(number, a, b, c, d)                                                                 \
	gate_call(number, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define GATE_5(number, a, b, c, d, e)                                                              \
	gate_call(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)

#endif

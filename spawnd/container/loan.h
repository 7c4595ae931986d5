/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONTAINER_LOAN_H
#define SPAWND_CONTAINER_LOAN_H

/*
 * A child that borrows the zygote's memory until it executes its program, as one of vfork(2) does;
 * but the zygote goes on meanwhile, so the child has a stack of its own. Nothing is copied, no page
 * is written twice, and execve(2) has nothing to take down.
 *
 * What the child owes: it writes to its stack, its loan and its descriptors' tables in the kernel,
 * and to nothing else. errno is the zygote's: system calls are made by the gate (base/gate.h),
 * which returns their errors, and the C library is used for what makes none. It ends by execve(2)
 * or _exit(2).
 *
 * The kernel kills all that share memory with one that is out of it (__oom_kill_process() in
 * mm/oom_kill.c). So what a memory limit holds borrows nothing.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct loan {
	char *base;		  /* NULL: none yet */
	const char **environment; /* as many entries as loan_take() was asked for */
};

/* Whether this processor and this kernel can, once the gate is open. */
bool loan_is_possible(void);

/* Makes room, once for each place. Zygote, run regime. 0 or -ENOMEM. */
int loan_take(struct loan *loan, size_t environment_entries);

/*
 * Like namespaces_clone_into(), with *group set to -1 for the child too; the child runs
 * run(argument) on the loan's stack, with a copy of the argument. No other child may be using the
 * loan. A pid; -EINVAL, -E2BIG or -ENOSYS: the kernel cannot, *group is as it was; another -errno.
 */
pid_t loan_clone(const struct loan *loan, uint64_t flags, int *group, void (*run)(void *argument),
		 const void *argument, size_t argument_size);

#endif

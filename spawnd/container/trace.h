/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONTAINER_TRACE_H
#define SPAWND_CONTAINER_TRACE_H

/*
 * ptrace(2), the few requests that starting a program ahead takes. Zygote (run regime) and, the
 * first function, a container (child regime). Nothing here waits.
 */
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct ptrace_syscall_info; /* linux/ptrace.h, which does not go with the C library's own */

/*
 * In the container: the zygote, its parent, traces it from here on, and it stops until the zygote
 * has seen that. 0, or -EPERM: Yama's ptrace_scope 3, another security module.
 */
int trace_me(void);

/* One request of ptrace(2), past the C library: what it returns, or -errno. */
long trace(long request, pid_t pid, uintptr_t address, uintptr_t data);

/* What it is stopped at: PTRACE_GET_SYSCALL_INFO (5.3). 0 or -errno. */
int trace_get_call(pid_t pid, struct ptrace_syscall_info *info);

/* The machine's general registers, a struct user_regs_struct: NT_PRSTATUS. 0 or -errno. */
int trace_get_registers(pid_t pid, void *registers, size_t size);
int trace_set_registers(pid_t pid, const void *registers, size_t size);

/* A word of its memory. 0 or -errno: -EIO where there is none, or it is not to be read. */
int trace_read(pid_t pid, uintptr_t address, uintptr_t *word);

/*
 * Writes to its memory, whatever the protection of the page, which becomes its own copy: FOLL_FORCE
 * in ptrace_access_vm() (kernel/ptrace.c). count: a multiple of the word. 0 or -errno.
 */
int trace_write(pid_t pid, uintptr_t address, const void *bytes, size_t count);

#endif

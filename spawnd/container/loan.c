/* SPDX-License-Identifier: ISC */
/*
 * Lends the zygote's memory to a child. Runs in the zygote; the first instructions of the child are
 * here too. x86-64; elsewhere children are forked.
 */
#include "container/loan.h"

#include "base/gate.h"
#include "base/kernel.h"
#include "container/namespaces.h"

#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define GUARD_SIZE 4096
#define STACK_SIZE 65536 /* most of it is never touched */
#define ALIGNMENT 16	 /* of the stack at a call: System V ABI, 3.2.2 */

#define ARCH_SHSTK_STATUS_ 0x5005 /* asm/prctl.h, 6.6 */

#ifdef __SANITIZE_ADDRESS__
#define CAN_LEND 0 /* it knows the stacks of threads only */
#elif defined(__x86_64__) && !defined(__ILP32__)
#define CAN_LEND 1
#else
#define CAN_LEND 0
#endif

#if CAN_LEND
/*
 * The child returns from the gate on its own stack, where it finds this as its return address, and
 * above it what to call and with what.
 */
__asm__(".pushsection .text\n"
	"loan_start:\n"
	"	popq %rdi\n"
	"	popq %rax\n"
	"	xorl %ebp, %ebp\n"
	"	call *%rax\n"
	"	ud2\n"
	".popsection\n");
extern const char loan_start[];

/* It would not have the child's return address: arch/x86/kernel/shstk.c. */
static bool has_shadow_stack(void)
{
	unsigned long features = 0;

	return GATE_2(SYS_arch_prctl, ARCH_SHSTK_STATUS_, &features) == 0 && features != 0;
}
#else
static const char loan_start[1];

static bool has_shadow_stack(void)
{
	return false;
}
#endif

/* All of them are taken off before the first call. */
struct first_words {
	uintptr_t start, argument, run;
};

bool loan_is_possible(void)
{
	/* Without these a child would call the C library's stand-ins, and change errno. */
	return CAN_LEND && gate_is_open() && !has_shadow_stack() && kernel_has(KERNEL_CLONE3) &&
	       kernel_has(KERNEL_CLOSE_RANGE) && kernel_has(KERNEL_OPENAT2);
}

int loan_take(struct loan *loan, size_t environment_entries)
{
	size_t size = GUARD_SIZE + STACK_SIZE + environment_entries * sizeof(*loan->environment);
	char *base = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

	if (base == MAP_FAILED)
		return -ENOMEM;
	if (mprotect(base, GUARD_SIZE, PROT_NONE) < 0) {
		munmap(base, size);
		return -ENOMEM;
	}
	loan->base = base;
	loan->environment = (const char **)(void *)(base + GUARD_SIZE + STACK_SIZE);
	return 0;
}

pid_t loan_clone(const struct loan *loan, uint64_t flags, int *group, void (*run)(void *argument),
		 const void *argument, size_t argument_size)
{
	char *bottom = loan->base + GUARD_SIZE, *top = bottom + STACK_SIZE;
	struct first_words *words;
	struct clone_args arguments = { .flags = flags | CLONE_VM, .exit_signal = SIGCHLD };
	long pid;

	top -= (argument_size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	memcpy(top, argument, argument_size);
	words = (struct first_words *)(void *)top - 1;
	*words = (struct first_words){ (uintptr_t)loan_start, (uintptr_t)top, (uintptr_t)run };
	arguments.stack = (uintptr_t)bottom;
	arguments.stack_size = (uintptr_t)words - (uintptr_t)bottom;
	if (*group >= 0) {
		arguments.flags |= CLONE_INTO_CGROUP_;
		arguments.cgroup = (uint64_t)*group;
	}
	pid = GATE_2(SYS_clone3, &arguments, sizeof(arguments));
	if (pid > 0)
		*group = -1;
	return (pid_t)pid;
}

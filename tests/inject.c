/* SPDX-License-Identifier: ISC */
/*
 * Makes another process call the kernel: inject PID NUMBER [ARGUMENT]...
 * Stops it by ptrace(2) where it waits in a system call, has it make this one instead, says
 * "result N" (a negative one is -errno) or "killed SIGNAL", and lets it go on where it was. NUMBER
 * is a name of libseccomp's or a number. For tests of filters: what is tried is tried by the very
 * process. x86-64 and AArch64.
 */
#include <elf.h>
#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGUMENTS 6
/* It may be stopped elsewhere: then it goes on, and is stopped again. */
#define TRIES 500
#define TRY_AGAIN_US 10000

#if defined(__x86_64__)
/* Where the process waits, the instruction before is the one that made its call: 0f 05. */
static int is_in_call(pid_t pid, const struct user_regs_struct *registers)
{
	return (ptrace(PTRACE_PEEKTEXT, pid, (void *)(registers->rip - 2), NULL) & 0xffff) ==
	       0x050f;
}

/* Back to the instruction that the process has just left, with other registers. */
static void aim(struct user_regs_struct *registers, long number, const unsigned long *arguments)
{
	registers->rip -= 2;
	registers->rax = (unsigned long)number;
	registers->orig_rax = ~0UL; /* nothing to restart */
	registers->rdi = arguments[0];
	registers->rsi = arguments[1];
	registers->rdx = arguments[2];
	registers->r10 = arguments[3];
	registers->r8 = arguments[4];
	registers->r9 = arguments[5];
}

static long result(const struct user_regs_struct *registers)
{
	return (long)registers->rax;
}

/* Its own call was interrupted: as by a signal that has a handler. */
static void interrupt(struct user_regs_struct *registers)
{
	registers->rax = (unsigned long)-EINTR;
	registers->orig_rax = ~0UL;
}
#elif defined(__aarch64__)
/* svc #0 */
static int is_in_call(pid_t pid, const struct user_regs_struct *registers)
{
	return (ptrace(PTRACE_PEEKTEXT, pid, (void *)(registers->pc - 4), NULL) & 0xffffffff) ==
	       0xd4000001;
}

static void aim(struct user_regs_struct *registers, long number, const unsigned long *arguments)
{
	registers->pc -= 4;
	registers->regs[8] = (unsigned long)number;
	for (int i = 0; i < ARGUMENTS; i++)
		registers->regs[i] = arguments[i];
}

static long result(const struct user_regs_struct *registers)
{
	return (long)registers->regs[0];
}

static void interrupt(struct user_regs_struct *registers)
{
	registers->regs[0] = (unsigned long)-EINTR;
}
#else
#error "say here how this machine makes a system call"
#endif

static int move_registers(int request, pid_t pid, struct user_regs_struct *registers)
{
	struct iovec part = { .iov_base = registers, .iov_len = sizeof(*registers) };

	return (int)ptrace(request, pid, (void *)NT_PRSTATUS, &part);
}

/* False: it is dead, and that is said. */
static int stopped(pid_t pid)
{
	int status = 0;

	if (waitpid(pid, &status, 0) != pid)
		return 0;
	if (WIFSIGNALED(status))
		printf("killed %d\n", WTERMSIG(status));
	return WIFSTOPPED(status);
}

static int try_call(pid_t pid, long number, const unsigned long *arguments)
{
	struct user_regs_struct before, now;

	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) < 0 || !stopped(pid) ||
	    move_registers(PTRACE_GETREGSET, pid, &before) < 0)
		return -errno;
	if (!is_in_call(pid, &before)) {
		ptrace(PTRACE_DETACH, pid, NULL, NULL);
		return -EAGAIN;
	}
	now = before;
	aim(&now, number, arguments);
	if (move_registers(PTRACE_SETREGSET, pid, &now) < 0 ||
	    ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) < 0)
		return -errno;
	if (!stopped(pid))
		return 0;
	if (move_registers(PTRACE_GETREGSET, pid, &now) < 0)
		return -errno;
	printf("result %ld\n", result(&now));
	interrupt(&before);
	if (move_registers(PTRACE_SETREGSET, pid, &before) < 0 ||
	    ptrace(PTRACE_DETACH, pid, NULL, NULL) < 0)
		return -errno;
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long arguments[ARGUMENTS] = { 0 };
	long number;
	int error, tries = TRIES;

	if (argc < 3 || argc > 3 + ARGUMENTS) {
		fprintf(stderr, "usage: inject PID NUMBER [ARGUMENT]...\n");
		return 2;
	}
	number = seccomp_syscall_resolve_name(argv[2]);
	if (number == __NR_SCMP_ERROR)
		number = strtol(argv[2], NULL, 0);
	for (int i = 3; i < argc; i++)
		arguments[i - 3] = strtoul(argv[i], NULL, 0);
	do {
		error = try_call((pid_t)atoi(argv[1]), number, arguments);
	} while (error == -EAGAIN && --tries > 0 && usleep(TRY_AGAIN_US) == 0);
	if (error < 0)
		fprintf(stderr, "inject: %s\n", strerror(-error));
	return error < 0;
}

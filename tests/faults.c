/* SPDX-License-Identifier: ISC */
/*
 * Makes system calls of another process fail: faults PID SECONDS SYSCALL[/ARGUMENT]:ERRNO:COUNT...
 * Attaches by ptrace(2), lets COUNT calls of each name fail with that errno (a number), and lets
 * the process go on; says "failed N". With /ARGUMENT only calls whose second argument is that
 * number. A call is made to fail by an argument that is good for nothing, so it has no effect, and
 * the number stays what it was: a filter of the process sees what it always sees. After SECONDS
 * without enough calls it gives up, status 1. x86-64, AArch64.
 */
#include <elf.h>
#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/* The beginning of ptrace(2)'s struct of that name, which not every C library has by it. */
struct syscall_info {
	uint8_t op; /* 1: entry, 2: exit */
	uint8_t padding[3];
	uint32_t arch;
	uint64_t instruction_pointer, stack_pointer, number, arguments[6];
};

#define FAULTS_MAX 8

struct victim {
	pid_t pid;
	struct fault {
		long number, second; /* second: the argument that it must have, or -1 */
		int error, left;
	} faults[FAULTS_MAX], *failing; /* failing: it is in a call that is to fail so */
	int count, failed, attached;
	struct user_regs_struct before;
};

#if defined(__x86_64__)
#define FIRST_ARGUMENT(registers) ((registers)->rdi)
#define RESULT(registers) ((registers)->rax)
#elif defined(__aarch64__)
#define FIRST_ARGUMENT(registers) ((registers)->regs[0])
#define RESULT(registers) ((registers)->regs[0])
#else
#error "say here how this machine makes a system call"
#endif

static volatile sig_atomic_t over;

static void time_over(int signal)
{
	over = 1;
}

static long move_registers(int request, pid_t pid, struct user_regs_struct *registers)
{
	struct iovec part = { .iov_base = registers, .iov_len = sizeof(*registers) };

	return ptrace(request, pid, (void *)NT_PRSTATUS, &part);
}

/* It stands before a call: a descriptor or an address that is none. */
static void spoil(struct victim *victim, struct fault *fault)
{
	struct user_regs_struct now;

	if (move_registers(PTRACE_GETREGSET, victim->pid, &victim->before) < 0)
		return;
	now = victim->before;
	FIRST_ARGUMENT(&now) = (unsigned long)-1;
	if (move_registers(PTRACE_SETREGSET, victim->pid, &now) == 0)
		victim->failing = fault;
}

/* It stands behind it: all registers as the kernel leaves them, but for the result. */
static void answer(struct victim *victim)
{
	struct fault *fault = victim->failing;
	struct user_regs_struct now;

	victim->failing = NULL;
	if (move_registers(PTRACE_GETREGSET, victim->pid, &now) < 0)
		return;
	FIRST_ARGUMENT(&now) = FIRST_ARGUMENT(&victim->before);
	RESULT(&now) = (unsigned long)-fault->error;
	if (move_registers(PTRACE_SETREGSET, victim->pid, &now) < 0)
		return;
	fault->left--;
	victim->failed++;
}

static void at_call(struct victim *victim)
{
	struct syscall_info info = { 0 };

	if (ptrace(PTRACE_GET_SYSCALL_INFO, victim->pid, (void *)sizeof(info), &info) < 0)
		return;
	if (info.op == 2 && victim->failing)
		answer(victim);
	for (int i = 0; info.op == 1 && i < victim->count; i++)
		if (victim->faults[i].number == (long)info.number && victim->faults[i].left > 0 &&
		    (victim->faults[i].second < 0 ||
		     (long)info.arguments[1] == victim->faults[i].second)) {
			spoil(victim, &victim->faults[i]);
			return;
		}
}

static int is_done(const struct victim *victim)
{
	for (int i = 0; i < victim->count && !over; i++)
		if (victim->faults[i].left > 0)
			return 0;
	return !victim->failing;
}

static int watch(struct victim *victim)
{
	int status, pass;

	for (;;) {
		if (waitpid(victim->pid, &status, __WALL) < 0) {
			if (errno != EINTR)
				return -errno;
			if (over) /* it may sleep: it has to stop before it can be let go */
				ptrace(PTRACE_INTERRUPT, victim->pid, NULL, NULL);
			continue;
		}
		if (!WIFSTOPPED(status)) {
			victim->attached = 0;
			return -ESRCH;
		}
		pass = WSTOPSIG(status);
		if (pass == (SIGTRAP | 0x80))
			at_call(victim);
		if (status >> 16 || pass == (SIGTRAP | 0x80))
			pass = 0;
		if (is_done(victim))
			return 0;
		ptrace(PTRACE_SYSCALL, victim->pid, NULL, (void *)(long)pass);
	}
}

static int parse(struct victim *victim, char *text)
{
	struct fault *fault = &victim->faults[victim->count++];
	char *name = strtok(text, ":"), *error = strtok(NULL, ":"), *count = strtok(NULL, ":");

	if (!name || !error || !count)
		return 0;
	fault->second = strchr(name, '/') ? atol(strchr(name, '/') + 1) : -1;
	name[strcspn(name, "/")] = '\0';
	fault->number = seccomp_syscall_resolve_name(name);
	fault->error = atoi(error);
	fault->left = atoi(count);
	return fault->number != __NR_SCMP_ERROR;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = time_over }; /* without SA_RESTART */
	struct victim victim = { .attached = 1 };
	int error, wanted = 0;

	for (int i = 3; i < argc && i < 3 + FAULTS_MAX; i++)
		if (!parse(&victim, argv[i]))
			argc = 0;
	if (argc < 4) {
		fprintf(stderr, "usage: faults PID SECONDS SYSCALL:ERRNO:COUNT...\n");
		return 2;
	}
	for (int i = 0; i < victim.count; i++)
		wanted += victim.faults[i].left;
	victim.pid = (pid_t)atoi(argv[1]);
	sigaction(SIGALRM, &action, NULL);
	alarm((unsigned int)atoi(argv[2]));
	if (ptrace(PTRACE_SEIZE, victim.pid, NULL, (void *)PTRACE_O_TRACESYSGOOD) < 0 ||
	    ptrace(PTRACE_INTERRUPT, victim.pid, NULL, NULL) < 0) {
		perror("faults");
		return 2;
	}
	puts("attached");
	fflush(stdout);
	error = watch(&victim);
	if (victim.attached)
		ptrace(PTRACE_DETACH, victim.pid, NULL, NULL);
	printf("failed %d\n", victim.failed);
	if (error < 0)
		fprintf(stderr, "faults: %s\n", strerror(-error));
	return error < 0 || victim.failed < wanted;
}

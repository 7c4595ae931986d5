/* SPDX-License-Identifier: ISC */
/*
 * Runs the stub of this machine without a tracer: the functions of stub_*.c get a trace.c of
 * our own, which hand out registers and write to our own memory; then the page is
 * called like a function. So it also runs where ptrace(2) does not, as in an emulator of another
 * machine. Prints TAP.
 */
#include "container/stub.h"
#include "container/trace.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHANNEL 63

static int number, failed;
static struct user_regs_struct registers; /* what GETREGSET says, what SETREGSET has said */

static void ok(bool is, const char *what)
{
	failed += !is;
	printf("%sok %d - %s\n", is ? "" : "not ", ++number, what);
	fflush(stdout);
}

/* NT_ARM_SYSTEM_CALL alone comes here. */
long trace(long request, pid_t pid, uintptr_t address, uintptr_t data)
{
	return 0;
}

int trace_get_registers(pid_t pid, void *to, size_t size)
{
	memcpy(to, &registers, size);
	return 0;
}

int trace_set_registers(pid_t pid, const void *from, size_t size)
{
	memcpy(&registers, from, size);
	return 0;
}

int trace_write(pid_t pid, uintptr_t address, const void *bytes, size_t count)
{
	memcpy((void *)address, bytes, count);
	return 0;
}

/* The program's own call, and a way back. */
extern const char call[];

#if defined(__x86_64__)
__asm__(".text\ncall: syscall\n ret\n");
static void set_call(long nr, long a, long b, long c)
{
	registers.orig_rax = (unsigned long)nr;
	registers.rdi = (unsigned long)a;
	registers.rsi = (unsigned long)b;
	registers.rdx = (unsigned long)c;
	registers.rip = (unsigned long)call + 2;
}
static uintptr_t entry(void)
{
	return registers.rip;
}
#elif defined(__aarch64__)
__asm__(".text\n.balign 4\ncall: svc #0\n ret\n");
static void set_call(long nr, long a, long b, long c)
{
	registers.regs[8] = (unsigned long)nr;
	registers.regs[0] = (unsigned long)a;
	registers.regs[1] = (unsigned long)b;
	registers.regs[2] = (unsigned long)c;
	registers.pc = (unsigned long)call + 4;
}
static uintptr_t entry(void)
{
	return registers.pc;
}
#else
#error "no stub for this machine"
#endif

/* The mmap that stub_ask_page() has put into the registers, made by ourselves, writable to us. */
static uintptr_t make_page(struct stub_registers *remembered)
{
	uintptr_t page = 0;
	int error;

	trace_get_registers(1, remembered, sizeof(*remembered));
	for (unsigned int attempt = 0; stub_ask_page(1, remembered, attempt) == 0; attempt++) {
#if defined(__x86_64__)
		registers.rax =
			(unsigned long)mmap((void *)registers.rdi, registers.rsi,
					    PROT_READ | PROT_WRITE, (int)registers.r10, -1, 0);
#else
		void *at = mmap((void *)registers.regs[0], registers.regs[1],
				PROT_READ | PROT_WRITE, (int)registers.regs[3], -1, 0);
		registers.regs[0] = at == MAP_FAILED ? (unsigned long)-errno : (unsigned long)at;
#endif
		error = stub_get_page(1, remembered, &page);
		if (error != -EAGAIN)
			return error == 0 ? page : 0;
	}
	return 0;
}

static int pass(int channel, int fd)
{
	char message[368] = "a message that is longer than what is read of it";
	struct iovec part = { message, sizeof(message) };
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr header = { .msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = control.bytes,
				 .msg_controllen = fd < 0 ? 0 : sizeof(control.bytes) };

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(int));
	return sendmsg(channel, &header, 0) == (ssize_t)sizeof(message) ? 0 : -1;
}

/* In a child: waits in the stub before read(0, buffer, 4), and exits with what came of it. */
static void wait_in_stub(int channel)
{
	/* Of the kernel: signal N is bit N - 1. */
	struct stub_handover handover = { UINT64_C(1) << (SIGUSR1 - 1), CHANNEL, { 0, 1, -1 } };
	sigset_t mask;
	static char buffer[8];
	struct stub_registers remembered;
	uintptr_t page;
	long (*enter)(void);
	long got;

	dup2(channel, CHANNEL);
	dup2(open("/dev/null", O_RDWR), 0);
	dup2(0, 1);
	for (int fd = 3; fd < CHANNEL; fd++)
		close(fd);
	set_call(SYS_read, 0, (long)buffer, 4);
	page = make_page(&remembered);
	if (page == 0 || stub_plant(1, &remembered, page, &handover) < 0 || entry() != page)
		_exit(90);
	if (mprotect((void *)page, STUB_PAGE, PROT_READ | PROT_EXEC) < 0)
		_exit(91);
	__builtin___clear_cache((char *)page, (char *)page + STUB_PAGE);
	enter = (long (*)(void))page;
	sigfillset(&mask);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	got = enter();
	sigprocmask(SIG_SETMASK, NULL, &mask);
	if (!sigismember(&mask, SIGUSR1) || sigismember(&mask, SIGUSR2))
		_exit(94);
	if (got != 4 || memcmp(buffer, "word", 4) != 0)
		_exit(92);
	if (write(1, buffer, 4) != 4 || fcntl(CHANNEL, F_GETFD) >= 0 || fcntl(3, F_GETFD) >= 0 ||
	    fcntl(0, F_GETFD) != 0)
		_exit(93);
	_exit(42);
}

static int run(bool with_message, bool with_descriptor)
{
	int channel[2], connection[2], status;
	char answer[8] = "";
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, connection) < 0)
		return -1;
	child = fork();
	if (child == 0)
		wait_in_stub(channel[1]);
	close(channel[1]);
	if (with_message && write(connection[0], "word", 4) == 4)
		pass(channel[0], with_descriptor ? connection[1] : -1);
	close(connection[1]);
	if (!with_message)
		close(channel[0]);
	if (with_message && with_descriptor) {
		ok(read(connection[0], answer, sizeof(answer)) == 4 && !memcmp(answer, "word", 4),
		   "the connection is read and written by the program's own calls");
		ok(read(channel[0], answer, sizeof(answer)) == 0, "the channel is closed");
	}
	waitpid(child, &status, 0);
	close(connection[0]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* As this machine's assembler writes it: container/entry.c puts it into a program. */
extern const char system_call[], system_call_end[];
__asm__(".pushsection .rodata.system_call,\"a\"\n"
	".globl system_call, system_call_end\n"
#ifdef __aarch64__
	"system_call: svc #0\n"
#else
	"system_call: syscall\n"
#endif
	"system_call_end:\n"
	".popsection\n");

int main(void)
{
	int status = run(true, true);

	ok(system_call_end - system_call == stub_syscall_size &&
		   !memcmp(system_call, &stub_syscall, stub_syscall_size),
	   "the system call instruction is that of the machine");
	ok(status == 42, "descriptors are as promised");
	if (status != 42)
		printf("# status %d\n", status);
	ok(run(false, false) == 0, "when the channel closes it ends");
	ok(run(true, false) == 125, "a message without a descriptor ends it with 125");
	printf("1..%d\n", number);
	return failed > 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * The stub for x86-64, and the registers it needs. The code is never executed in this process: it
 * is a template, copied into the page with the literals at its end filled in.
 */
#if defined(__x86_64__) && !defined(__ILP32__)
#include "container/stub.h"

#include "container/trace.h"

#include <errno.h>
#include <linux/audit.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

const bool stub_exists = true;
const uint32_t stub_architecture = AUDIT_ARCH_X86_64;

const uint32_t stub_syscall = 0x050f;
const unsigned int stub_syscall_size = 2;

/* Behind the code. Offsets are those of the symbols. */
struct literals {
	uint64_t rdi, rsi, rdx, r10, r8, r9, rax;
	uint64_t back; /* the program's own syscall instruction */
	struct stub_handover handover;
};

/* Hidden: found by their distance, not through a table that the linker might share. */
extern const char stub_template[] __attribute__((visibility("hidden")));
extern const char stub_template_literals[] __attribute__((visibility("hidden")));

/*
 * It uses the stack below the red zone (System V ABI, 3.2.2) and only registers that it restores;
 * rcx and r11 are lost in any system call. Frame: 0 struct msghdr (56 bytes), 56 struct iovec, 72
 * the control message (24: one descriptor), 96 the first bytes of the message; the rest of it is
 * cut off. EOF: exit status 0; what should not be: 125.
 */
__asm__(".pushsection .rodata.stub_template,\"a\"\n"
	".balign 16\n"
	".globl stub_template, stub_template_literals\n"
	".hidden stub_template, stub_template_literals\n"
	"stub_template:\n"
	"	leaq	-128(%rsp), %rsp\n"
	"	pushfq\n"
	"	subq	$112, %rsp\n"
	"1:	xorl	%eax, %eax\n"
	"	movq	%rax, 0(%rsp)\n" /* msg_name */
	"	movq	%rax, 8(%rsp)\n"
	"	leaq	56(%rsp), %rdx\n"
	"	movq	%rdx, 16(%rsp)\n" /* msg_iov */
	"	movq	$1, 24(%rsp)\n"
	"	leaq	72(%rsp), %rdx\n"
	"	movq	%rdx, 32(%rsp)\n" /* msg_control */
	"	movq	$24, 40(%rsp)\n"
	"	movq	%rax, 48(%rsp)\n"
	"	leaq	96(%rsp), %rdx\n"
	"	movq	%rdx, 56(%rsp)\n" /* iov_base */
	"	movq	$4, 64(%rsp)\n"
	"	movl	%eax, 72(%rsp)\n" /* cmsg_len: none yet */
	"	movl	8f+72(%rip), %edi\n"
	"	movq	%rsp, %rsi\n"
	"	movl	$0x40000000, %edx\n" /* MSG_CMSG_CLOEXEC */
	"	movl	$47, %eax\n"	     /* recvmsg */
	"	syscall\n"
	"	cmpq	$-4, %rax\n" /* EINTR */
	"	je	1b\n"
	"	xorl	%edi, %edi\n"
	"	testq	%rax, %rax\n"
	"	jz	7f\n"
	"	js	6f\n"
	"	cmpl	$20, 72(%rsp)\n"
	"	jne	6f\n"
	"	movl	8f+76(%rip), %esi\n" /* targets */
	"	testl	%esi, %esi\n"
	"	js	2f\n"
	"	movl	88(%rsp), %edi\n"
	"	xorl	%edx, %edx\n"
	"	movl	$292, %eax\n" /* dup3 */
	"	syscall\n"
	"	testl	%eax, %eax\n"
	"	js	6f\n"
	"2:	movl	8f+80(%rip), %esi\n"
	"	testl	%esi, %esi\n"
	"	js	3f\n"
	"	movl	88(%rsp), %edi\n"
	"	xorl	%edx, %edx\n"
	"	movl	$292, %eax\n"
	"	syscall\n"
	"	testl	%eax, %eax\n"
	"	js	6f\n"
	"3:	movl	8f+84(%rip), %esi\n"
	"	testl	%esi, %esi\n"
	"	js	4f\n"
	"	movl	88(%rsp), %edi\n"
	"	xorl	%edx, %edx\n"
	"	movl	$292, %eax\n"
	"	syscall\n"
	"	testl	%eax, %eax\n"
	"	js	6f\n"
	"4:	movl	88(%rsp), %edi\n"
	"	movl	$3, %eax\n" /* close */
	"	syscall\n"
	"	movl	8f+72(%rip), %edi\n"
	"	movl	$3, %eax\n"
	"	syscall\n"
	"	movl	$2, %edi\n" /* SIG_SETMASK */
	"	leaq	8f+64(%rip), %rsi\n"
	"	xorl	%edx, %edx\n"
	"	movl	$8, %r10d\n"
	"	movl	$14, %eax\n" /* rt_sigprocmask */
	"	syscall\n"
	"	addq	$112, %rsp\n"
	"	popfq\n"
	"	leaq	128(%rsp), %rsp\n"
	"	movq	8f+0(%rip), %rdi\n"
	"	movq	8f+8(%rip), %rsi\n"
	"	movq	8f+16(%rip), %rdx\n"
	"	movq	8f+24(%rip), %r10\n"
	"	movq	8f+32(%rip), %r8\n"
	"	movq	8f+40(%rip), %r9\n"
	"	movq	8f+48(%rip), %rax\n"
	"	jmpq	*8f+56(%rip)\n"
	"6:	movl	$125, %edi\n"
	"7:	movl	$231, %eax\n" /* exit_group */
	"	syscall\n"
	"	ud2\n"
	".balign 8\n"
	"stub_template_literals:\n"
	"8:	.fill	88, 1, 0\n"
	".popsection\n");

_Static_assert(sizeof(struct literals) == 88, "as the code has it");

uintptr_t stub_frame(const struct stub_registers *registers, size_t *size)
{
	*size = 8 + 112; /* the flags, and the frame */
	return registers->user.rsp - 128 - *size;
}

int stub_ask_page(pid_t pid, const struct stub_registers *registers, unsigned int attempt)
{
	struct user_regs_struct user = registers->user;

	if (attempt > 0)
		return -ENOMEM;
	/* The kernel reads number and arguments again after this stop. */
	user.orig_rax = SYS_mmap;
	user.rdi = 0;
	user.rsi = STUB_PAGE;
	user.rdx = PROT_READ | PROT_EXEC;
	user.r10 = MAP_PRIVATE | MAP_ANONYMOUS;
	user.r8 = (uint64_t)-1;
	user.r9 = 0;
	return trace_set_registers(pid, &user, sizeof(user));
}

int stub_get_page(pid_t pid, const struct stub_registers *registers, uintptr_t *page)
{
	struct user_regs_struct user;
	int error = trace_get_registers(pid, &user, sizeof(user));

	if (error < 0)
		return error;
	if (user.rax > (uint64_t)-4096)
		return (int)(int64_t)user.rax;
	*page = user.rax;
	return 0;
}

int stub_plant(pid_t pid, const struct stub_registers *registers, uintptr_t page,
	       const struct stub_handover *handover)
{
	size_t code = (size_t)(stub_template_literals - stub_template);
	const struct user_regs_struct *user = &registers->user;
	struct literals literals = { user->rdi,	     user->rsi,
				     user->rdx,	     user->r10,
				     user->r8,	     user->r9,
				     user->orig_rax, user->rip - stub_syscall_size,
				     *handover };
	struct user_regs_struct there = *user;
	int error = trace_write(pid, page, stub_template, code);

	if (error == 0)
		error = trace_write(pid, page + code, &literals, sizeof(literals));
	there.rip = page;
	there.rax = 0;
	there.orig_rax = (uint64_t)-1; /* no system call to be restarted */
	return error < 0 ? error : trace_set_registers(pid, &there, sizeof(there));
}
#endif

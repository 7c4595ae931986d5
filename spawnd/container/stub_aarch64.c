/* SPDX-License-Identifier: ISC */
/*
 * The stub for aarch64, and the registers it needs. The code is never executed in this process: it
 * is a template, copied into the page with the literals at its end filled in.
 *
 * A system call keeps every register but x0, and the flags, and code that issues one may count on
 * it. So the stub uses no register that it cannot load again from its literals, sets no flags, and
 * goes back by a branch that needs no register: the page must be within 128 MiB of the program's
 * svc.
 */
#if defined(__aarch64__) && !defined(__AARCH64EB__)
#include "container/stub.h"

#include "container/trace.h"

#include <elf.h>
#include <errno.h>
#include <linux/audit.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#ifndef NT_ARM_SYSTEM_CALL
#define NT_ARM_SYSTEM_CALL 0x404 /* 3.18 */
#endif
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000 /* 4.17 */
#endif

const bool stub_exists = true;
const uint32_t stub_architecture = AUDIT_ARCH_AARCH64;

#define BRANCH_REACH (INT64_C(1) << 27) /* of B: a signed 26-bit number of words */
#define ATTEMPT_STEP (INT64_C(4) << 20)

const uint32_t stub_syscall = 0xd4000001; /* svc #0 */
const unsigned int stub_syscall_size = 4;

/* Behind the code. */
struct literals {
	uint64_t x[6], x8;
	struct stub_handover handover;
};

/* Hidden: found by their distance, not through a table that the linker might share. */
extern const char stub_template[] __attribute__((visibility("hidden")));
extern const char stub_template_literals[] __attribute__((visibility("hidden")));
extern const char stub_template_back[] __attribute__((visibility("hidden")));

/*
 * Frame: 0 struct msghdr (56 bytes), 56 struct iovec, 72 the control message (24: one descriptor),
 * 96 the first bytes of the message; the rest of it is cut off. EOF: exit status 0; what should not
 * be: 125. (AAPCS64 has no red zone.)
 */
__asm__(".pushsection .rodata.stub_template,\"a\"\n"
	".balign 16\n"
	".globl stub_template, stub_template_literals, stub_template_back\n"
	".hidden stub_template, stub_template_literals, stub_template_back\n"
	"stub_template:\n"
	"	sub	sp, sp, #112\n"
	"1:	stp	xzr, xzr, [sp]\n" /* msg_name */
	"	add	x0, sp, #56\n"
	"	mov	x1, #1\n"
	"	stp	x0, x1, [sp, #16]\n" /* msg_iov */
	"	add	x0, sp, #72\n"
	"	mov	x1, #24\n"
	"	stp	x0, x1, [sp, #32]\n" /* msg_control */
	"	str	xzr, [sp, #48]\n"
	"	add	x0, sp, #96\n"
	"	mov	x1, #4\n"
	"	str	x0, [sp, #56]\n" /* iov_base */
	"	str	x1, [sp, #64]\n"
	"	str	wzr, [sp, #72]\n" /* cmsg_len: none yet */
	"	ldr	w0, 8f+64\n"
	"	mov	x1, sp\n"
	"	mov	w2, #0x40000000\n" /* MSG_CMSG_CLOEXEC */
	"	mov	x8, #212\n"	   /* recvmsg */
	"	svc	#0\n"
	"	add	x1, x0, #4\n" /* EINTR */
	"	cbz	x1, 1b\n"
	"	cbz	x0, 7f\n"
	"	tbnz	x0, #63, 6f\n"
	"	ldr	w1, [sp, #72]\n"
	"	sub	w1, w1, #20\n"
	"	cbnz	w1, 6f\n"
	"	ldr	w1, 8f+68\n" /* targets */
	"	tbnz	w1, #31, 2f\n"
	"	ldr	w0, [sp, #88]\n"
	"	mov	x2, #0\n"
	"	mov	x8, #24\n" /* dup3 */
	"	svc	#0\n"
	"	tbnz	x0, #63, 6f\n"
	"2:	ldr	w1, 8f+72\n"
	"	tbnz	w1, #31, 3f\n"
	"	ldr	w0, [sp, #88]\n"
	"	mov	x2, #0\n"
	"	mov	x8, #24\n"
	"	svc	#0\n"
	"	tbnz	x0, #63, 6f\n"
	"3:	ldr	w1, 8f+76\n"
	"	tbnz	w1, #31, 4f\n"
	"	ldr	w0, [sp, #88]\n"
	"	mov	x2, #0\n"
	"	mov	x8, #24\n"
	"	svc	#0\n"
	"	tbnz	x0, #63, 6f\n"
	"4:	ldr	w0, [sp, #88]\n"
	"	mov	x8, #57\n" /* close */
	"	svc	#0\n"
	"	ldr	w0, 8f+64\n"
	"	mov	x8, #57\n"
	"	svc	#0\n"
	"	mov	x0, #2\n" /* SIG_SETMASK */
	"	adr	x1, 8f+56\n"
	"	mov	x2, #0\n"
	"	mov	x3, #8\n"
	"	mov	x8, #135\n" /* rt_sigprocmask */
	"	svc	#0\n"
	"	add	sp, sp, #112\n"
	"	ldr	x0, 8f+0\n"
	"	ldr	x1, 8f+8\n"
	"	ldr	x2, 8f+16\n"
	"	ldr	x3, 8f+24\n"
	"	ldr	x4, 8f+32\n"
	"	ldr	x5, 8f+40\n"
	"	ldr	x8, 8f+48\n"
	"stub_template_back:\n"
	"	b	.\n" /* to the program's own svc: filled in */
	"6:	mov	x0, #125\n"
	"7:	mov	x8, #94\n" /* exit_group; x0 is 0 at the end of file */
	"	svc	#0\n"
	"	brk	#1\n"
	".balign 8\n"
	"stub_template_literals:\n"
	"8:	.fill	80, 1, 0\n"
	".popsection\n");

_Static_assert(sizeof(struct literals) == 80, "as the code has it");

/*
 * Above and below the svc in turn, further and further away: where the program has nothing mapped.
 */
static uint64_t place(const struct stub_registers *registers, unsigned int attempt)
{
	int64_t away = (int64_t)(attempt / 2 + 1) * ATTEMPT_STEP;
	uint64_t pc = registers->user.pc & ~(uint64_t)0xffff;

	if (away >= BRANCH_REACH - ATTEMPT_STEP)
		return 0;
	if (attempt % 2 == 0)
		return pc + (uint64_t)away;
	return pc > (uint64_t)away + 0x10000 ? pc - (uint64_t)away : pc + (uint64_t)away + 0x10000;
}

uintptr_t stub_frame(const struct stub_registers *registers, size_t *size)
{
	*size = 112;
	return registers->user.sp - *size;
}

int stub_ask_page(pid_t pid, const struct stub_registers *registers, unsigned int attempt)
{
	struct user_regs_struct user = registers->user;
	int call = SYS_mmap, error;
	struct iovec part = { &call, sizeof(call) };

	user.regs[0] = place(registers, attempt);
	if (user.regs[0] == 0)
		return -ENOMEM;
	user.regs[1] = STUB_PAGE;
	user.regs[2] = PROT_READ | PROT_EXEC;
	user.regs[3] = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
	user.regs[4] = (uint64_t)-1;
	user.regs[5] = 0;
	error = trace_set_registers(pid, &user, sizeof(user));
	if (error < 0)
		return error;
	return (int)trace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, (uintptr_t)&part);
}

int stub_get_page(pid_t pid, const struct stub_registers *registers, uintptr_t *page)
{
	struct user_regs_struct user;
	int64_t away;
	int error = trace_get_registers(pid, &user, sizeof(user));

	if (error < 0)
		return error;
	if (user.regs[0] > (uint64_t)-4096 && (int64_t)user.regs[0] != -EEXIST)
		return (int)(int64_t)user.regs[0];
	*page = user.regs[0];
	away = (int64_t)(*page - registers->user.pc);
	/* A kernel before 4.17 takes the flag for a hint, and may have gone elsewhere. */
	if ((int64_t)user.regs[0] > 0 && away > STUB_PAGE - BRANCH_REACH &&
	    away < BRANCH_REACH - STUB_PAGE)
		return 0;
	user = registers->user;
	user.pc -= stub_syscall_size;
	error = trace_set_registers(pid, &user, sizeof(user));
	return error < 0 ? error : -EAGAIN;
}

int stub_plant(pid_t pid, const struct stub_registers *registers, uintptr_t page,
	       const struct stub_handover *handover)
{
	size_t code = (size_t)(stub_template_literals - stub_template);
	size_t back = (size_t)(stub_template_back - stub_template);
	const struct user_regs_struct *user = &registers->user;
	struct user_regs_struct there = *user;
	struct literals literals = { .x8 = user->regs[8], .handover = *handover };
	int64_t away = (int64_t)(user->pc - stub_syscall_size - (page + back));
	uint32_t branch = 0x14000000u | ((uint32_t)(away / 4) & 0x03ffffffu);
	char bytes[512];
	int error;

	if (code > sizeof(bytes))
		return -E2BIG;
	memcpy(literals.x, user->regs, sizeof(literals.x));
	memcpy(bytes, stub_template, code);
	memcpy(bytes + back, &branch, sizeof(branch));
	error = trace_write(pid, page, bytes, code);
	if (error == 0)
		error = trace_write(pid, page + code, &literals, sizeof(literals));
	there.pc = page;
	return error < 0 ? error : trace_set_registers(pid, &there, sizeof(there));
}
#endif

/* SPDX-License-Identifier: ISC */
/*
 * Maps the gate and calls through it. Used by the zygote from its start as host root, and by its
 * children until they execute the program or call gate_close(). It decides nothing: what the gate
 * lets through is the filter's affair.
 */
#include "base/gate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CODE_OFFSET 0x400 /* a call through a null pointer meets a trap, not the code */

/*
 * long code(long number, long a, long b, long c, long d, long e, long f), position-independent.
 * gate_code_after: what the instruction pointer is when the kernel has the call.
 */
#if defined(__x86_64__) && !defined(__ILP32__)
#define TRAP 0xcc /* int3 */
__asm__(".pushsection .rodata\n"
	"gate_code:\n"
	"	endbr64\n"
	"	movq %rdi, %rax\n"
	"	movq %rsi, %rdi\n"
	"	movq %rdx, %rsi\n"
	"	movq %rcx, %rdx\n"
	"	movq %r8, %r10\n"
	"	movq %r9, %r8\n"
	"	movq 8(%rsp), %r9\n"
	"	syscall\n"
	"gate_code_after:\n"
	"	ret\n"
	"gate_code_end:\n"
	".popsection\n");
#elif defined(__aarch64__)
#define TRAP 0x00 /* udf #0 */
__asm__(".pushsection .rodata\n"
	".balign 4\n"
	"gate_code:\n"
	"	hint #34\n" /* bti c */
	"	mov x8, x0\n"
	"	mov x0, x1\n"
	"	mov x1, x2\n"
	"	mov x2, x3\n"
	"	mov x3, x4\n"
	"	mov x4, x5\n"
	"	mov x5, x6\n"
	"	svc #0\n"
	"gate_code_after:\n"
	"	ret\n"
	"gate_code_end:\n"
	".popsection\n");
#endif

#ifdef TRAP
extern const char gate_code[], gate_code_after[], gate_code_end[];
#endif

typedef long (*gate_function)(long, long, long, long, long, long, long);

/* Where the page is, once it is mapped: this is the process's own, like its memory. */
static gate_function function;
static uint32_t address;

bool gate_is_open(void)
{
	return function != NULL;
}

uint32_t gate_address(void)
{
	return address;
}

#ifdef TRAP
/* The highest page below the limit of those who may not map low addresses; -errno. */
static long place(size_t page)
{
	unsigned long limit = 0;
	FILE *file = fopen("/proc/sys/vm/mmap_min_addr", "re");
	int got = file ? fscanf(file, "%lu", &limit) : 0;

	if (file)
		fclose(file);
	if (got != 1)
		return -ENOENT;
	if (limit > 0x10000)
		limit = 0x10000;
	return limit < page ? -ERANGE : (long)(limit / page * page - page);
}

/* The page may be page 0: a null pointer to everybody else. */
__attribute__((no_sanitize("undefined"))) static int fill(char *at, size_t page)
{
	if (mmap(at, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		 0) == MAP_FAILED)
		return -errno;
	memset(at, TRAP, page);
	memcpy(at + CODE_OFFSET, gate_code, (size_t)(gate_code_end - gate_code));
	__builtin___clear_cache(at, at + page);
	return mprotect(at, page, PROT_READ | PROT_EXEC) < 0 ? -errno : 0;
}

int gate_open(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	long base = place(page);
	uintptr_t start = (uintptr_t)base + CODE_OFFSET;
	int error;

	if (base < 0)
		return (int)base;
	error = fill((char *)base, page);
	if (error < 0)
		return error;
	address = (uint32_t)(start + (uintptr_t)(gate_code_after - gate_code));
	function = (gate_function)start;
	return 0;
}

void gate_close(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (function)
		munmap((void *)((uintptr_t)function - CODE_OFFSET), page);
	function = NULL;
}
#else
int gate_open(void)
{
	return -EOPNOTSUPP;
}

void gate_close(void)
{
}
#endif

long gate_call(long number, long a, long b, long c, long d, long e, long f)
{
	int saved = errno;
	long result;

	if (function)
		return function(number, a, b, c, d, e, f);
	result = syscall(number, a, b, c, d, e, f);
	if (result >= 0)
		return result;
	result = -errno;
	errno = saved;
	return result;
}

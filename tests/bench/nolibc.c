/* SPDX-License-Identifier: ISC */
/*
 * The smallest program there is: writes one byte and ends. No C library, so what is measured with
 * it is the kernel and the server. -nostdlib -static -ffreestanding
 */
#if defined(__x86_64__)
static long call(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return result;
}
#define WRITE 1
#define EXIT 231
#elif defined(__aarch64__)
static long call(long number, long a, long b, long c)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
	return x0;
}
#define WRITE 64
#define EXIT 94
#else
#error "no system call for this machine"
#endif

void _start(void);

void _start(void)
{
	call(WRITE, 1, (long)"h", 1);
	call(EXIT, 0, 0, 0);
	for (;;)
		;
}

/* SPDX-License-Identifier: ISC */
/*
 * P1: system calls of another architecture's table: i386 by int 0x80, x32 by bit 30. A filter that
 * does not look at the architecture takes them for others. Each in a child: the filter may kill it.
 */
#define _GNU_SOURCE
#include "hostile.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __x86_64__

/* What i386 system calls point to must lie below 4 GiB. */
static struct low {
	struct sockaddr_storage nowhere;
	struct sockaddr_in there, here;
	uint32_t arguments[6];
	char byte;
} * low;

static bool low_memory(void)
{
	low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1,
		   0);
	if (low == MAP_FAILED)
		return leak_if(false, "memory below 4 GiB");
	low->there.sin_family = low->here.sin_family = AF_INET;
	low->there.sin_port = htons(VICTIM_TCP);
	low->there.sin_addr.s_addr = htonl(VICTIM_ADDRESS);
	low->here.sin_port = htons(SQUAT_TCP);
	low->byte = 'x';
	return true;
}

static uint32_t address(const void *where)
{
	return (uint32_t)(uintptr_t)where;
}

static int int80(long number, unsigned long a, unsigned long b, unsigned long c)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(a), "c"(b), "d"(c)
			 : "memory", "cc", "r8", "r9", "r10", "r11");
	return (int)result;
}

static void went(int result, const char *what)
{
	errno = result < 0 ? -result : 0;
	if (result < 0)
		leak_if(false, what);
	else
		leak_if(reaches(passed), what);
}

#define I386_SOCKETCALL 102
#define I386_BIND 361
#define I386_CONNECT 362
#define I386_LISTEN 363
#define I386_GETPID 20

static void direct_connect(void)
{
	if (!low_memory())
		return;
	int80(I386_CONNECT, (unsigned int)passed, address(&low->nowhere), 16);
	went(int80(I386_CONNECT, (unsigned int)passed, address(&low->there), 16),
	     "connect of the i386 table");
}

static void direct_listen(void)
{
	int result;

	if (!low_memory())
		return;
	int80(I386_CONNECT, (unsigned int)passed, address(&low->nowhere), 16);
	int80(I386_BIND, (unsigned int)passed, address(&low->here), 16);
	result = int80(I386_LISTEN, (unsigned int)passed, 4, 0);
	errno = result < 0 ? -result : 0;
	if (result < 0)
		leak_if(false, "listen of the i386 table");
	else
		leak_if(knocked(passed, 1500), "a client of the host is accepted");
}

static int multiplexed(int call, uint32_t b, uint32_t c, uint32_t d, uint32_t e, uint32_t f)
{
	const uint32_t all[6] = { (uint32_t)passed, b, c, d, e, f };

	memcpy(low->arguments, all, sizeof(all));
	return int80(I386_SOCKETCALL, (unsigned int)call, address(low->arguments), 0);
}

static void socketcall_connect(void)
{
	if (!low_memory())
		return;
	multiplexed(3, address(&low->nowhere), 16, 0, 0, 0);
	went(multiplexed(3, address(&low->there), 16, 0, 0, 0), "socketcall(CONNECT)");
}

static void socketcall_fastopen(void)
{
	if (!low_memory())
		return;
	multiplexed(3, address(&low->nowhere), 16, 0, 0, 0);
	went(multiplexed(11, address(&low->byte), 1, 0x20000000, address(&low->there), 16),
	     "socketcall(SENDTO, MSG_FASTOPEN)");
}

static void any_i386(void)
{
	leak_if(int80(I386_GETPID, 0, 0, 0) > 0, "getpid of the i386 table");
}

#define X32 0x40000000L

static void x32_connect(void)
{
	if (syscall(X32 | SYS_getpid) < 0) {
		leak_if(false, "getpid by an x32 number");
		return;
	}
	if (!low_memory())
		return;
	syscall(X32 | SYS_connect, passed, &low->nowhere, 16);
	if (syscall(X32 | SYS_connect, passed, &low->there, 16) < 0)
		leak_if(false, "connect by an x32 number");
	else
		leak_if(reaches(passed), "connect by an x32 number");
}

static void run_direct_connect(void)
{
	in_child(direct_connect);
}
static void run_direct_listen(void)
{
	in_child(direct_listen);
}
static void run_socketcall_connect(void)
{
	in_child(socketcall_connect);
}
static void run_socketcall_fastopen(void)
{
	in_child(socketcall_fastopen);
}
static void run_any_i386(void)
{
	in_child(any_i386);
}
static void run_x32_connect(void)
{
	in_child(x32_connect);
}

const struct probe foreign_probes[] = {
	{ "i386-connect", "P1", ON_TCP, run_direct_connect, "needs IA32_EMULATION" },
	{ "i386-bind-listen", "P1", ON_TCP, run_direct_listen, "needs IA32_EMULATION" },
	{ "socketcall-connect", "P1", ON_TCP, run_socketcall_connect, "needs IA32_EMULATION" },
	{ "socketcall-fastopen", "P1", ON_TCP, run_socketcall_fastopen, "needs IA32_EMULATION" },
	{ "i386-any", "P1", ON_ANY, run_any_i386, "needs IA32_EMULATION" },
	{ "x32-connect", "P1", ON_TCP, run_x32_connect, "needs X86_X32_ABI" },
	{ NULL, NULL, 0, NULL, NULL },
};

#else

const struct probe foreign_probes[] = { { NULL, NULL, 0, NULL, NULL } };

#endif

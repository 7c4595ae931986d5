/* SPDX-License-Identifier: ISC */
/* P1: the same by io_uring, whose operations pass no system call table (and no seccomp filter). */
#define _GNU_SOURCE
#include "hostile.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* include/uapi/linux/io_uring.h, which musl does not bring along. */
#define SETUP 425
#define ENTER 426
#define OP_SENDMSG 9
#define OP_CONNECT 16
#define OP_OPENAT 18
#define OP_SEND 26
#define OP_SOCKET 45
#define OP_URING_CMD 46
#define OP_BIND 56
#define OP_LISTEN 57
#define CMD_SETSOCKOPT 3
#define GETEVENTS 1

struct entry {
	uint8_t opcode, flags;
	uint16_t ioprio;
	int32_t fd;
	uint64_t off, addr;
	uint32_t len, op_flags;
	uint64_t user_data;
	uint16_t buf_index, personality;
	int32_t file_index; /* or the length of an option's value */
	uint64_t addr3, pad;
};

struct sq_offsets {
	uint32_t head, tail, ring_mask, ring_entries, flags, dropped, array, resv;
	uint64_t user_addr;
};

struct cq_offsets {
	uint32_t head, tail, ring_mask, ring_entries, overflow, cqes, flags, resv;
	uint64_t user_addr;
};

struct completion {
	uint64_t user_data;
	int32_t result;
	uint32_t flags;
};

struct params {
	uint32_t sq_entries, cq_entries, flags, thread_cpu, thread_idle, features, wq_fd, resv[3];
	struct sq_offsets sq;
	struct cq_offsets cq;
};

static struct {
	int fd;
	struct params params;
	char *sq, *cq;
	struct entry *entries;
} ring;

static bool make(void)
{
	size_t sq_size, cq_size;

	memset(&ring.params, 0, sizeof(ring.params));
	ring.fd = (int)syscall(SETUP, 4, &ring.params);
	if (ring.fd < 0)
		return leak_if(false, "io_uring_setup");
	sq_size = ring.params.sq.array + ring.params.sq_entries * sizeof(uint32_t);
	cq_size = ring.params.cq.cqes + ring.params.cq_entries * sizeof(struct completion);
	ring.sq = mmap(NULL, sq_size, PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd, 0);
	ring.cq = mmap(NULL, cq_size, PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd, 0x8000000);
	ring.entries = mmap(NULL, ring.params.sq_entries * sizeof(struct entry),
			    PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd, 0x10000000);
	if (ring.sq == MAP_FAILED || ring.cq == MAP_FAILED || ring.entries == MAP_FAILED)
		return leak_if(false, "the ring's memory");
	return true;
}

/* One operation, waited for. Its result, or -errno. */
static int operate(const struct entry *entry)
{
	uint32_t *tail = (uint32_t *)(void *)(ring.sq + ring.params.sq.tail);
	uint32_t *array = (uint32_t *)(void *)(ring.sq + ring.params.sq.array);
	uint32_t *head = (uint32_t *)(void *)(ring.cq + ring.params.cq.head);
	uint32_t *done = (uint32_t *)(void *)(ring.cq + ring.params.cq.tail);
	uint32_t mask = *(uint32_t *)(void *)(ring.cq + ring.params.cq.ring_mask);
	uint32_t slot = *tail % ring.params.sq_entries;
	const struct completion *completions =
		(const struct completion *)(const void *)(ring.cq + ring.params.cq.cqes);
	int result;

	ring.entries[slot] = *entry;
	array[slot] = slot;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(ENTER, ring.fd, 1, 1, GETEVENTS, NULL, 0) < 0)
		return -errno;
	if (__atomic_load_n(done, __ATOMIC_ACQUIRE) == *head)
		return -EAGAIN;
	result = completions[*head & mask].result;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return result;
}

static int ring_connect(const void *address, size_t length)
{
	struct entry entry = { .opcode = OP_CONNECT, .fd = passed, .off = length };

	entry.addr = (uint64_t)(uintptr_t)address;
	return operate(&entry);
}

static void ring_unaim(void)
{
	static struct sockaddr_storage nowhere; /* AF_UNSPEC */

	ring_connect(&nowhere, sizeof(struct sockaddr_in));
}

static struct sockaddr_in there(unsigned int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	address.sin_addr.s_addr = htonl(port == SQUAT_TCP ? INADDR_ANY : VICTIM_ADDRESS);
	return address;
}

static void went(int result, const char *what)
{
	errno = result < 0 ? -result : 0;
	if (result < 0)
		leak_if(false, what);
	else
		leak_if(reaches(passed), what);
}

static void ring_reaim(void)
{
	struct sockaddr_in address = there(VICTIM_TCP);

	if (!make())
		return;
	ring_unaim();
	went(ring_connect(&address, sizeof(address)), "CONNECT in a ring");
}

static void ring_send(void)
{
	struct sockaddr_in address = there(VICTIM_TCP);
	char byte = 'x';
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_name = &address, .msg_namelen = sizeof(address) };
	struct entry entry = { .opcode = OP_SENDMSG, .fd = passed, .len = 1 };

	if (!make())
		return;
	message.msg_iov = &part;
	message.msg_iovlen = 1;
	entry.addr = (uint64_t)(uintptr_t)&message;
	entry.op_flags = 0x20000000; /* MSG_FASTOPEN */
	ring_unaim();
	went(operate(&entry), "SENDMSG(MSG_FASTOPEN) in a ring");
}

static void ring_listen(void)
{
	struct sockaddr_in address = there(SQUAT_TCP);
	struct entry entry = { .opcode = OP_BIND, .fd = passed, .off = sizeof(address) };
	int result;

	if (!make())
		return;
	entry.addr = (uint64_t)(uintptr_t)&address;
	ring_unaim();
	operate(&entry);
	entry = (struct entry){ .opcode = OP_LISTEN, .fd = passed, .len = 4 };
	result = operate(&entry);
	errno = result < 0 ? -result : 0;
	if (result < 0)
		leak_if(false, "LISTEN in a ring");
	else
		leak_if(knocked(passed, 1500), "a client of the host is accepted");
}

static void ring_socket(void)
{
	struct entry entry = { .opcode = OP_SOCKET, .fd = AF_NETLINK, .off = SOCK_RAW };
	int result;

	if (!make())
		return;
	result = operate(&entry);
	errno = result < 0 ? -result : 0;
	leak_if(result >= 0, "SOCKET in a ring");
}

static void ring_option(void)
{
	int value = 1 << 20, before = 0, after = 0;
	socklen_t length = sizeof(before);
	struct entry entry = { .opcode = OP_URING_CMD, .fd = passed, .off = CMD_SETSOCKOPT };
	int result;

	if (!make())
		return;
	getsockopt(passed, SOL_SOCKET, SO_SNDBUF, &before, &length);
	entry.addr = SOL_SOCKET | (uint64_t)SO_SNDBUF << 32; /* level, optname */
	entry.file_index = sizeof(value);		     /* optlen */
	entry.addr3 = (uint64_t)(uintptr_t)&value;	     /* optval */
	result = operate(&entry);
	getsockopt(passed, SOL_SOCKET, SO_SNDBUF, &after, &length);
	errno = result < 0 ? -result : 0;
	leak_if(result >= 0 && after != before, "SETSOCKOPT in a ring");
}

static void ring_open(void)
{
	struct entry entry = { .opcode = OP_OPENAT, .fd = AT_FDCWD };
	int result;

	if (!make())
		return;
	entry.addr = (uint64_t)(uintptr_t) "/";
	result = operate(&entry);
	errno = result < 0 ? -result : 0;
	leak_if(result >= 0, "OPENAT in a ring: unseen by any filter");
}

const struct probe ring_probes[] = {
	{ "uring-connect", "P1", ON_TCP, ring_reaim, NULL },
	{ "uring-fastopen", "P1", ON_TCP, ring_send, NULL },
	{ "uring-bind-listen", "P1", ON_TCP, ring_listen, "BIND and LISTEN came with 6.11" },
	{ "uring-socket", "P1", ON_ANY, ring_socket, "SOCKET came with 5.19" },
	{ "uring-setsockopt", "P1", ON_ANY, ring_option, "SETSOCKOPT came with 6.7" },
	{ "uring-open", "P1", ON_ANY, ring_open, NULL },
	{ NULL, NULL, 0, NULL, NULL },
};

/* SPDX-License-Identifier: ISC */
/*
 * The payload of the tests of the guard: descriptor 0 is an accepted TCP connection; it is turned
 * against 127.0.0.1 in the one way that the first word names, and what the calls said goes to
 * descriptor 2 as "WAY: RESULT". Whether anything arrived is told by the other side:
 *
 *	reaim WAY [PORT]		one of the ways below
 *	reaim unsealed COMMAND...	(on the host) executes it where no filter can be installed,
 *					and the kernel says that it was
 *	reaim victim PORT FILE		(on the host) a line in FILE for each connection at the port
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/io_uring.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef MSG_FASTOPEN
#define MSG_FASTOPEN 0x20000000
#endif
#define WAIT_MS 300

static const char *way;

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	char line[256];
	int length = snprintf(line, sizeof(line), "%s: ", way);
	va_list arguments;

	va_start(arguments, format);
	length += vsnprintf(line + length, sizeof(line) - (size_t)length - 1, format, arguments);
	va_end(arguments);
	line[length++] = '\n';
	if (write(2, line, (size_t)length) < 0)
		exit(1);
}

static void result(const char *call, long value)
{
	say("%s %s", call, value < 0 ? strerrorname_np(errno) : "ok");
}

/* 127.0.0.1 or, where the connection is an IPv6 one, ::1. */
struct target {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	};
	socklen_t length;
};

static struct target loopback(int port)
{
	struct target own = { .length = sizeof(own.v6) }, target = { .length = sizeof(target.v4) };

	getsockname(0, &own.any, &own.length);
	target.v4 = (struct sockaddr_in){ .sin_family = AF_INET,
					  .sin_port = htons((uint16_t)port),
					  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (own.any.sa_family != AF_INET6)
		return target;
	target.v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6,
					   .sin6_port = htons((uint16_t)port),
					   .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	target.length = sizeof(target.v6);
	return target;
}

static void disconnect(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	result("disconnect", connect(0, &none, sizeof(none)));
	fcntl(0, F_SETFL, O_RDWR | O_NONBLOCK);
}

/* Whether the handshake came to an end. */
static void wait_connected(void)
{
	struct pollfd polled = { .fd = 0, .events = POLLOUT };
	int error = 0;
	socklen_t size = sizeof(error);

	poll(&polled, 1, WAIT_MS);
	getsockopt(0, SOL_SOCKET, SO_ERROR, &error, &size);
	say("connected %s",
	    polled.revents & POLLOUT && !(polled.revents & (POLLERR | POLLHUP)) ? "yes" : "no");
}

static void aim(int port)
{
	struct target to = loopback(port);

	disconnect();
	result("connect", connect(0, &to.any, to.length));
	wait_connected();
}

static void fast_open(int port)
{
	struct target to = loopback(port);
	char byte = 'x';
	struct iovec bytes = { &byte, 1 };
	struct mmsghdr message = { .msg_hdr = { .msg_name = &to.any,
						.msg_namelen = to.length,
						.msg_iov = &bytes,
						.msg_iovlen = 1 } };
	const char *call = strchr(way, '-') + 1;

	disconnect();
	if (strcmp(call, "sendto") == 0)
		result(call, sendto(0, "x", 1, MSG_FASTOPEN, &to.any, to.length));
	else if (strcmp(call, "sendmsg") == 0)
		result(call, sendmsg(0, &message.msg_hdr, MSG_FASTOPEN));
	else
		result(call, syscall(SYS_sendmmsg, 0, &message, 1, MSG_FASTOPEN));
	wait_connected();
}

/* Says its port, and waits for somebody to come. */
static void listen_at(int port, int backlog)
{
	struct target own = loopback(port);
	struct pollfd polled = { .fd = 0, .events = POLLIN };

	disconnect();
	if (port)
		result("bind", bind(0, &own.any, own.length));
	result("listen", listen(0, backlog));
	getsockname(0, &own.any, &own.length);
	say("port %d", ntohs(own.v4.sin_port));
	poll(&polled, 1, 10000);
	result("accept", accept(0, NULL, NULL));
}

/* The peer resets it: bind(2) works then without a disconnect. */
static void bind_after_reset(int port)
{
	struct target own = loopback(port);
	struct pollfd polled = { .fd = 0, .events = POLLIN };

	poll(&polled, 1, 5000);
	result("bind", bind(0, &own.any, own.length));
}

/* connect(2) by a ring, which is no system call of that name. */
static void ring_connect(int port)
{
	struct io_uring_params params = { 0 };
	struct target to = loopback(port);
	long ring = syscall(SYS_io_uring_setup, 4, &params);
	struct io_uring_sqe *entries;
	struct io_uring_cqe *done;
	unsigned char *sq, *cq;
	unsigned int *array;

	result("io_uring_setup", ring);
	if (ring < 0)
		return;
	disconnect();
	sq = mmap(NULL, params.sq_off.array + params.sq_entries * 4, PROT_READ | PROT_WRITE,
		  MAP_SHARED, (int)ring, IORING_OFF_SQ_RING);
	cq = mmap(NULL, params.cq_off.cqes + params.cq_entries * sizeof(*done),
		  PROT_READ | PROT_WRITE, MAP_SHARED, (int)ring, IORING_OFF_CQ_RING);
	entries = mmap(NULL, params.sq_entries * sizeof(*entries), PROT_READ | PROT_WRITE,
		       MAP_SHARED, (int)ring, (off_t)IORING_OFF_SQES);
	entries[0] = (struct io_uring_sqe){
		.opcode = IORING_OP_CONNECT, .fd = 0, .addr = (uintptr_t)&to, .off = sizeof(to)
	};
	array = (unsigned int *)(void *)(sq + params.sq_off.array);
	array[0] = 0;
	__atomic_store_n((unsigned int *)(void *)(sq + params.sq_off.tail), 1, __ATOMIC_RELEASE);
	fcntl(0, F_SETFL, O_RDWR);
	alarm(2);
	result("enter", syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0));
	done = (struct io_uring_cqe *)(void *)(cq + params.cq_off.cqes);
	errno = -done->res;
	result("connect", done->res);
}

/* socketcall(2) of the 32-bit table: no number of ours is called. */
static void old_connect(int port)
{
#ifdef __x86_64__
	struct block {
		uint32_t arguments[3];
		struct target to;
	} *block = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT,
			-1, 0);
	long value;

	if (block == MAP_FAILED) {
		result("mmap", -1);
		return;
	}
	disconnect();
	block->to = loopback(port);
	block->arguments[0] = 0;
	block->arguments[1] = (uint32_t)(uintptr_t)&block->to.any;
	block->arguments[2] = loopback(port).length;
	__asm__ volatile("int $0x80"
			 : "=a"(value)
			 : "a"(102L), "b"(3L), "c"((long)(uintptr_t)block->arguments)
			 : "memory", "r8", "r9", "r10", "r11");
	value = (int32_t)value; /* the upper half is zero */
	errno = (int)-value;
	result("connect", value);
	wait_connected();
#else
	aim(port);
#endif
}

/* Dies if there is no table of 32-bit calls. */
static void old_probe(int port)
{
#ifdef __x86_64__
	long value;

	(void)port;
	__asm__ volatile("int $0x80" : "=a"(value) : "a"(20L) : "memory", "r8", "r9", "r10", "r11");
	say("pid %ld", value);
#else
	exit(port);
#endif
}

static void interfaces(int port)
{
	char list[1024];
	struct ifconf {
		int length;
		char *bytes;
	} request = { sizeof(list), list };

	(void)port;
	result("SIOCGIFCONF", ioctl(0, 0x8912, &request));
}

/* Ends with unread bytes: the peer is owed a reset. */
static void leave_unread(int port)
{
	struct pollfd polled = { .fd = 0, .events = POLLIN };

	(void)port;
	poll(&polled, 1, 5000);
	say("leaves");
}

static void echo(int port)
{
	char bytes[4096];
	ssize_t count;

	(void)port;
	while ((count = read(0, bytes, sizeof(bytes))) > 0)
		if (write(0, bytes, (size_t)count) != count)
			break;
	say("ends");
}

/* After a second line, when the listener is gone. */
static void aim_late(int port)
{
	char bytes[256];

	if (read(0, bytes, sizeof(bytes)) > 0)
		say("waits");
	if (read(0, bytes, sizeof(bytes)) > 0)
		aim(port);
}

static void quiet_listen(int port)
{
	listen_at(port, 16);
}

static void cookie_listen(int port)
{
	listen_at(port, 0);
}

/* Sockets of its own: TCP and UDP on its own 127.0.0.1. */
static void own_network(int port)
{
	struct sockaddr_in own = { .sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(own);
	int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
	int udp = socket(AF_INET, SOCK_DGRAM, 0);

	result("bind", bind(server, (struct sockaddr *)&own, sizeof(own)));
	result("listen", listen(server, 1));
	getsockname(server, (struct sockaddr *)&own, &size);
	result("connect", connect(client, (struct sockaddr *)&own, sizeof(own)));
	result("accept", accept(server, NULL, NULL));
	own.sin_port = htons((uint16_t)port);
	result("udp", sendto(udp, "x", 1, 0, (struct sockaddr *)&own, sizeof(own)));
}

/* A kernel that lies: tests of the self-test. */
static int unsealed(char **command)
{
	const uint32_t lie = SECCOMP_RET_ERRNO; /* errno 0: success */
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SECCOMP_SET_MODE_FILTER, 4, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_SECCOMP, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, lie),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0)
		return 1;
	execvp(command[0], command);
	return 1;
}

static int victim(int port, const char *path)
{
	int fd = socket(AF_INET6, SOCK_STREAM, 0), on = 1;
	int file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	struct sockaddr_in6 own = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (file < 0 || bind(fd, (struct sockaddr *)&own, sizeof(own)) < 0 || listen(fd, 16) < 0)
		return 1;
	if (write(file, "ready\n", 6) < 0)
		return 1;
	for (;;) {
		int connection = accept(fd, NULL, NULL);

		if (connection < 0 || write(file, "arrived\n", 8) < 0)
			return 1;
		close(connection);
	}
}

static const struct {
	const char *name;
	void (*run)(int port);
} ways[] = {
	{ "connect", aim },
	{ "connect-late", aim_late },
	{ "fastopen-sendto", fast_open },
	{ "fastopen-sendmsg", fast_open },
	{ "fastopen-sendmmsg", fast_open },
	{ "listen", quiet_listen },
	{ "listen-cookies", cookie_listen },
	{ "bind-listen", quiet_listen },
	{ "bind-after-reset", bind_after_reset },
	{ "uring-connect", ring_connect },
	{ "old-connect", old_connect },
	{ "old-probe", old_probe },
	{ "own-network", own_network },
	{ "interfaces", interfaces },
	{ "leave-unread", leave_unread },
	{ "echo", echo },
};

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "victim") == 0)
		return victim(atoi(argv[2]), argv[3]);
	if (argc > 2 && strcmp(argv[1], "unsealed") == 0)
		return unsealed(argv + 2);
	way = argc > 1 ? argv[1] : "";
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (strcmp(ways[i].name, way) == 0) {
			ways[i].run(argc > 2 ? atoi(argv[2]) : 0);
			return 0;
		}
	return 100;
}

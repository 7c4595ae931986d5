/* SPDX-License-Identifier: ISC */
/*
 * Plays the program that was taken over, in a scratch container (child regime: no allocation). Its
 * connection and its victims lie in a scratch network, where it can do no harm. It says what calls
 * returned; whether anything got through is judged by the zygote.
 */
#include "container/selftest.h"

#include "wire/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef MSG_FASTOPEN
#define MSG_FASTOPEN 0x20000000
#endif
#ifndef SYS_io_uring_setup
#define SYS_io_uring_setup 425
#endif
#define HANDSHAKE_MS 5000 /* microseconds, if a processor is free; only a leak takes any */

static const struct selftest_info infos[] = {
	[SELFTEST_CONNECT] = { "connect", "connect", 1, SELFTEST_ARRIVES },
	[SELFTEST_LISTEN] = { "listen", "listen without bind", 3, SELFTEST_LETS_IN },
	[SELFTEST_BIND] = { "bind", "bind", 4, SELFTEST_SUCCEEDS },
	[SELFTEST_FASTOPEN_SENDTO] = { "fastopen-sendto", "MSG_FASTOPEN by sendto", 5,
				       SELFTEST_ARRIVES },
	[SELFTEST_FASTOPEN_SENDMSG] = { "fastopen-sendmsg", "MSG_FASTOPEN by sendmsg", 6,
					SELFTEST_ARRIVES },
	[SELFTEST_FASTOPEN_SENDMMSG] = { "fastopen-sendmmsg", "MSG_FASTOPEN by sendmmsg", 6,
					 SELFTEST_ARRIVES },
	[SELFTEST_IO_URING] = { "io-uring", "io_uring_setup", 7, SELFTEST_SUCCEEDS },
	[SELFTEST_INTERFACES] = { "interfaces", "SIOCGIFCONF", 11, SELFTEST_SUCCEEDS },
	[SELFTEST_INTERFACES_WIDE] = { "interfaces-wide", "SIOCGIFINDEX with high bits", 11,
				       SELFTEST_SUCCEEDS },
	[SELFTEST_BIND_DEVICE] = { "bind-device", "SO_BINDTODEVICE", 14, SELFTEST_SUCCEEDS },
	[SELFTEST_ABSTRACT] = { "abstract", "an abstract name of the host", 26, SELFTEST_ARRIVES },
	[SELFTEST_VSOCK] = { "vsock", "socket(AF_VSOCK)", 28, SELFTEST_SUCCEEDS },
	[SELFTEST_PACKET] = { "packet", "socket(AF_PACKET)", 0, SELFTEST_SUCCEEDS },
	[SELFTEST_INTERNET] = { "internet", "socket(AF_INET)", 0, SELFTEST_SUCCEEDS },
	[SELFTEST_NETLINK] = { "netlink", "socket(AF_NETLINK)", 0, SELFTEST_SUCCEEDS },
	[SELFTEST_CALLS_32] = { "calls-32", "connect by 32-bit calls", 8, SELFTEST_ARRIVES },
	[SELFTEST_CALLS_X32] = { "calls-x32", "connect by x32 calls", 8, SELFTEST_ARRIVES },
};
_Static_assert(sizeof(infos) / sizeof(infos[0]) == SELFTEST_PATHS, "a row for every path");

const struct selftest_info *selftest_info(enum selftest_path path)
{
	return &infos[path];
}

bool selftest_is_promised(enum selftest_path path, enum socket_seal seal)
{
	if (seal == SOCKET_SEAL_NONE)
		return false;
	/* The others leave it sockets of its own network. */
	return seal == SOCKET_SEAL_STRICT || seal == SOCKET_SEAL_RELAY ||
	       (path != SELFTEST_INTERNET && path != SELFTEST_NETLINK);
}

/* errno, or 0 for a success. */
static int code(long result)
{
	return result < 0 ? errno : 0;
}

/* The victim: an internet address in the scratch network, and an abstract name in the host's. */
struct target {
	const struct sockaddr *address;
	socklen_t length;
	const struct address *name;
};

/* Whatever it returns: a socket that never was connected needs none. */
static void disconnect(int fd)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	(void)connect(fd, &none, sizeof(none));
	fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK);
}

/* After a call that may have sent a SYN: until the victim has it. */
static int await(int fd, int error)
{
	struct pollfd polled = { .fd = fd, .events = POLLOUT };

	if (error == 0 || error == EINPROGRESS)
		poll(&polled, 1, HANDSHAKE_MS);
	return error;
}

static int try_connect(int fd, const struct target *to)
{
	disconnect(fd);
	return await(fd, code(connect(fd, to->address, to->length)));
}

static int try_fast_open(int fd, enum selftest_path path, const struct target *to)
{
	char byte = 0;
	struct iovec bytes = { &byte, 1 };
	struct mmsghdr message = { .msg_hdr = { .msg_name = (void *)(uintptr_t)to->address,
						.msg_namelen = to->length,
						.msg_iov = &bytes,
						.msg_iovlen = 1 } };
	int flags = MSG_FASTOPEN | MSG_NOSIGNAL;
	long result;

	disconnect(fd);
	if (path == SELFTEST_FASTOPEN_SENDTO)
		result = sendto(fd, &byte, 1, flags, to->address, to->length);
	else if (path == SELFTEST_FASTOPEN_SENDMSG)
		result = sendmsg(fd, &message.msg_hdr, flags);
	else
		result = syscall(SYS_sendmmsg, fd, &message, 1, flags);
	return await(fd, code(result));
}

static int try_listen(int fd, uint64_t *port)
{
	struct address own = { .length = sizeof(own.storage) };
	int error;

	disconnect(fd);
	error = code(listen(fd, 1));
	getsockname(fd, (struct sockaddr *)&own.storage, &own.length);
	*port = error == 0 ? address_port(&own) : 0;
	return error;
}

/* Any port: that of the victim may be taken. */
static int try_bind(int fd, const struct target *to)
{
	struct sockaddr_storage any = { .ss_family = to->address->sa_family };

	disconnect(fd);
	return code(bind(fd, (const struct sockaddr *)&any, to->length));
}

static int try_io_uring(void)
{
	unsigned char params[120] = { 0 }; /* struct io_uring_params */
	long ring = syscall(SYS_io_uring_setup, 1, params);

	if (ring >= 0)
		close((int)ring);
	return code(ring);
}

static int try_interfaces(int fd, bool wide)
{
	char list[512];
	struct ifconf all = { .ifc_len = sizeof(list), .ifc_buf = list };
	struct ifreq one = { .ifr_name = "lo" };

	/* The kernel sees an int where a careless filter compares 64 bits. */
	if (wide)
		return code(
			syscall(SYS_ioctl, fd, (uint64_t)SIOCGIFINDEX | (uint64_t)1 << 40, &one));
	return code(ioctl(fd, SIOCGIFCONF, &all));
}

static int try_socket(int family, int kind, int protocol)
{
	int fd = socket(family, kind | SOCK_CLOEXEC, protocol), error = code(fd);

	if (fd >= 0)
		close(fd);
	return error;
}

static int try_abstract(const struct target *to)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), error = code(fd);

	if (fd < 0)
		return error;
	error = code(connect(fd, (const struct sockaddr *)&to->name->storage, to->name->length));
	close(fd);
	return error;
}

#if defined(__x86_64__) && defined(__LP64__)
#define CONNECT_32 362 /* arch/x86/entry/syscalls/syscall_32.tbl */
#define SOCKETCALL_32 102
#define X32_BIT 0x40000000L

static long call_32(long number, long first, const void *second, long third)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(first), "c"((long)(uintptr_t)second), "d"(third)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int32_t)result; /* the upper half is zero */
}

static int connect_32(int fd, const struct target *to)
{
	struct block {
		uint32_t arguments[3];
		struct sockaddr none;
		struct sockaddr_storage victim;
	} *low = mmap(NULL, sizeof(*low), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long result;

	if (low == MAP_FAILED)
		return ENOMEM;
	memcpy(&low->victim, to->address, to->length);
	low->arguments[0] = (uint32_t)fd;
	low->arguments[1] = (uint32_t)(uintptr_t)&low->victim;
	low->arguments[2] = to->length;
	call_32(CONNECT_32, fd, &low->none, sizeof(low->none));
	result = call_32(CONNECT_32, fd, &low->victim, (long)to->length);
	if (result < 0 && result != -EINPROGRESS)
		result = call_32(SOCKETCALL_32, 3 /* SYS_CONNECT */, low->arguments, 0);
	return await(fd, (int)-result);
}

static int connect_x32(int fd, const struct target *to)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	syscall(X32_BIT | SYS_connect, fd, &none, sizeof(none));
	return await(fd, code(syscall(X32_BIT | SYS_connect, fd, to->address, to->length)));
}
#else
static int connect_32(int fd, const struct target *to)
{
	(void)fd, (void)to;
	return ENOSYS;
}

static int connect_x32(int fd, const struct target *to)
{
	return connect_32(fd, to);
}
#endif

/* The right answer to these is death, of a child. A kernel without them kills it too. */
static int try_foreign(int fd, bool x32, const struct target *to)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0)
		_exit(x32 ? connect_x32(fd, to) : connect_32(fd, to));
	if (child < 0)
		return errno;
	if (waitpid(child, &status, 0) < 0)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
}

static int try(enum selftest_path path, int fd, const struct target *to, uint64_t *port)
{
	switch (path) {
	case SELFTEST_CONNECT:
		return try_connect(fd, to);
	case SELFTEST_LISTEN:
		return try_listen(fd, port);
	case SELFTEST_BIND:
		return try_bind(fd, to);
	case SELFTEST_FASTOPEN_SENDTO:
	case SELFTEST_FASTOPEN_SENDMSG:
	case SELFTEST_FASTOPEN_SENDMMSG:
		return try_fast_open(fd, path, to);
	case SELFTEST_IO_URING:
		return try_io_uring();
	case SELFTEST_INTERFACES:
	case SELFTEST_INTERFACES_WIDE:
		return try_interfaces(fd, path == SELFTEST_INTERFACES_WIDE);
	case SELFTEST_BIND_DEVICE:
		disconnect(fd); /* only an unbound socket may, without a capability (5.7) */
		return code(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2));
	case SELFTEST_ABSTRACT:
		return try_abstract(to);
	case SELFTEST_VSOCK:
		return try_socket(AF_VSOCK, SOCK_STREAM, 0);
	case SELFTEST_PACKET:
		return try_socket(AF_PACKET, SOCK_DGRAM, 0);
	case SELFTEST_INTERNET:
		return try_socket(AF_INET, SOCK_STREAM, 0);
	case SELFTEST_NETLINK:
		return try_socket(AF_NETLINK, SOCK_RAW, 0 /* NETLINK_ROUTE */);
	case SELFTEST_CALLS_32:
	case SELFTEST_CALLS_X32:
		return try_foreign(fd, path == SELFTEST_CALLS_X32, to);
	case SELFTEST_PATHS:
		break;
	}
	return EINVAL;
}

/*
 * recv(2), not wire_receive(): where the seal denies recvmsg(2) that needs the gate, which no
 * program has. No descriptor comes this way.
 */
static bool hear(int channel, struct wire_message *message)
{
	return recv(channel, message, sizeof(*message), 0) == (ssize_t)sizeof(*message) &&
	       message->type == SELFTEST_TRY && message->size == sizeof(*message) &&
	       message->number < SELFTEST_PATHS;
}

void selftest_serve(int channel, int connection)
{
	struct wire_message message;

	while (hear(channel, &message)) {
		const struct wire_handover *where = &message.handover;
		struct target to = { (const struct sockaddr *)&where->peer.storage,
				     where->peer.length, &where->local };
		struct wire_message done = { .number = message.number };

		done.id = (uint64_t)try((enum selftest_path)message.number, connection, &to,
					&done.handover.id);
		if (wire_send(channel, SELFTEST_DONE, &done, NULL, 0, true) < 0)
			break;
	}
	_exit(0);
}

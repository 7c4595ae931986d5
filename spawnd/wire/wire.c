/* SPDX-License-Identifier: ISC */
/*
 * Sending and receiving the messages of messages.h. Every process; parked children too, so nothing
 * here allocates. The table says which channel a type belongs to and how many descriptors it
 * carries.
 */
#include "wire/wire.h"

#include "base/gate.h"

#include "base/fd.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>

/* What one small message costs a socket's send buffer: data, struct sk_buff and their rounding. */
#define MESSAGE_TRUESIZE 2304

static const struct {
	const char *name;
	enum wire_channel channel;
	unsigned int fds_min, fds_max;
} types[] = {
	[LOOP_LOG] = { "loop-log", WIRE_TO_LOOP, 0, 1 },
	[LOOP_ACCOUNTING] = { "loop-accounting", WIRE_TO_LOOP, 0, 1 },
	[LOOP_STATUS] = { "loop-status", WIRE_TO_LOOP, 0, 1 },
	[LOOP_PRESSURE] = { "loop-pressure", WIRE_TO_LOOP, 1, 1 },
	[LOOP_CONTROL] = { "loop-control", WIRE_TO_LOOP, 1, 1 },
	[LOOP_CONFIG] = { "loop-config", WIRE_TO_LOOP, 1, 1 },
	[LOOP_LISTENER] = { "loop-listener", WIRE_TO_LOOP, 1, 1 },
	[LOOP_ZYGOTE] = { "loop-zygote", WIRE_TO_LOOP, 1, 1 },
	[LOOP_RELAY] = { "loop-relay", WIRE_TO_LOOP, 1, 1 },
	[LOOP_COMMIT] = { "loop-commit", WIRE_TO_LOOP, 0, 0 },
	[LOOP_ABORT] = { "loop-abort", WIRE_TO_LOOP, 0, 0 },
	[LOOP_DRAIN] = { "loop-drain", WIRE_TO_LOOP, 0, 0 },
	[LOOP_STOP] = { "loop-stop", WIRE_TO_LOOP, 0, 0 },
	[LOOP_RELOADED] = { "loop-reloaded", WIRE_TO_LOOP, 0, 1 },
	[WARDEN_READY] = { "warden-ready", WIRE_FROM_LOOP, 0, 0 },
	[WARDEN_FAILED] = { "warden-failed", WIRE_FROM_LOOP, 0, 0 },
	[WARDEN_REOPEN] = { "warden-reopen", WIRE_FROM_LOOP, 0, 0 },
	[WARDEN_ROTATE] = { "warden-rotate", WIRE_FROM_LOOP, 0, 0 },
	[WARDEN_RELOAD] = { "warden-reload", WIRE_FROM_LOOP, 0, 0 },
	[ZYGOTE_ASSIGN] = { "zygote-assign", WIRE_TO_ZYGOTE, 1, 2 },
	[ZYGOTE_ARENA] = { "zygote-arena", WIRE_TO_ZYGOTE, 2, 2 },
	[ZYGOTE_LINK] = { "zygote-link", WIRE_TO_ZYGOTE, 1, 1 },
	[RELAY_ASSIGN] = { "relay-assign", WIRE_TO_RELAY, 0, 0 },
	[RELAY_LINK] = { "relay-link", WIRE_TO_RELAY, 1, 1 },
	[LINK_WANT] = { "link-want", WIRE_LINK_DOWN, 0, 0 },
	[LINK_TAKEN] = { "link-taken", WIRE_LINK_DOWN, 0, 0 },
	[LINK_KILL] = { "link-kill", WIRE_LINK_DOWN, 0, 0 },
	[LINK_DRAIN] = { "link-drain", WIRE_LINK_DOWN, 0, 0 },
	[LINK_READY] = { "link-ready", WIRE_LINK_UP, 0, 0 },
	[LINK_PARKED] = { "link-parked", WIRE_LINK_UP, 1, 4 },
	[LINK_RUNNING] = { "link-running", WIRE_LINK_UP, 0, 1 },
	[LINK_EXITED] = { "link-exited", WIRE_LINK_UP, 0, 0 },
	[LINK_FAILED] = { "link-failed", WIRE_LINK_UP, 0, 0 },
	[LINK_NOTE] = { "link-note", WIRE_LINK_UP, 0, 0 },
	[LINK_HELD] = { "link-held", WIRE_LINK_UP, 0, 0 },
	[LINK_STALE] = { "link-stale", WIRE_LINK_UP, 0, 0 },
	[LINK_WARMTH] = { "link-warmth", WIRE_LINK_UP, 0, 0 },
	[LINK_TESTED] = { "link-tested", WIRE_LINK_UP, 0, 0 },
	[RELAY_TAKE] = { "relay-take", WIRE_RELAY_DOWN, 2, 3 },
	[RELAY_CUT] = { "relay-cut", WIRE_RELAY_DOWN, 0, 0 },
	[RELAY_ASK] = { "relay-ask", WIRE_RELAY_DOWN, 0, 0 },
	[RELAY_DRAIN] = { "relay-drain", WIRE_RELAY_DOWN, 0, 0 },
	[RELAY_READY] = { "relay-ready", WIRE_RELAY_UP, 0, 0 },
	[RELAY_FAILED] = { "relay-failed", WIRE_RELAY_UP, 0, 0 },
	[RELAY_OVER] = { "relay-over", WIRE_RELAY_UP, 0, 0 },
	[HANDOVER] = { "handover", WIRE_HANDOVER, 0, 1 },
	[PARKED_READY] = { "parked-ready", WIRE_PARKED, 0, 2 },
	[PARKED_FAILED] = { "parked-failed", WIRE_PARKED, 0, 0 },
	[SELFTEST_TRY] = { "selftest-try", WIRE_SELFTEST, 0, 0 },
	[SELFTEST_DONE] = { "selftest-done", WIRE_PARKED, 0, 0 },
};
_Static_assert(sizeof(types) / sizeof(types[0]) == WIRE_TYPES, "a row for every type");

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int) * WIRE_FDS_MAX)];
};

const char *wire_type_name(enum wire_type type)
{
	return types[type].name;
}

int wire_pair(int pair[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		pair[0] = pair[1] = -1;
		return -errno;
	}
	return 0;
}

int wire_reserve(int fd, size_t messages)
{
	int bytes = messages > INT32_MAX / 4 / MESSAGE_TRUESIZE
			    ? INT32_MAX / 4
			    : (int)(messages * MESSAGE_TRUESIZE);

	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) == 0)
		return 0;
	return setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes)) < 0 ? -errno : 0;
}

int wire_bound_wait(int fd, unsigned int seconds)
{
	struct timeval bound = { .tv_sec = seconds };

	return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof(bound)) < 0 ? -errno : 0;
}

int wire_send(int fd, enum wire_type type, struct wire_message *message, const int *fds,
	      size_t fd_count, bool wait)
{
	struct iovec part = { .iov_base = message, .iov_len = sizeof(*message) };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
	union control control;
	long sent;

	message->type = type;
	message->size = sizeof(*message);
	if (fd_count > 0) {
		struct cmsghdr *rights = &control.align;

		memset(&control, 0, sizeof(control));
		header.msg_control = control.bytes;
		header.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
		memcpy(CMSG_DATA(rights), fds, sizeof(int) * fd_count);
	}
	do {
		sent = GATE_3(SYS_sendmsg, fd, &header, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));
	} while (sent == -EINTR);
	/* ECONNRESET: it went without having read everything (unix(7)). */
	if (sent < 0)
		return sent == -ECONNRESET ? -EPIPE : (int)sent;
	return 0;
}

static size_t take_fds(struct msghdr *header, int32_t fds[WIRE_FDS_MAX])
{
	size_t count = 0;

	for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
		size_t bytes = part->cmsg_len - CMSG_LEN(0);

		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
			continue;
		/* The buffer has room for WIRE_FDS_MAX, the kernel installs no more than fit. */
		for (size_t at = 0; at + sizeof(int) <= bytes && count < WIRE_FDS_MAX;
		     at += sizeof(int), count++)
			memcpy(&fds[count], CMSG_DATA(part) + at, sizeof(int));
	}
	return count;
}

static bool is_sound(const struct wire_message *message, ssize_t size, int flags, size_t fd_count,
		     enum wire_channel channel)
{
	return size == (ssize_t)sizeof(*message) && message->size == sizeof(*message) &&
	       !(flags & (MSG_TRUNC | MSG_CTRUNC)) && message->type < WIRE_TYPES &&
	       types[message->type].channel == channel &&
	       fd_count >= types[message->type].fds_min && fd_count <= types[message->type].fds_max;
}

int wire_receive(int fd, enum wire_channel channel, struct wire_message *message, bool wait)
{
	struct iovec part = { .iov_base = message, .iov_len = sizeof(*message) };
	union control control;
	struct msghdr header = { .msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = control.bytes,
				 .msg_controllen = sizeof(control.bytes) };
	int32_t fds[WIRE_FDS_MAX] = { -1, -1, -1, -1 };
	bool unread = false;
	size_t fd_count;
	ssize_t size;

	/*
	 * ECONNRESET: the peer went without having read everything. It is told first and once,
	 * before what the peer had to say (__skb_try_recv_datagram(), net/core/datagram.c).
	 */
	do {
		/* Through the gate: a program that may receive no descriptor has no recvmsg(2). */
		size = GATE_3(SYS_recvmsg, fd, &header,
			      MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
		unread = unread || size == -ECONNRESET;
	} while (size == -EINTR || size == -ECONNRESET);
	/*
	 * recvmsg(2): no memory now is a state, not the channel's end; the message is still there.
	 */
	if ((size == -ENOMEM || size == -ENOBUFS) && !wait)
		return -EAGAIN;
	if (size < 0)
		return (int)size;
	fd_count = take_fds(&header, fds);
	if (size == 0 && fd_count == 0)
		return unread ? -EPIPE : 0;
	if (!is_sound(message, size, header.msg_flags, fd_count, channel)) {
		fd_close_all(fds, WIRE_FDS_MAX);
		return -EPROTO;
	}
	memcpy(message->fds, fds, sizeof(fds));
	return 1;
}

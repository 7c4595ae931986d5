/* SPDX-License-Identifier: ISC */
/*
 * P1: options of the passed socket that bind it to a device, change how it is routed or what it may
 * hold, or take code; and what an AF_UNIX peer can hand in. An option counts as set if the value
 * that is read back has changed.
 */
#define _GNU_SOURCE
#include "hostile.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void set_seen(int level, int option, const void *value, socklen_t size, int shown)
{
	char before[256] = "", after[256] = "";
	socklen_t length = sizeof(before), length_after = sizeof(after);

	getsockopt(passed, level, shown, before, &length);
	if (setsockopt(passed, level, option, value, size) < 0) {
		leak_if(false, "setsockopt");
		return;
	}
	getsockopt(passed, level, shown, after, &length_after);
	if (length == length_after && memcmp(before, after, sizeof(before)) == 0)
		held("setsockopt says yes, and nothing changes");
	else
		leak("the option %d of level %d is set", option, level);
}

static void set(int level, int option, const void *value, socklen_t size)
{
	set_seen(level, option, value, size, option);
}

static void set_int(int level, int option, int value)
{
	set(level, option, &value, sizeof(value));
}

static void bind_device(void)
{
	set(SOL_SOCKET, 25, "lo", 3);
}
static void bind_index(void)
{
	set_int(SOL_SOCKET, 62, 1);
}
static void free_bind(void)
{
	set_int(IPPROTO_IP, 15, 1);
}
static void transparent(void)
{
	set_int(IPPROTO_IP, 19, 1);
}
static void unicast_interface(void)
{
	set_int(IPPROTO_IP, 50, (int)htonl(1));
}
static void congestion(void)
{
	char now[16] = "";
	socklen_t length = sizeof(now);

	getsockopt(passed, IPPROTO_TCP, 13, now, &length);
	if (strncmp(now, "reno", 4) == 0)
		set(IPPROTO_TCP, 13, "cubic", 5);
	else
		set(IPPROTO_TCP, 13, "reno", 4);
}
static void protocol_above(void)
{
	set(IPPROTO_TCP, 31, "tls", 3);
}
static void send_buffer(void)
{
	set_int(SOL_SOCKET, SO_SNDBUF, 1 << 20);
}
static void receive_buffer(void)
{
	set_int(SOL_SOCKET, SO_RCVBUF, 1 << 19);
}
static void send_buffer_force(void)
{
	int value = 8 << 20;

	set_seen(SOL_SOCKET, 32, &value, sizeof(value), SO_SNDBUF);
}
static void mark(void)
{
	set_int(SOL_SOCKET, 36, 7);
}
static void reuse_port(void)
{
	set_int(SOL_SOCKET, 15, 1);
}
static void zero_copy(void)
{
	set_int(SOL_SOCKET, 60, 1);
}
static void busy_poll(void)
{
	set_int(SOL_SOCKET, 46, 50);
}
static void priority(void)
{
	set_int(SOL_SOCKET, 12, 5);
}
static void fast_open(void)
{
	set_int(IPPROTO_TCP, 23, 5);
}
static void repair(void)
{
	set_int(IPPROTO_TCP, 19, 1);
}
static void defer_accept(void)
{
	set_int(IPPROTO_TCP, 9, 5);
}
static void record_route(void)
{
	static const unsigned char option[] = { 7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0 };

	set(IPPROTO_IP, 4, option, sizeof(option));
}
static void pass_credentials(void)
{
	set_int(SOL_SOCKET, 16, 1);
}
static void pass_pidfd(void)
{
	set_int(SOL_SOCKET, 76, 1);
}
static void pass_security(void)
{
	set_int(SOL_SOCKET, 34, 1);
}

/* Nothing but "drop all"; an accepted socket may still be the listener's in some kernel. */
static void attach_filter(void)
{
	struct instruction {
		uint16_t code;
		uint8_t yes, no;
		uint32_t k;
	} drop = { 6, 0, 0, 0 };
	struct {
		uint16_t length;
		struct instruction *code;
	} program = { 1, &drop };

	leak_if(setsockopt(passed, SOL_SOCKET, 26, &program, sizeof(program)) == 0,
		"SO_ATTACH_FILTER");
}

static void lock_filter(void)
{
	set_int(SOL_SOCKET, 44, 1);
}

static void peer_pidfd(void)
{
	int fd = -1;
	socklen_t length = sizeof(fd);

	leak_if(getsockopt(passed, SOL_SOCKET, 77, &fd, &length) == 0 && fd >= 0,
		"SO_PEERPIDFD: a descriptor of the host's process");
}

/* The client has sent a descriptor of a directory of the host. */
static void receive_rights(void)
{
	char byte, control[CMSG_SPACE(sizeof(int) * 4)];
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_control = control, .msg_controllen = sizeof(control) };
	struct cmsghdr *header;
	int fd;

	message.msg_iov = &part;
	message.msg_iovlen = 1;
	if (recvmsg(passed, &message, 0) < 0) {
		leak_if(false, "recvmsg");
		return;
	}
	header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_type != SCM_RIGHTS) {
		held("no descriptor came");
		return;
	}
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	leak_if(is_secret(openat(fd, "secret", O_RDONLY | O_CLOEXEC)),
		"a file of the host through a descriptor that came");
}

static void received_rights(void)
{
	int one = 1;

	setsockopt(passed, SOL_SOCKET, 83, &one, sizeof(one)); /* SO_PASSRIGHTS, if it is off */
	send(passed, "G", 1, MSG_NOSIGNAL);		       /* go */
	receive_rights();
}

const struct probe option_probes[] = {
	{ "so-bindtodevice", "P1", ON_TCP, bind_device, NULL },
	{ "so-bindtoifindex", "P1", ON_TCP, bind_index, NULL },
	{ "ip-freebind", "P1", ON_TCP, free_bind, NULL },
	{ "ip-transparent", "P1", ON_TCP | BARE, transparent, NULL },
	{ "ip-unicast-if", "P1", ON_TCP, unicast_interface, NULL },
	{ "ip-options", "P1", ON_TCP, record_route, NULL },
	{ "tcp-congestion", "P1", ON_TCP, congestion, "only one algorithm here" },
	{ "tcp-ulp", "P1", ON_TCP, protocol_above, "no tls module" },
	{ "tcp-fastopen", "P1", ON_TCP | BARE, fast_open, "refused on a connected socket" },
	{ "tcp-repair", "P1", ON_TCP | BARE, repair, "needs CHECKPOINT_RESTORE" },
	{ "tcp-defer-accept", "P1", ON_TCP, defer_accept, NULL },
	{ "so-sndbuf", "P4", ON_TCP, send_buffer, NULL },
	{ "so-rcvbuf", "P4", ON_TCP, receive_buffer, NULL },
	{ "so-sndbufforce", "P4", ON_ANY | BARE, send_buffer_force, NULL },
	{ "so-mark", "P1", ON_ANY | BARE, mark, NULL },
	{ "so-reuseport", "P1", ON_TCP, reuse_port, NULL },
	{ "so-zerocopy", "P1", ON_TCP, zero_copy, NULL },
	{ "so-busy-poll", "P1", ON_TCP, busy_poll, NULL },
	{ "so-priority", "P1", ON_ANY, priority, NULL },
	{ "so-attach-filter", "P1", ON_ANY, attach_filter, NULL },
	{ "so-lock-filter", "P1", ON_ANY, lock_filter, NULL },
	{ "so-passcred", "P1", ON_UNIX, pass_credentials, NULL },
	{ "so-passpidfd", "P1", ON_UNIX, pass_pidfd, "SO_PASSPIDFD came with 6.5" },
	{ "so-passsec", "P1", ON_UNIX, pass_security, NULL },
	{ "so-peerpidfd", "P3", ON_UNIX, peer_pidfd, "SO_PEERPIDFD came with 6.5" },
	{ "scm-rights", "P2", ON_UNIX | RIGHTS, received_rights, NULL },
	{ "scm-rights-early", "P2", ON_UNIX | EARLY, receive_rights, NULL },
	{ NULL, NULL, 0, NULL, NULL },
};

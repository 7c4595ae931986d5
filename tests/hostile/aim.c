/* SPDX-License-Identifier: ISC */
/*
 * P1: the passed TCP socket is made to reach, or to accept, something else in the namespace that it
 * was born in. The numbers are those of tests/hostile's table in docs/SECURITY.md.
 */
#define _GNU_SOURCE
#include "hostile.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef MSG_FASTOPEN
#define MSG_FASTOPEN 0x20000000
#endif

static struct sockaddr_in at(unsigned int port)
{
	struct sockaddr_in there = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	there.sin_addr.s_addr = htonl(port == SQUAT_TCP ? INADDR_ANY : VICTIM_ADDRESS);
	return there;
}

static void unspec_connect(void)
{
	if (unaim() < 0)
		leak_if(false, "connect(AF_UNSPEC)");
	else if (aim(passed) < 0)
		leak_if(false, "connect to the victim");
	else
		leak_if(reaches(passed), "the victim answers");
}

static void unspec(void)
{
	struct sockaddr_storage peer;
	socklen_t length = sizeof(peer);
	int result = unaim();

	if (result < 0)
		leak_if(false, "connect(AF_UNSPEC)");
	else
		leak_if(getpeername(passed, (struct sockaddr *)&peer, &length) < 0,
			"the peer is dropped");
}

static void accepts(void)
{
	if (listen(passed, 4) < 0)
		leak_if(false, "listen");
	else if (knocked(passed, 1500))
		leak("a client of the host is accepted");
	else
		held("listens, and nobody gets through");
}

static void unbound_listen(void)
{
	unaim();
	accepts();
}

static void bind_listen(void)
{
	struct sockaddr_in here = at(SQUAT_TCP);

	unaim();
	if (bind(passed, (struct sockaddr *)&here, sizeof(here)) < 0)
		leak_if(false, "bind");
	else
		accepts();
}

static void squat(void)
{
	struct sockaddr_in here = at(SQUAT_TCP), got;
	socklen_t length = sizeof(got);

	unaim();
	if (bind(passed, (struct sockaddr *)&here, sizeof(here)) < 0)
		leak_if(false, "bind");
	else
		leak_if(getsockname(passed, (struct sockaddr *)&got, &length) == 0 &&
				ntohs(got.sin_port) == SQUAT_TCP,
			"a port of the host is taken");
}

/* After the peer's reset the socket is closed, but an inet socket still: bind(2) works. */
static void reset_squat(void)
{
	struct sockaddr_in here = at(SQUAT_TCP), got;
	struct pollfd item = { .fd = passed, .events = POLLIN };
	socklen_t length = sizeof(got);
	int code = 0;

	if (send(passed, "R", 1, MSG_NOSIGNAL) < 0 || poll(&item, 1, 2000) <= 0) {
		held("there was no reset");
		return;
	}
	length = sizeof(code);
	getsockopt(passed, SOL_SOCKET, SO_ERROR, &code, &length);
	length = sizeof(got);
	if (bind(passed, (struct sockaddr *)&here, sizeof(here)) < 0)
		leak_if(false, "bind after a reset");
	else
		leak_if(getsockname(passed, (struct sockaddr *)&got, &length) == 0 &&
				ntohs(got.sin_port) == SQUAT_TCP,
			"a port of the host is taken after a reset");
}

static void sent(ssize_t count, const char *what)
{
	if (count < 0)
		leak_if(false, what);
	else
		leak_if(reaches(passed), what);
}

static void fastopen_sendto(void)
{
	struct sockaddr_in there = at(VICTIM_TCP);

	unaim();
	sent(sendto(passed, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, (struct sockaddr *)&there,
		    sizeof(there)),
	     "sendto(MSG_FASTOPEN)");
}

static struct msghdr message(struct sockaddr_in *there, struct iovec *part)
{
	struct msghdr m = { .msg_name = there, .msg_namelen = sizeof(*there) };

	m.msg_iov = part;
	m.msg_iovlen = 1;
	return m;
}

static void fastopen_sendmsg(void)
{
	struct sockaddr_in there = at(VICTIM_TCP);
	char byte = 'x';
	struct iovec part = { &byte, 1 };
	struct msghdr m = message(&there, &part);

	unaim();
	sent(sendmsg(passed, &m, MSG_FASTOPEN | MSG_NOSIGNAL), "sendmsg(MSG_FASTOPEN)");
}

static void fastopen_sendmmsg(void)
{
	struct sockaddr_in there = at(VICTIM_TCP);
	char byte = 'x';
	struct iovec part = { &byte, 1 };
	struct mmsghdr m = { .msg_hdr = message(&there, &part) };

	unaim();
	sent(sendmmsg(passed, &m, 1, MSG_FASTOPEN | MSG_NOSIGNAL), "sendmmsg(MSG_FASTOPEN)");
}

/* TCP_FASTOPEN_CONNECT: connect(2) does nothing, the first send(2) does. */
static void fastopen_connect(void)
{
	int one = 1;

	unaim();
	if (setsockopt(passed, IPPROTO_TCP, 30, &one, sizeof(one)) < 0 || aim(passed) < 0)
		leak_if(false, "TCP_FASTOPEN_CONNECT");
	else
		leak_if(reaches(passed), "connected by the first send");
}

/* A duplicate is the same socket; neither the number nor another process makes it another. */
static void child_reaim(void)
{
	int copy = dup(passed);

	close(passed);
	passed = copy;
	unspec_connect();
}

static void duplicate(void)
{
	in_child(child_reaim);
}

/* ---- sockets of its own -------------------------------------------------------------------- */

static void new_connect(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || aim(fd) < 0)
		leak_if(false, "a TCP socket of its own");
	else
		leak_if(reaches(fd), "the victim answers");
}

static void new_listen(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in here = at(SQUAT_TCP);
	int one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	here.sin_port = htons(SQUAT_TCP + 1);
	if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof(here)) < 0 || listen(fd, 4) < 0)
		leak_if(false, "a listener of its own");
	else if (knocked(fd, 700))
		leak("a client of the host is accepted");
	else
		held("listens where nobody of the host is");
}

static void new_datagram(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in there = at(VICTIM_UDP);

	if (fd < 0 || connect(fd, (struct sockaddr *)&there, sizeof(there)) < 0)
		leak_if(false, "a UDP socket of its own");
	else
		leak_if(reaches(fd), "the victim answers");
}

static int unix_to(const char *path, bool abstract, int type)
{
	struct sockaddr_un there = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	size_t length = strlen(path);

	memcpy(there.sun_path + abstract, path, length);
	if (fd >= 0 &&
	    connect(fd, (struct sockaddr *)&there,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1)) < 0) {
		int code = errno;

		close(fd);
		errno = code;
		return -1;
	}
	return fd;
}

static void unix_connect(const char *path, bool abstract, int type, const char *what)
{
	int fd = unix_to(path, abstract, type);

	if (fd < 0)
		leak_if(false, what);
	else if (type == SOCK_DGRAM)
		leak_if(send(fd, current->name, strlen(current->name), 0) > 0, what);
	else
		leak_if(reaches(fd), what);
}

static void unix_abstract(void)
{
	unix_connect(VICTIM_ABSTRACT, true, SOCK_STREAM, "an abstract socket of the host");
}

static void unix_abstract_datagram(void)
{
	unix_connect(VICTIM_ABSTRACT ".dgram", true, SOCK_DGRAM, "an abstract datagram socket");
}

static void unix_path(void)
{
	unix_connect(VICTIM_PATH, false, SOCK_STREAM, "a socket in the host's tree");
}

static void unix_bound(void)
{
	if (access(BOUND_PATH, F_OK) < 0)
		unix_connect("/run/t/bound/victim.sock", false, SOCK_STREAM, "a socket in a bind");
	else
		unix_connect(BOUND_PATH, false, SOCK_STREAM, "a socket in a bind");
}

/* The accepted AF_UNIX socket is bound and connected: the kernel refuses to re-aim it at all. */
static void unix_reaim(void)
{
	struct sockaddr_un there = { .sun_family = AF_UNIX, .sun_path = VICTIM_PATH };

	unaim();
	if (connect(passed, (struct sockaddr *)&there, sizeof(there)) < 0)
		leak_if(false, "connect of the accepted unix socket");
	else
		leak_if(reaches(passed), "connect of the accepted unix socket");
}

const struct probe aim_probes[] = {
	{ "unspec-connect", "P1", ON_TCP, unspec_connect, NULL },
	{ "unspec", "P1", ON_TCP, unspec, NULL },
	{ "unspec-listen", "P1", ON_TCP, unbound_listen, NULL },
	{ "unspec-bind-listen", "P1", ON_TCP, bind_listen, NULL },
	{ "unspec-squat", "P1", ON_TCP, squat, NULL },
	{ "reset-squat", "P1", ON_TCP | RESET, reset_squat, NULL },
	{ "fastopen-sendto", "P1", ON_TCP, fastopen_sendto, NULL },
	{ "fastopen-sendmsg", "P1", ON_TCP, fastopen_sendmsg, NULL },
	{ "fastopen-sendmmsg", "P1", ON_TCP, fastopen_sendmmsg, NULL },
	{ "fastopen-connect", "P1", ON_TCP, fastopen_connect, NULL },
	{ "duplicate-connect", "P1", ON_TCP, duplicate, NULL },
	{ "new-connect", "P1", ON_ANY | BARE, new_connect, NULL },
	{ "new-listen", "P1", ON_ANY | BARE, new_listen, NULL },
	{ "new-datagram", "P1", ON_ANY | BARE, new_datagram, NULL },
	{ "unix-abstract", "P1", ON_ANY | BARE, unix_abstract, NULL },
	{ "unix-abstract-datagram", "P1", ON_ANY | BARE, unix_abstract_datagram, NULL },
	{ "unix-path", "P1", ON_ANY | BARE, unix_path, NULL },
	{ "unix-bound", "P1", ON_ANY | LOCAL, unix_bound, NULL },
	{ "unix-reaim", "P1", ON_UNIX, unix_reaim, "the kernel refuses it by itself" },
	{ NULL, NULL, 0, NULL, NULL },
};

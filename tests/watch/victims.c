/* SPDX-License-Identifier: ISC */
/*
 * The victims: what a program in a container could wish to reach on the host. Each notes that
 * something came, and answers, so that the probe knows too. And the knock: TCP listeners that
 * appear in this network are connected to, since a listener is dangerous if it lets somebody in.
 */
#define _GNU_SOURCE
#include "watch.h"

#include "../hostile/world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/vm_sockets.h>

#define CALLERS 24
#define LISTENERS 256
#define KNOCKS 16

static int victims[VICTIM_KINDS];
static struct {
	int fd;
	enum victim_kind kind;
} callers[CALLERS];
static int caller_count;

static int noted = -1; /* the read end of the victim process's pipe */
static uint16_t baseline[LISTENERS], knocked_at[LISTENERS];
static int baseline_count, knocked_count;
static int knocks[KNOCKS];
static int knock_count;

const char *victim_name(enum victim_kind kind)
{
	static const char *const names[] = { "tcp",  "udp",   "abstract", "abstract-datagram",
					     "path", "bound", "vsock" };

	_Static_assert(sizeof(names) / sizeof(names[0]) == VICTIM_KINDS, "a name for each");
	return names[kind];
}

static int bound(int domain, int type, const void *address, size_t length)
{
	int one = 1, fd = socket(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (domain == AF_INET && type == SOCK_STREAM) /* TCP_FASTOPEN, for those who come by it */
		setsockopt(fd, IPPROTO_TCP, 23, &one, sizeof(one));
	if (fd < 0 || bind(fd, address, (socklen_t)length) < 0 ||
	    (type == SOCK_STREAM && listen(fd, 16) < 0)) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

static int unix_victim(const char *name, bool abstract, int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(name);
	int fd;

	memcpy(address.sun_path + abstract, name, length);
	if (!abstract)
		unlink(name);
	fd = bound(AF_UNIX, type, &address, offsetof(struct sockaddr_un, sun_path) + length + 1);
	/* Of an id that binds have too: what is the host's root's is nobody's inside. */
	if (!abstract && fd >= 0 && (chmod(name, 0666) < 0 || chown(name, 1000, 1000) < 0))
		die("%s: %s", name, strerror(errno));
	return fd;
}

void victims_open(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	struct sockaddr_vm host = { .svm_family = AF_VSOCK,
				    .svm_cid = VMADDR_CID_ANY,
				    .svm_port = VICTIM_VSOCK };

	any.sin_port = htons(VICTIM_TCP);
	victims[VICTIM_IS_TCP] = bound(AF_INET, SOCK_STREAM, &any, sizeof(any));
	any.sin_port = htons(VICTIM_UDP);
	victims[VICTIM_IS_UDP] = bound(AF_INET, SOCK_DGRAM, &any, sizeof(any));
	victims[VICTIM_IS_ABSTRACT] = unix_victim(VICTIM_ABSTRACT, true, SOCK_STREAM);
	victims[VICTIM_IS_DATAGRAM] = unix_victim(VICTIM_ABSTRACT ".dgram", true, SOCK_DGRAM);
	victims[VICTIM_IS_PATH] = unix_victim(VICTIM_PATH, false, SOCK_STREAM);
	victims[VICTIM_IS_BOUND] = unix_victim("/run/t/bound/victim.sock", false, SOCK_STREAM);
	victims[VICTIM_IS_VSOCK] = bound(AF_VSOCK, SOCK_STREAM, &host, sizeof(host));
	for (int i = 0; i < VICTIM_IS_VSOCK; i++)
		if (victims[i] < 0)
			die("victim %s: %s", victim_name((enum victim_kind)i), strerror(errno));
}

static int note_to = -1;

static void note(int number)
{
	if (write(note_to, "s", 1) < 0)
		_exit(1);
	(void)number;
}

/* It ends with the driver. Dumpable and plain: who may trace, may. */
pid_t victim_process(void)
{
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0)
		die("pipe: %s", strerror(errno));
	child = fork();
	if (child < 0)
		die("fork: %s", strerror(errno));
	if (child > 0) {
		close(ends[1]);
		noted = ends[0];
		fcntl(noted, F_SETFL, O_NONBLOCK);
		return child;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "victim");
	setpgid(0, 0);
	note_to = ends[1];
	signal(SIGURG, note);
	signal(SIGIO, note);
	for (;;)
		pause();
}

int victims_poll(struct pollfd *items)
{
	int count = 0;

	for (int i = 0; i < VICTIM_KINDS; i++)
		items[count++] = (struct pollfd){ .fd = victims[i], .events = POLLIN };
	items[count++] = (struct pollfd){ .fd = noted, .events = POLLIN };
	for (int i = 0; i < caller_count; i++)
		items[count++] = (struct pollfd){ .fd = callers[i].fd, .events = POLLIN };
	return count;
}

static void answer(int fd)
{
	send(fd, VICTIM_ANSWER, strlen(VICTIM_ANSWER), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void hear_victim(enum victim_kind kind)
{
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);
	char bytes[512];
	int fd;

	seen.victims |= 1u << kind;
	if (kind == VICTIM_IS_UDP || kind == VICTIM_IS_DATAGRAM) {
		if (recvfrom(victims[kind], bytes, sizeof(bytes), 0, (struct sockaddr *)&from,
			     &length) >= 0 &&
		    kind == VICTIM_IS_UDP)
			sendto(victims[kind], VICTIM_ANSWER, strlen(VICTIM_ANSWER), 0,
			       (struct sockaddr *)&from, length);
		return;
	}
	fd = accept4(victims[kind], NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0 && caller_count == CALLERS)
		close(fd);
	else if (fd >= 0) {
		callers[caller_count].fd = fd;
		callers[caller_count++].kind = kind;
	}
}

void victims_hear(const struct pollfd *items, int count)
{
	char bytes[512];

	for (int i = 0; i < VICTIM_KINDS; i++)
		if (items[i].revents)
			hear_victim((enum victim_kind)i);
	if (items[VICTIM_KINDS].revents && read(noted, bytes, sizeof(bytes)) > 0)
		seen.signalled = true;
	for (int i = VICTIM_KINDS + 1; i < count; i++)
		if (items[i].revents && items[i].fd >= 0) {
			ssize_t got = recv(items[i].fd, bytes, sizeof(bytes), MSG_DONTWAIT);

			if (got > 0)
				answer(items[i].fd);
			else if (got == 0)
				for (int n = 0; n < caller_count; n++)
					if (callers[n].fd == items[i].fd) {
						close(callers[n].fd);
						callers[n].fd = -1;
					}
		}
}

void victims_forget(void)
{
	for (int i = 0; i < caller_count; i++)
		if (callers[i].fd >= 0)
			close(callers[i].fd);
	caller_count = 0;
	for (int i = 0; i < knock_count; i++)
		close(knocks[i]);
	knock_count = 0;
	knocked_count = 0;
}

/* ---- listeners of this network ------------------------------------------------------------- */

/* By sock_diag(7), whose dump of listeners does not walk through all connections as /proc does. */
static int diagnosis = -1;

static int listening_of(unsigned char family, uint16_t *ports, int most)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 request;
	} ask = { .header = { .nlmsg_len = sizeof(ask),
			      .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			      .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP } };
	static union {
		struct nlmsghdr header;
		char bytes[65536];
	} answer;
	int count = 0;
	bool more = true;

	ask.request.sdiag_family = family;
	ask.request.sdiag_protocol = IPPROTO_TCP;
	ask.request.idiag_states = 1 << 10; /* TCP_LISTEN */
	if (send(diagnosis, &ask, sizeof(ask), 0) < 0)
		die("sock_diag: %s", strerror(errno));
	while (more) {
		ssize_t length = recv(diagnosis, &answer, sizeof(answer), 0);

		if (length < 0)
			die("sock_diag: %s", strerror(errno));
		for (struct nlmsghdr *item = &answer.header; NLMSG_OK(item, length);
		     item = NLMSG_NEXT(item, length)) {
			const struct inet_diag_msg *found = NLMSG_DATA(item);

			more = item->nlmsg_type == SOCK_DIAG_BY_FAMILY;
			if (more && count < most)
				ports[count++] = ntohs(found->id.idiag_sport);
		}
	}
	return count;
}

static int listening(uint16_t *ports, int most)
{
	int count;

	if (diagnosis < 0)
		diagnosis = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	count = listening_of(AF_INET, ports, most);
	return count + listening_of(AF_INET6, ports + count, most - count);
}

static bool among(const uint16_t *ports, int count, uint16_t port)
{
	for (int i = 0; i < count; i++)
		if (ports[i] == port)
			return true;
	return false;
}

void listeners_baseline(void)
{
	baseline_count = listening(baseline, LISTENERS);
}

static void knock(uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&address, length) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &length) < 0)
		die("knock: %s", strerror(errno));
	capture_knock(ntohs(address.sin_port), port);
	address.sin_port = htons(port);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 && errno != EINPROGRESS)
		close(fd);
	else
		knocks[knock_count++] = fd;
}

void listeners_knock(void)
{
	uint16_t ports[LISTENERS];
	int count = listening(ports, LISTENERS);

	for (int i = 0; i < count; i++)
		if (!among(baseline, baseline_count, ports[i]) &&
		    !among(knocked_at, knocked_count, ports[i]) && knock_count < KNOCKS) {
			knocked_at[knocked_count++] = ports[i];
			knock(ports[i]);
		}
	for (int i = 0; i < knock_count; i++) {
		struct pollfd item = { .fd = knocks[i], .events = POLLOUT };
		int code = 0;
		socklen_t length = sizeof(code);

		if (poll(&item, 1, 0) > 0 && (item.revents & POLLOUT) &&
		    getsockopt(knocks[i], SOL_SOCKET, SO_ERROR, &code, &length) == 0 && code == 0 &&
		    !seen.knocked) {
			seen.knocked = true;
			send(knocks[i], KNOCK, strlen(KNOCK), MSG_NOSIGNAL);
		}
	}
}

/* SPDX-License-Identifier: ISC */
/*
 * The driver's own connections: those whose packets are not foreign. Each begins with the order for
 * the program: which probe it is to be.
 */
#define _GNU_SOURCE
#include "watch.h"

#include "../hostile/world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int connect_inet(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&address, length) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &length) < 0)
		die("bind: %s", strerror(errno));
	/* Before the first packet, so that none of this connection is foreign. */
	capture_allow(address.sin_addr.s_addr, ntohs(address.sin_port), (uint16_t)port);
	address.sin_port = htons((uint16_t)port);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die("connect to %d: %s", port, strerror(errno));
	return fd;
}

static int connect_to(const char *to)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strncmp(to, "unix:", 5) != 0)
		return connect_inet(atoi(to));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", to + 5);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die("connect to %s: %s", to, strerror(errno));
	return fd;
}

int order_probe(const struct row *row, int stage)
{
	char line[128];
	int length =
		snprintf(line, sizeof(line), "%s %d %d\n", row->name, stage, (int)options.victim);
	int fd = connect_to(options.to);

	if (send(fd, line, (size_t)length, MSG_NOSIGNAL) < 0)
		die("send: %s", strerror(errno));
	if (row->flags & EARLY)
		send_rights(fd);
	return fd;
}

void send_rights(int fd)
{
	char byte = 'D', control[CMSG_SPACE(sizeof(int))] = "";
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_control = control, .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int directory = open("/run/t", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	message.msg_iov = &part;
	message.msg_iovlen = 1;
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &directory, sizeof(directory));
	if (sendmsg(fd, &message, MSG_NOSIGNAL) < 0) { /* EPERM: refused for us; then without */
		message.msg_control = NULL;
		message.msg_controllen = 0;
		sendmsg(fd, &message, MSG_NOSIGNAL);
	}
	close(directory);
}

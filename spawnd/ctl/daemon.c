/* SPDX-License-Identifier: ISC */
/* Asks a running spawnd over its control socket. In spawnctl, at the operator's hand. */
#include "ctl/daemon.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* With these a number is a connection's; with all others it is the name of a service. */
static bool takes_id(enum control_verb verb)
{
	return verb == CONTROL_SHOW || verb == CONTROL_KILL;
}

struct control_request daemon_request(enum control_verb verb, const char *operand)
{
	struct control_request request = { .magic = CONTROL_MAGIC, .verb = verb };

	if (!operand)
		return request;
	if (takes_id(verb) && operand[0] && strspn(operand, "0123456789") == strlen(operand))
		request.id = strtoull(operand, NULL, 10);
	else
		snprintf(request.service, sizeof(request.service), "%s", operand);
	return request;
}

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if ((size_t)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path) >=
	    sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* A descriptor that came with a packet: the last one is kept. */
static void take_descriptor(struct msghdr *header, struct reply *reply)
{
	for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS ||
		    part->cmsg_len < CMSG_LEN(sizeof(int)))
			continue;
		if (reply->errors >= 0)
			close(reply->errors);
		memcpy(&reply->errors, CMSG_DATA(part), sizeof(reply->errors));
	}
}

/* The next packet into the reply. 0; -ECONNRESET: there is none; another -errno. */
static int receive(int fd, struct reply *reply)
{
	static char packet[CONTROL_PACKET];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = { packet, sizeof(packet) };
	struct msghdr header = { .msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = control.bytes,
				 .msg_controllen = sizeof(control.bytes) };
	ssize_t size;

	do {
		size = recvmsg(fd, &header, MSG_CMSG_CLOEXEC);
	} while (size < 0 && errno == EINTR);
	if (size <= 0)
		return size < 0 ? -errno : -ECONNRESET;
	take_descriptor(&header, reply);
	return reply_add(reply, packet, (size_t)size);
}

int daemon_ask(const struct call *call, const struct control_request *request, struct reply *reply)
{
	int fd = connect_to(call->socket);
	int error = 0;

	reply_init(reply);
	if (fd < 0 || send(fd, request, sizeof(*request), MSG_NOSIGNAL) < 0) {
		fprintf(stderr, "spawnctl: %s: %s\n", call->socket, strerror(errno));
		if (fd >= 0)
			close(fd);
		return EXIT_SYSTEM;
	}
	while (!reply->complete && error == 0)
		error = receive(fd, reply);
	close(fd);
	if (error == 0)
		return 0;
	fprintf(stderr, "spawnctl: %s: %s\n", call->socket,
		error == -EPROTO       ? "spawnd is of another version"
		: error == -ECONNRESET ? "no answer, or half of one (only root may ask)"
				       : strerror(-error));
	return EXIT_SYSTEM;
}

int daemon_demand(const struct call *call, const struct control_request *request,
		  struct reply *reply)
{
	int status = daemon_ask(call, request, reply);

	if (status != 0 || reply->end.code >= 0)
		return status;
	fprintf(stderr, "spawnctl: %s\n", reply->end.text);
	return EXIT_REFUSED;
}

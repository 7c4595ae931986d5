/* SPDX-License-Identifier: ISC */
/* Asks a running spawnd over its control socket. In spawnctl, at the operator's hand. */
#include "ctl/daemon.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

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

static bool is_tail(const char *packet, ssize_t size)
{
	struct control_answer tail;

	if (size != (ssize_t)sizeof(tail))
		return false;
	memcpy(&tail, packet, sizeof(tail));
	return tail.magic == CONTROL_MAGIC;
}

/* The rest of the answer, packet by packet, as it comes. */
static int print_answer(int fd, FILE *stream)
{
	static char packet[CONTROL_PACKET];
	ssize_t size;

	while ((size = recv(fd, packet, sizeof(packet), 0)) > 0) {
		if (is_tail(packet, size))
			return fflush(stream) == 0 ? 0 : -1;
		if (fwrite(packet, 1, (size_t)size, stream) != (size_t)size)
			return -1;
	}
	if (size == 0)
		errno = EMSGSIZE; /* the daemon does not wait for us to read */
	return -1;
}

int daemon_ask(const struct call *call, enum control_verb verb)
{
	struct control_request request = { CONTROL_MAGIC, verb, call->json ? CONTROL_JSON : 0 };
	struct control_answer answer;
	int fd = connect_to(call->socket);

	if (fd < 0 || send(fd, &request, sizeof(request), MSG_NOSIGNAL) < 0) {
		fprintf(stderr, "spawnctl: %s: %s\n", call->socket, strerror(errno));
		return EXIT_SYSTEM;
	}
	if (recv(fd, &answer, sizeof(answer), 0) != (ssize_t)sizeof(answer) ||
	    answer.magic != CONTROL_MAGIC) {
		fprintf(stderr, "spawnctl: %s: no answer (only root may ask)\n", call->socket);
		return EXIT_SYSTEM;
	}
	if (answer.code < 0)
		fputs("spawnctl: ", stderr);
	if (print_answer(fd, answer.code < 0 ? stderr : stdout) < 0) {
		perror("spawnctl");
		return EXIT_SYSTEM;
	}
	return answer.code < 0 ? EXIT_REFUSED : 0;
}

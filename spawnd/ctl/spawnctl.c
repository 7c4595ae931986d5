/* SPDX-License-Identifier: ISC */
/*
 * spawnctl: asks a running spawnd over its control socket and prints the answer. A program of its
 * own, run by the operator; exit status 0, 1 (the daemon says no), 100 (usage), 111 (no daemon,
 * system error).
 */
#include "wire/control.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { EXIT_REFUSED = 1, EXIT_USAGE = 100, EXIT_SYSTEM = 111 };

static const char usage[] = "usage: spawnctl [-s SOCKET] [--json] status | list | reload\n";

static const struct {
	const char *name;
	enum control_verb verb;
} verbs[] = {
	{ "status", CONTROL_STATUS },
	{ "list", CONTROL_LIST },
	{ "reload", CONTROL_RELOAD },
};

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

static int ask(const char *path, enum control_verb verb, bool json)
{
	struct control_request request = { CONTROL_MAGIC, verb, json ? CONTROL_JSON : 0 };
	struct control_answer answer;
	int fd = connect_to(path);

	if (fd < 0 || send(fd, &request, sizeof(request), MSG_NOSIGNAL) < 0) {
		fprintf(stderr, "spawnctl: %s: %s\n", path, strerror(errno));
		return EXIT_SYSTEM;
	}
	if (recv(fd, &answer, sizeof(answer), 0) != (ssize_t)sizeof(answer) ||
	    answer.magic != CONTROL_MAGIC) {
		fprintf(stderr, "spawnctl: %s: no answer (only root may ask)\n", path);
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

int main(int argc, char **argv)
{
	static const struct option options[] = { { "socket", required_argument, NULL, 's' },
						 { "json", no_argument, NULL, 'j' },
						 { NULL, 0, NULL, 0 } };
	const char *path = SPAWND_RUNDIR "/control";
	bool json = false;
	int option;

	while ((option = getopt_long(argc, argv, "s:j", options, NULL)) != -1) {
		if (option == 's')
			path = optarg;
		else if (option == 'j')
			json = true;
		else
			break;
	}
	if (option == -1 && optind == argc - 1)
		for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
			if (strcmp(argv[optind], verbs[i].name) == 0)
				return ask(path, verbs[i].verb, json);
	fputs(usage, stderr);
	return EXIT_USAGE;
}

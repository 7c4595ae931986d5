/* SPDX-License-Identifier: ISC */
/*
 * Asks spawnd over its control socket, many times at once, and reads nothing of the answers.
 *
 *     asker SOCKET COUNT status|list|nothing
 *
 * Prints how many connections were not closed at once, and waits for its standard input's end.
 */
#include "wire/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int ask(const char *path, const char *what)
{
	struct control_request request = { .magic = CONTROL_MAGIC, .verb = CONTROL_STATUS };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	if (strcmp(what, "list") == 0)
		request.verb = CONTROL_LIST;
	if (strcmp(what, "nothing") != 0 &&
	    send(fd, &request, sizeof(request), MSG_NOSIGNAL) != (ssize_t)sizeof(request))
		return -1;
	return fd; /* stays open, unread */
}

int main(int argc, char **argv)
{
	int count = argc == 4 ? atoi(argv[2]) : 0, asked = 0;
	char byte;

	for (int i = 0; i < count; i++)
		asked += ask(argv[1], argv[3]) >= 0;
	printf("%d\n", asked);
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return count == 0;
}

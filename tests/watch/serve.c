/* SPDX-License-Identifier: ISC */
/*
 * The control's server: an inetd as plain as can be. It isolates nothing, limits nothing, waits for
 * nobody, and its children inherit what it has, the listener among it.
 */
#define _GNU_SOURCE
#include "watch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int listener(const char *address)
{
	struct sockaddr_in inet = { .sin_family = AF_INET };
	struct sockaddr_un path = { .sun_family = AF_UNIX };
	bool local = strncmp(address, "unix:", 5) == 0;
	int one = 1, fd = socket(local ? AF_UNIX : AF_INET, SOCK_STREAM, 0);

	inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (local)
		snprintf(path.sun_path, sizeof(path.sun_path), "%s", address + 5);
	else
		inet.sin_port = htons((uint16_t)atoi(address));
	if (fd < 0 ||
	    bind(fd, local ? (struct sockaddr *)&path : (struct sockaddr *)&inet,
		 local ? sizeof(path) : sizeof(inet)) < 0 ||
	    listen(fd, 128) < 0)
		die("serve %s: %s", address, strerror(errno));
	return fd;
}

static void reap(int number)
{
	int code = errno;

	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	errno = code;
	(void)number;
}

void serve(const char *address, char **argv)
{
	int fd = listener(address), connection;
	struct rlimit limit = { 1024, 4096 };

	/* What such a daemon has from its starter, and gives to everybody. */
	setrlimit(RLIMIT_NOFILE, &limit);
	syscall(SYS_keyctl, 1 /* JOIN_SESSION_KEYRING */, NULL);
	if (open("/run/t", O_RDONLY | O_DIRECTORY) < 0)
		die("/run/t: %s", strerror(errno));

	signal(SIGCHLD, reap);
	for (;;) {
		connection = accept(fd, NULL, NULL);
		if (connection < 0)
			continue;
		if (fork() == 0) {
			signal(SIGCHLD, SIG_DFL);
			dup2(connection, 0);
			dup2(connection, 1);
			execv(argv[0], argv);
			_exit(127);
		}
		close(connection);
	}
}

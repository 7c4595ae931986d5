/* SPDX-License-Identifier: ISC */
/*
 * Two floors that no server of connections can be under on this machine.
 *
 *	floor-server inline PORT -		accept, write a byte, close: one process, no child
 *	floor-server bare PORT PROGRAM		accept, clone with namespaces of its own, execute:
 *no root, no mounts, no seal, no account, the network namespace not even up
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int listen_on(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons((uint16_t)port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 4096) < 0)
		exit(111);
	return fd;
}

static void serve_bare(int connection, char *program)
{
	int spaces = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
	char *arguments[] = { program, NULL }, *environment[] = { NULL };

	if (fork() != 0)
		return;
	if (unshare(spaces) < 0 || dup2(connection, 0) < 0 || dup2(connection, 1) < 0)
		_exit(111);
	execve(program, arguments, environment);
	_exit(111);
}

int main(int argc, char **argv)
{
	int listener;

	if (argc != 4)
		return 100;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGCHLD, SIG_IGN); /* nobody asks how they ended */
	signal(SIGPIPE, SIG_IGN);
	listener = listen_on(atoi(argv[2]));
	for (;;) {
		int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (connection < 0)
			continue;
		if (strcmp(argv[1], "inline") == 0)
			(void)!write(connection, "h", 1);
		else
			serve_bare(connection, argv[3]);
		close(connection);
	}
}

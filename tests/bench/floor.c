/* SPDX-License-Identifier: ISC */
/*
 * The floor of a container per connection: what the kernel alone takes for a process with
 * namespaces of its own and "lo" up, without mounts, without a program, without a connection. One
 * loop per processor. floor TOTAL [net]      all namespaces that spawnd makes, or the network
 * namespace alone
 */
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int make_one(int flags)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	pid_t pid = fork();
	int fd, status;

	if (pid == 0) {
		if (unshare(flags) < 0)
			_exit(1);
		fd = socket(AF_INET, SOCK_DGRAM, 0);
		_exit(fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0);
	}
	return pid < 0 || waitpid(pid, &status, 0) < 0 ? -1 : status;
}

int main(int argc, char **argv)
{
	int all = CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
	int total = argc > 1 ? atoi(argv[1]) : 1000, status, failed = 0;
	int flags = argc > 2 && strcmp(argv[2], "net") == 0 ? CLONE_NEWNET : all;
	long loops = sysconf(_SC_NPROCESSORS_ONLN);
	double begun = now();

	for (long i = 0; i < loops; i++) {
		if (fork() != 0)
			continue;
		for (long j = 0; j < total / loops; j++)
			if (make_one(flags) != 0)
				_exit(1);
		_exit(0);
	}
	while (wait(&status) > 0)
		failed |= status;
	printf("total %d per_second %.0f\n", total, total / (now() - begun));
	return failed != 0;
}

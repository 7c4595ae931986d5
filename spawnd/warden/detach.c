/* SPDX-License-Identifier: ISC */
/* Going into the background, for init scripts. Warden, start regime. daemon(7), "SysV Daemons". */
#include "warden/detach.h"

#include "base/fd.h"
#include "base/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_SYSTEM 111

/* In the command's process: what the daemon says is its exit status. */
static void wait_for_report(int report) __attribute__((noreturn));
static void wait_for_report(int report)
{
	int status = EXIT_SYSTEM;
	ssize_t count;

	do {
		count = read(report, &status, sizeof(status));
	} while (count < 0 && errno == EINTR);
	_exit(count == (ssize_t)sizeof(status) ? status : EXIT_SYSTEM);
}

int detach_begin(void)
{
	int report[2];
	pid_t pid;

	if (pipe2(report, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid > 0) {
		close(report[1]);
		wait_for_report(report[0]);
	}
	close(report[0]);
	/* The second fork: not a session leader, so no terminal can ever become ours. */
	if (setsid() < 0 || (pid = fork()) < 0)
		return -errno;
	if (pid > 0)
		_exit(0);
	if (chdir("/") < 0)
		return -errno;
	return report[1];
}

void detach_end(int report, int status)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	fd_write_all(report, &status, sizeof(status));
	fd_close(&report);
	for (int fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
		fd_place(null, fd, true);
	if (null > STDERR_FILENO)
		close(null);
}

static int write_new(int directory, const char *temporary, const char *name)
{
	char text[24];
	int fd, error;

	unlinkat(directory, temporary, 0);
	fd = openat(directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0644);
	if (fd < 0)
		return -errno;
	snprintf(text, sizeof(text), "%d\n", (int)getpid());
	error = fd_write_all(fd, text, strlen(text));
	close(fd);
	if (error == 0 && renameat(directory, temporary, directory, name) < 0)
		error = -errno;
	if (error < 0)
		unlinkat(directory, temporary, 0);
	return error;
}

int detach_write_pid(const char *path, struct why *why)
{
	char temporary[NAME_MAX + 1];
	const char *name;
	int directory, error;

	/* Whoever could replace the file could have root's scripts signal any process. */
	directory = trust_open_parent(path, TRUST_CLOSED, true, &name, "pid-file", why);
	if (directory < 0)
		return directory;
	if ((size_t)snprintf(temporary, sizeof(temporary), "%s.new", name) >= sizeof(temporary))
		error = -ENAMETOOLONG;
	else
		error = write_new(directory, temporary, name);
	close(directory);
	return error < 0 ? why_set(why, error, "pid-file", "%s", path) : 0;
}

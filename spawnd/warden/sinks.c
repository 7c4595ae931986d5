/* SPDX-License-Identifier: ISC */
/*
 * Opens the log, the accounting file and the control socket. Warden; start regime and at SIGUSR1
 * and reloads.
 */
#include "warden/sinks.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SYSLOG_PATH "/dev/log"
#define CONTROL_BACKLOG 8

static int open_file(const char *path, const char *step, struct why *why)
{
	/*
	 * Not through a symlink in its last part: the name may lie in a directory that is shared.
	 */
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
		      0640);

	return fd < 0 ? why_set(why, -errno, step, "open %s", path) : fd;
}

/*
 * A daemon without syslogd runs all the same: the socket is connected when there is one (SIGUSR1).
 */
static int open_syslog(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = SYSLOG_PATH };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0)
		(void)!connect(fd, (struct sockaddr *)&address, sizeof(address));
	return fd;
}

/*
 * Standard error through an open file of our own where that can be: O_NONBLOCK on the inherited one
 * would be seen by everyone who shares it. A socket cannot be opened anew and stays as it is.
 */
static int open_stderr(void)
{
	int fd = open("/proc/self/fd/2", O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	return fd >= 0 ? fd : fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
}

int sinks_open(struct sinks *sinks, const struct daemon_spec *spec, bool detached, struct why *why)
{
	int error = 0;

	*sinks = (struct sinks){ spec->log_sink, -1, -1 };
	if (detached && sinks->kind == LOG_SINK_STDERR)
		sinks->kind = LOG_SINK_SYSLOG;
	switch (sinks->kind) {
	case LOG_SINK_FILE:
		sinks->log = open_file(spec->log_file, "open-log", why);
		error = sinks->log < 0 ? sinks->log : 0;
		break;
	case LOG_SINK_SYSLOG:
		sinks->log = open_syslog();
		break;
	default:
		sinks->log = open_stderr();
		break;
	}
	if (error == 0 && spec->accounting_file) {
		sinks->accounting = open_file(spec->accounting_file, "open-accounting", why);
		error = sinks->accounting < 0 ? sinks->accounting : 0;
	}
	if (error < 0)
		sinks_close(sinks);
	return error;
}

void sinks_close(struct sinks *sinks)
{
	fd_close(&sinks->log);
	fd_close(&sinks->accounting);
}

void sinks_use(const struct sinks *sinks, enum log_level level)
{
	int fd = sinks->log < 0 ? -1 : fcntl(sinks->log, F_DUPFD_CLOEXEC, 3);

	log_set_level(level);
	log_set_sink(sinks->kind, fd);
}

/* What lies in a directory that others can write to could have been put there by them. */
static int make_directory(const char *path, struct why *why)
{
	char copy[PATH_MAX];
	const char *directory;
	struct stat status;

	snprintf(copy, sizeof(copy), "%s", path);
	directory = dirname(copy);
	if (mkdir(directory, 0755) < 0 && errno != EEXIST)
		return why_set(why, -errno, "control-socket", "mkdir %s", directory);
	if (lstat(directory, &status) < 0 || !S_ISDIR(status.st_mode))
		return why_set(why, -ENOTDIR, "control-socket", "%s", directory);
	if (status.st_uid != 0 || (status.st_mode & (S_IWGRP | S_IWOTH)))
		return why_set(why, -EPERM, "control-socket",
			       "%s must be root's, writable by root only", directory);
	return 0;
}

int sinks_open_control(const char *path, struct why *why)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, error;

	if ((error = make_directory(path, why)) < 0)
		return error;
	if ((size_t)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path) >=
	    sizeof(address.sun_path))
		return why_set(why, -ENAMETOOLONG, "control-socket", "%s", path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return why_set(why, -errno, "control-socket", "socket");
	/* Connecting tells a live daemon's socket from one that was left behind. */
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ||
	    (errno != ECONNREFUSED && errno != ENOENT))
		errno = EADDRINUSE;
	else if (unlink(path) < 0 && errno != ENOENT)
		;
	else if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
		 chmod(path, 0600) == 0 && listen(fd, CONTROL_BACKLOG) == 0)
		return fd;
	error = why_set(why, -errno, "control-socket", "%s%s", path,
			errno == EADDRINUSE ? ": another spawnd uses it" : "");
	close(fd);
	return error;
}

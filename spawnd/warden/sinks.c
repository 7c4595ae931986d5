/* SPDX-License-Identifier: ISC */
/*
 * Opens the log, the accounting file and the control socket. Warden; start regime and at SIGUSR1
 * and reloads.
 */
#include "warden/sinks.h"

#include "base/fd.h"
#include "base/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SYSLOG_PATH "/dev/log"
#define CONTROL_BACKLOG 8

/*
 * The name may lie in a directory that is shared, and somebody may have put something there: it is
 * not followed, not waited for (a FIFO), and judged once it is open.
 */
static int open_file(const char *path, int flags, mode_t mode, const char *step, struct why *why)
{
	const char *name;
	int directory = trust_open_parent(path, TRUST_SHARED, false, &name, step, why);
	int fd, error;

	if (directory < 0)
		return directory;
	fd = openat(directory, name,
		    O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags,
		    mode);
	error = fd < 0 ? why_set(why, -errno, step, "open %s", path)
		       : trust_file(fd, directory, name, step, why);
	close(directory);
	if (error < 0)
		fd_close(&fd);
	return error < 0 ? error : fd;
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

	*sinks = (struct sinks){ spec->log_sink, -1, -1, -1 };
	if (detached && sinks->kind == LOG_SINK_STDERR)
		sinks->kind = LOG_SINK_SYSLOG;
	switch (sinks->kind) {
	case LOG_SINK_FILE:
		sinks->log = open_file(spec->log_file, O_APPEND, 0640, "open-log", why);
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
		sinks->accounting =
			open_file(spec->accounting_file, O_APPEND, 0640, "open-accounting", why);
		error = sinks->accounting < 0 ? sinks->accounting : 0;
	}
	if (error == 0 && spec->status_file) {
		/* Not to append to: what is in it is written over. */
		sinks->status = open_file(spec->status_file, 0, 0644, "open-status", why);
		error = sinks->status < 0 ? sinks->status : 0;
	}
	if (error < 0)
		sinks_close(sinks);
	return error;
}

void sinks_close(struct sinks *sinks)
{
	fd_close(&sinks->log);
	fd_close(&sinks->accounting);
	fd_close(&sinks->status);
}

void sinks_use(const struct sinks *sinks, enum log_level level)
{
	int fd = sinks->log < 0 ? -1 : fcntl(sinks->log, F_DUPFD_CLOEXEC, 3);

	log_set_level(level);
	log_set_sink(sinks->kind, fd);
}

/* A socket that nobody listens at is removed. Nothing else is, whatever it is. */
static int remove_stale(int fd, int directory, const char *name, const struct sockaddr_un *address,
			struct why *why)
{
	struct stat status;

	if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : why_set(why, -errno, "control-socket", "%s", name);
	if (!S_ISSOCK(status.st_mode))
		return why_set(why, -EEXIST, "control-socket", "%s is there and is not a socket",
			       address->sun_path);
	/* Connecting tells a live daemon's socket from one that was left behind. */
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ||
	    errno != ECONNREFUSED)
		return why_set(why, -EADDRINUSE, "control-socket", "%s: another spawnd uses it",
			       address->sun_path);
	return unlinkat(directory, name, 0) < 0 && errno != ENOENT
		       ? why_set(why, -errno, "control-socket", "remove %s", address->sun_path)
		       : 0;
}

/* By its path: that nobody else can change what it means is what the directory was checked for. */
static int bind_control(int fd, int directory, const char *name, const struct sockaddr_un *address,
			struct why *why)
{
	int error = remove_stale(fd, directory, name, address, why);
	mode_t mask;

	if (error < 0)
		return error;
	mask = umask(0177); /* root's alone from its first moment */
	error = bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? -errno : 0;
	umask(mask);
	if (error == 0 && listen(fd, CONTROL_BACKLOG) < 0)
		error = -errno;
	return error < 0 ? why_set(why, error, "control-socket", "%s", address->sun_path) : 0;
}

int sinks_open_control(const char *path, struct why *why)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *name;
	int directory, fd, error;

	if ((size_t)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path) >=
	    sizeof(address.sun_path))
		return why_set(why, -ENAMETOOLONG, "control-socket", "%s", path);
	directory = trust_open_parent(path, TRUST_CLOSED, true, &name, "control-socket", why);
	if (directory < 0)
		return directory;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	error = fd < 0 ? why_set(why, -errno, "control-socket", "socket")
		       : bind_control(fd, directory, name, &address, why);
	close(directory);
	if (error < 0)
		fd_close(&fd);
	return error < 0 ? error : fd;
}

/* SPDX-License-Identifier: ISC */
/*
 * Makes listening sockets. Runs in the warden (start regime, and at a reload), with the privileges
 * that low ports, SO_BINDTODEVICE and foreign owners take. It accepts nothing.
 */
#include "net/listener.h"

#include "base/fd.h"
#include "base/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define STEP "listen"

#define KEEP_ALIVE_MAX 32767 /* net/tcp.h; a sysctl may say more */
#define SO_BUF_LOCK_ 72	     /* asm-generic/socket.h, 5.15; SOCK_SNDBUF_LOCK and SOCK_RCVBUF_LOCK */
#define BUF_LOCK_SEND 1
#define BUF_LOCK_RECEIVE 2

static int set(int fd, int level, int name, int value, const char *what, struct why *why)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)) < 0)
		return why_set(why, -errno, STEP, "%s=%d", what, value);
	return 0;
}

static int set_if(bool wanted, int fd, int level, int name, int value, const char *what,
		  struct why *why)
{
	return wanted ? set(fd, level, name, value, what, why) : 0;
}

static int set_tcp(int fd, const struct listener_options *options, struct why *why)
{
	int error;

	if ((error = set(fd, IPPROTO_TCP, TCP_NODELAY, options->no_delay, "NoDelay", why)) < 0 ||
	    (error = set(fd, SOL_SOCKET, SO_KEEPALIVE, options->keep_alive, "KeepAlive", why)) <
		    0 ||
	    (error = set_if(options->keep_alive_time_s, fd, IPPROTO_TCP, TCP_KEEPIDLE,
			    (int)options->keep_alive_time_s, "KeepAliveTimeSec", why)) < 0 ||
	    (error = set_if(options->keep_alive_interval_s, fd, IPPROTO_TCP, TCP_KEEPINTVL,
			    (int)options->keep_alive_interval_s, "KeepAliveIntervalSec", why)) <
		    0 ||
	    (error = set_if(options->keep_alive_probes, fd, IPPROTO_TCP, TCP_KEEPCNT,
			    (int)options->keep_alive_probes, "KeepAliveProbes", why)) < 0)
		return error;
	return set(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, (int)options->defer_accept_s,
		   "DeferAcceptSec", why);
}

/*
 * Root may exceed net.core.*mem_max with the FORCE options (socket(7)); the kernel doubles the
 * value.
 */
static int set_buffer(int fd, int forced, int plain, uint64_t bytes, const char *what,
		      struct why *why)
{
	int value = bytes > INT32_MAX / 2 ? INT32_MAX / 2 : (int)bytes;

	if (bytes == 0 || setsockopt(fd, SOL_SOCKET, forced, &value, sizeof(value)) == 0)
		return 0;
	return set(fd, SOL_SOCKET, plain, value, what, why);
}

static int set_before_bind(int fd, const struct address *address,
			   const struct listener_options *options, struct why *why)
{
	int family = address->storage.ss_family, error;

	if (family == AF_UNIX)
		return 0;
	if ((error = set(fd, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR", why)) < 0 ||
	    (error = set_if(options->reuse_port, fd, SOL_SOCKET, SO_REUSEPORT, 1, "ReusePort",
			    why)) < 0 ||
	    (error = set_if(options->free_bind, fd, IPPROTO_IP, IP_FREEBIND, 1, "FreeBind", why)) <
		    0)
		return error;
	if (family == AF_INET6 && options->v6_only_set &&
	    (error = set(fd, IPPROTO_IPV6, IPV6_V6ONLY, options->v6_only, "BindIPv6Only", why)) < 0)
		return error;
	if (options->device && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, options->device,
					  (socklen_t)strlen(options->device)) < 0)
		return why_set(why, -errno, STEP, "BindToDevice=%s", options->device);
	return 0;
}

/*
 * Nobody hands descriptors of the host in with the bytes: a client's socket has this of the
 * listener from connect(2) on, and may send before it is accepted. Before 6.16 the seal hides them.
 */
static void refuse_rights(int fd)
{
	int no = 0;

	(void)setsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS_, &no, sizeof(no));
}

static int apply(int fd, const struct address *address, const struct listener_options *options,
		 struct why *why)
{
	int error = 0;

	if (address->storage.ss_family != AF_UNIX)
		error = set_tcp(fd, options, why);
	else
		refuse_rights(fd);
	/*
	 * Buffers before listen(2): the window scale of later connections depends on them (tcp(7)).
	 */
	if (error == 0)
		error = set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, options->send_buffer_bytes,
				   "SendBuffer", why);
	if (error == 0)
		error = set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, options->receive_buffer_bytes,
				   "ReceiveBuffer", why);
	if (error < 0)
		return error;
	return listen(fd, (int)options->backlog) < 0 ? why_set(why, -errno, STEP, "listen") : 0;
}

/* fresh: a new socket of that family. */
static int reset_keep_alive(int fd, int fresh, int name, const char *what, struct why *why)
{
	int value, now;
	socklen_t size = sizeof(value);

	if (getsockopt(fresh, IPPROTO_TCP, name, &value, &size) < 0 ||
	    getsockopt(fd, IPPROTO_TCP, name, &now, &size) < 0)
		return why_set(why, -errno, STEP, "%s: the kernel's", what);
	if (now == value)
		return 0;
	return set(fd, IPPROTO_TCP, name, value > KEEP_ALIVE_MAX ? KEEP_ALIVE_MAX : value, what,
		   why);
}

/*
 * A size that was set is locked, and the kernel adapts it no more. Before 5.15 nobody can tell, or
 * undo it: it stays.
 */
static int reset_buffer(int fd, int fresh, int forced, int plain, const char *what, struct why *why)
{
	int bit = plain == SO_SNDBUF ? BUF_LOCK_SEND : BUF_LOCK_RECEIVE;
	int locked, value, error;
	socklen_t size = sizeof(value);

	if (getsockopt(fd, SOL_SOCKET, SO_BUF_LOCK_, &locked, &size) < 0 || !(locked & bit))
		return 0;
	if (getsockopt(fresh, SOL_SOCKET, plain, &value, &size) < 0)
		return why_set(why, -errno, STEP, "%s: the kernel's", what);
	error = set(fd, SOL_SOCKET, forced, value / 2, what, why);
	return error < 0 ? error : set(fd, SOL_SOCKET, SO_BUF_LOCK_, locked & ~bit, what, why);
}

/* What is the kernel's to say is as it is in a new socket, whatever was set before. */
static int reset(int fd, int fresh, bool tcp, const struct listener_options *options,
		 struct why *why)
{
	int error = 0;

	if (tcp && options->keep_alive_time_s == 0)
		error = reset_keep_alive(fd, fresh, TCP_KEEPIDLE, "KeepAliveTimeSec", why);
	if (tcp && options->keep_alive_interval_s == 0 && error == 0)
		error = reset_keep_alive(fd, fresh, TCP_KEEPINTVL, "KeepAliveIntervalSec", why);
	if (tcp && options->keep_alive_probes == 0 && error == 0)
		error = reset_keep_alive(fd, fresh, TCP_KEEPCNT, "KeepAliveProbes", why);
	if (options->send_buffer_bytes == 0 && error == 0)
		error = reset_buffer(fd, fresh, SO_SNDBUFFORCE, SO_SNDBUF, "SendBuffer", why);
	if (options->receive_buffer_bytes == 0 && error == 0)
		error = reset_buffer(fd, fresh, SO_RCVBUFFORCE, SO_RCVBUF, "ReceiveBuffer", why);
	return error;
}

int listener_adjust(int fd, const struct address *address, const struct listener_options *options,
		    struct why *why)
{
	int error = apply(fd, address, options, why), domain, fresh;
	socklen_t size = sizeof(domain);

	if (error < 0)
		return error;
	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) < 0 ||
	    (fresh = socket(domain, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
		return why_set(why, -errno, STEP, "what a new socket has");
	error = reset(fd, fresh, domain != AF_UNIX, options, why);
	fd_close(&fresh);
	return error;
}

/* address_parse() leaves a NUL behind the path: it is shorter than sun_path. NULL: not a path. */
static const char *path_of(const struct address *address)
{
	const struct sockaddr_un *name = (const struct sockaddr_un *)&address->storage;

	return address->storage.ss_family == AF_UNIX && name->sun_path[0] == '/' ? name->sun_path
										 : NULL;
}

/*
 * A socket left by a daemon that crashed is replaced; one that a live server holds is not, nor any
 * other file.
 */
static int may_replace(const char *path, const struct address *address, struct why *why)
{
	struct stat status;
	int fd, error;

	if (lstat(path, &status) < 0)
		return errno == ENOENT ? 0 : why_set(why, -errno, STEP, "%s", path);
	if (!S_ISSOCK(status.st_mode))
		return why_set(why, -EEXIST, STEP, "%s is there and is not a socket", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return why_set(why, -errno, STEP, "socket");
	error = connect(fd, (const struct sockaddr *)&address->storage, address->length) < 0 ? errno
											     : 0;
	close(fd);
	/*
	 * Whatever else than a refusal: somebody has it, perhaps with another type of socket
	 * (EPROTOTYPE).
	 */
	if (error != ECONNREFUSED)
		return why_set(why, -EADDRINUSE, STEP, "another process listens at %s", path);
	return 0;
}

/* A descriptor's own name: chmod(2) has no flag for "not through a symlink". proc(5) */
static int change_mode(int fd, mode_t mode)
{
	char self[32];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	return chmod(self, mode);
}

int listener_own(const char *path, const struct listener_options *options,
		 struct listener_file *file, struct why *why)
{
	int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC), error = 0;
	bool known = file->inode != 0;
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		error = why_set(why, -errno, STEP, "%s", path);
	else if (!S_ISSOCK(status.st_mode) || status.st_nlink != 1 ||
		 (known ? status.st_dev != file->device || status.st_ino != file->inode
			: status.st_uid != geteuid()))
		error = why_set(why, -ESTALE, STEP, "%s was replaced by somebody", path);
	else if (fchownat(fd, "", options->uid, options->gid, AT_EMPTY_PATH) < 0 ||
		 change_mode(fd, options->mode) < 0)
		error = why_set(why, -errno, STEP, "owner or mode of %s", path);
	else
		*file = (struct listener_file){ status.st_dev, status.st_ino };
	fd_close(&fd);
	return error;
}

/* Owner and mode are set between bind(2) and listen(2): until then a connect(2) is refused. */
static int bind_path(int fd, const char *path, const struct address *address,
		     const struct listener_options *options, struct listener_file *file,
		     struct why *why)
{
	mode_t mask;
	int error = may_replace(path, address, why);

	if (error < 0)
		return error;
	unlink(path);
	mask = umask(0777);
	error = bind(fd, (const struct sockaddr *)&address->storage, address->length) < 0 ? -errno
											  : 0;
	umask(mask);
	if (error < 0)
		return why_set(why, error, STEP, "bind %s", path);
	return listener_own(path, options, file, why);
}

/* What a bare port becomes on a kernel without IPv6. */
static void set_any_v4(struct address *address, unsigned int port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	memset(address, 0, sizeof(*address));
	memcpy(&address->storage, &v4, sizeof(v4));
	address->length = sizeof(v4);
}

static int make(const struct listener_options *options, int family, struct why *why)
{
	int kind = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, fd;

	if (options->make && family != AF_UNIX)
		return options->make(options->make_context, family, kind, why);
	fd = socket(family, kind, 0);
	return fd < 0 ? why_set(why, -errno, STEP, "socket") : fd;
}

int listener_open(const struct address *address, bool any, const struct listener_options *options,
		  struct listener_file *file, struct why *why)
{
	struct address used = *address;
	int fd = make(options, used.storage.ss_family, why), error;

	if (fd == -EAFNOSUPPORT && any) {
		set_any_v4(&used, address_port(address));
		fd = make(options, AF_INET, why);
	}
	if (fd < 0)
		return fd;
	error = set_before_bind(fd, &used, options, why);
	*file = (struct listener_file){ 0, 0 };
	if (error == 0 && path_of(&used))
		error = bind_path(fd, path_of(&used), &used, options, file, why);
	else if (error == 0 && bind(fd, (const struct sockaddr *)&used.storage, used.length) < 0)
		error = why_set(why, -errno, STEP, "bind");
	if (error == 0)
		error = apply(fd, &used, options, why);
	if (error < 0)
		fd_close(&fd);
	return error < 0 ? error : fd;
}

void listener_unlink(const struct address *address, const struct listener_file *file)
{
	const char *path = path_of(address);
	struct stat status;

	if (path && file->inode != 0 && lstat(path, &status) == 0 &&
	    status.st_dev == file->device && status.st_ino == file->inode)
		unlink(path);
}

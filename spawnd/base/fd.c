/* SPDX-License-Identifier: ISC */
/*
 * Descriptors: closing, flags, opening below a directory without a symlink. Every process uses it,
 * children after clone too: nothing here allocates, and what a container does calls by the gate,
 * for errno may not be its own.
 */
#include "base/fd.h"

#include "base/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U /* 6.3; demanded where vm.memfd_noexec is 2 */
#endif

#define CLOSE_LOOP_MAX 65536 /* never count to an "infinite" RLIMIT_NOFILE */

int fd_memory(const char *name)
{
	unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create(name, flags | MFD_NOEXEC_SEAL);

	return fd < 0 && errno == EINVAL ? memfd_create(name, flags) : fd;
}

void fd_close(int *fd)
{
	if (*fd >= 0)
		GATE_1(SYS_close, *fd);
	*fd = -1;
}

void fd_close_all(int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fd_close(&fds[i]);
}

static int change_flag(int fd, int get, int set, int flag, bool on)
{
	int flags = (int)GATE_2(SYS_fcntl, fd, get);

	if (flags < 0)
		return flags;
	return (int)GATE_3(SYS_fcntl, fd, set, on ? flags | flag : flags & ~flag);
}

int fd_keep(int fd)
{
	return change_flag(fd, F_GETFD, F_SETFD, FD_CLOEXEC, false);
}

int fd_cloexec(int fd)
{
	return change_flag(fd, F_GETFD, F_SETFD, FD_CLOEXEC, true);
}

int fd_blocking(int fd, bool blocking)
{
	return change_flag(fd, F_GETFL, F_SETFL, O_NONBLOCK, !blocking);
}

/* getdents64(2) by hand: opendir(3) allocates. The directory's own descriptor is closed last. */
static int close_by_proc(unsigned int first)
{
	char buffer[4096] __attribute__((aligned(8)));
	int directory = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct entry {
		uint64_t inode, offset;
		uint16_t length;
		uint8_t type;
		char name[];
	} * entry;
	long count;

	if (directory < 0)
		return -errno;
	while ((count = syscall(SYS_getdents64, directory, buffer, sizeof(buffer))) > 0) {
		for (long at = 0; at < count; at += entry->length) {
			long fd;

			entry = (struct entry *)(void *)(buffer + at);
			fd = strtol(entry->name, NULL, 10);
			if (entry->name[0] != '.' && fd >= (long)first && fd != directory)
				close((int)fd);
		}
	}
	close(directory);
	return count < 0 ? -errno : 0;
}

int fd_close_from(unsigned int first)
{
	struct rlimit limit;
	rlim_t end = CLOSE_LOOP_MAX;

	if (GATE_3(SYS_close_range, first, UINT_MAX, 0) == 0)
		return 0;
	if (close_by_proc(first) == 0)
		return 0;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < end)
		end = limit.rlim_cur;
	for (rlim_t fd = first; fd < end; fd++)
		close((int)fd);
	return 0;
}

int fd_fill_standard(void)
{
	int fd;

	do {
		fd = open("/dev/null",
			  O_RDWR); /* the lowest free number: not CLOEXEC, it stands for 0-2 */
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

int fd_open(const char *path, int flags)
{
	return (int)GATE_4(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC | O_LARGEFILE, 0);
}

int fd_lift(int fd, int least)
{
	return (int)GATE_3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, least);
}

int fd_place(int from, int to, bool keep)
{
	int placed;

	if (from == to)
		return keep ? fd_keep(to) : fd_cloexec(to);
	placed = (int)GATE_3(SYS_dup3, from, to, keep ? 0 : O_CLOEXEC);
	return placed < 0 ? placed : 0;
}

int fd_write_all(int fd, const void *bytes, size_t count)
{
	const char *at = bytes;

	while (count > 0) {
		ssize_t written = write(fd, at, count);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		at += written;
		count -= (size_t)written;
	}
	return 0;
}

/*
 * Before 5.6: one component at a time, none of them a symlink, "..", or longer than a name can be.
 */
static int open_by_walk(int root, const char *path, int flags)
{
	char name[NAME_MAX + 1];
	int at = fcntl(root, F_DUPFD_CLOEXEC, 0), next;
	struct stat status;

	for (;;) {
		size_t length;

		if (at < 0)
			return -errno;
		path += strspn(path, "/");
		length = strcspn(path, "/");
		if (length > NAME_MAX || (length == 2 && memcmp(path, "..", 2) == 0)) {
			close(at);
			return length > NAME_MAX ? -ENAMETOOLONG : -EXDEV;
		}
		memcpy(name, length ? path : ".", length ? length : 1);
		name[length ? length : 1] = '\0';
		path += length;
		if (path[strspn(path, "/")] == '\0')
			break;
		next = openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		fd_close(&at);
		at = next;
	}
	next = openat(at, name, flags | O_NOFOLLOW | O_CLOEXEC, 0);
	fd_close(&at);
	if (next < 0)
		return -errno;
	/* O_PATH opens the symlink itself (open(2)); openat2 does so only with O_NOFOLLOW, too. */
	if (!(flags & O_NOFOLLOW) && fstat(next, &status) == 0 && S_ISLNK(status.st_mode)) {
		close(next);
		return -ELOOP;
	}
	return next;
}

int fd_open_beneath(int root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	const char *relative = path + strspn(path, "/");
	long fd;

	fd = GATE_4(SYS_openat2, root, *relative ? relative : ".", &how, sizeof(how));
	return fd == -ENOSYS ? open_by_walk(root, path, flags) : (int)fd;
}

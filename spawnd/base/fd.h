/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_BASE_FD_H
#define SPAWND_BASE_FD_H

/*
 * Descriptors. -1 is none. Every descriptor is CLOEXEC from birth; what is to survive execve is
 * said so explicitly by fd_keep(). close(2) is never retried: Linux frees the number even on EINTR.
 */
#include <stdbool.h>
#include <stddef.h>

/* Closes *fd if it is one and sets it to -1. Keeps errno. */
void fd_close(int *fd);

/* Closes count descriptors of an array, each set to -1. */
void fd_close_all(int *fds, size_t count);

/* Clears or sets FD_CLOEXEC; clears or sets O_NONBLOCK. 0 or -errno. */
int fd_keep(int fd);
int fd_cloexec(int fd);
int fd_blocking(int fd, bool blocking);

/*
 * Closes every descriptor from `first` on, and those only: close_range(2) (5.9), else a walk of
 * /proc/self/fd, else a loop to the soft RLIMIT_NOFILE (at most 65,536: never to "infinity").
 * Never allocates. 0 or -errno.
 */
int fd_close_from(unsigned int first);

/* Opens /dev/null on whichever of 0, 1, 2 is closed, so that no later descriptor lands there. */
int fd_fill_standard(void);

/* openat(2) from the working directory, CLOEXEC: a descriptor or -errno. */
int fd_open(const char *path, int flags);

/*
 * A copy of `fd`, CLOEXEC, with the lowest free number that is not below `least` (F_DUPFD_CLOEXEC,
 * fcntl(2)); or -errno.
 */
int fd_lift(int fd, int least);

/*
 * Makes descriptor `to` a copy of `from` (dup3(2)), CLOEXEC unless keep. 0 or -errno; from stays
 * open.
 */
int fd_place(int from, int to, bool keep);

/*
 * A file in memory, not executable where the kernel has that (memfd_create(2)), sealable. A
 * descriptor or -1 with errno.
 */
int fd_memory(const char *name);

/* Writes all of it, to a file or a blocking descriptor. 0 or -errno. */
int fd_write_all(int fd, const void *bytes, size_t count);

/*
 * Opens `path` below the directory `root` without following a symlink on the way or leaving it:
 * openat2(2) RESOLVE_BENEATH|NO_SYMLINKS|NO_MAGICLINKS (5.6), else component by component with
 * O_NOFOLLOW. A leading '/' means the directory `root` itself. flags as open(2); O_CLOEXEC is
 * added. A descriptor, or -errno (-ELOOP: a component is a symlink; -ENOTDIR with the fallback).
 */
int fd_open_beneath(int root, const char *path, int flags);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * Paths of a container, looked up on the host for config_check(). The warden and -t, start regime.
 * The root file system is not trusted: the kernel is never asked to follow one of its symlinks, and
 * nothing in it is opened but by O_PATH. What is found may change a moment later: this is help for
 * the operator, not the barrier.
 */
#include "config/lookup.h"

#include "base/fd.h"
#include "config/directive.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SYMLINKS_MAX 40 /* path_resolution(7) */

/* The bind that covers the path most closely, or NULL. They are sorted: the last one is it. */
static const struct bind_mount_spec *covering(const struct container_spec *container,
					      const char *path, const struct bind_mount_spec *self)
{
	const struct bind_mount_spec *found = NULL;

	for (size_t i = 0; i < container->bind_count; i++) {
		const struct bind_mount_spec *bind = &container->binds[i];

		if (bind == self)
			break; /* what is mounted later does not cover its mount point */
		if (!mounts_below(path, bind->target))
			continue;
		if (bind->optional && access(bind->source, F_OK) < 0)
			continue;
		found = bind;
	}
	return found;
}

/* Opens path, of whose components only the last may be a symlink, which is then opened itself. */
static int open_in(const struct container_spec *container, const char *path,
		   const struct bind_mount_spec *self)
{
	const struct bind_mount_spec *bind = covering(container, path, self);
	const char *base = bind ? bind->source : container->root_directory;
	const char *rest = bind ? mounts_below(path, bind->target) : path + 1;
	int root = open(base, O_PATH | O_CLOEXEC), fd;

	if (root < 0)
		return -errno;
	if (!*rest)
		return root;
	fd = fd_open_beneath(root, rest, O_PATH | O_NOFOLLOW);
	fd_close(&root);
	return fd;
}

int lookup_mount_point(const struct container_spec *container, const char *path,
		       const struct bind_mount_spec *self)
{
	int fd = open_in(container, path, self);
	struct stat status;

	if (fd >= 0 && fstat(fd, &status) == 0 && S_ISLNK(status.st_mode)) {
		fd_close(&fd);
		return -ELOOP;
	}
	return fd;
}

/* True for what spawnd mounts itself: *status is then that directory, or -ENOENT below it. */
static bool own_mount(const struct container_spec *container, const char *path, int *result,
		      struct stat *status)
{
	const char *rest = mounts_below(path, "/proc");

	if (!rest)
		rest = mounts_below(path, "/dev");
	for (size_t i = 0; i < container->tmpfs_count; i++) {
		const char *below = mounts_below(path, container->tmpfs[i].target);

		if (below)
			rest = below;
	}
	if (!rest)
		return false;
	*status = (struct stat){ .st_mode = S_IFDIR | 0755 };
	*result = *rest ? -ENOENT : 0;
	return true;
}

/* One component: fstat, and the target's text if it is a symlink. Its length, 0, or -errno. */
static ssize_t examine(const struct container_spec *container, const char *path,
		       struct stat *status, char *target, size_t size)
{
	ssize_t length;
	int result, fd;

	if (own_mount(container, path, &result, status))
		return result;
	fd = open_in(container, path, NULL);
	if (fd < 0)
		return fd;
	length = fstat(fd, status);
	if (length == 0 && S_ISLNK(status->st_mode))
		length = readlinkat(fd, "", target, size);
	if (length < 0)
		length = -errno;
	fd_close(&fd);
	return length == (ssize_t)size ? -ENAMETOOLONG : length;
}

/* Puts what a symlink says before what is left of the path. */
static int put_before(char *todo, const char *target, size_t length)
{
	size_t left = strlen(todo);

	if (length + left >= PATH_MAX)
		return -ENAMETOOLONG;
	memmove(todo + length, todo, left + 1);
	memcpy(todo, target, length);
	return 0;
}

static void drop_last(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash)
		*slash = '\0';
}

/* Moves one component from todo to done. 1, 0 when there was none, or -ENAMETOOLONG. */
static int take_component(char done[PATH_MAX], char todo[PATH_MAX])
{
	const char *name = todo + strspn(todo, "/");
	size_t length = strcspn(name, "/"), end = strlen(done);

	if (!length)
		return 0;
	if (end + 1 + length >= PATH_MAX)
		return -ENAMETOOLONG;
	if (length == 2 && !strncmp(name, "..", 2)) {
		drop_last(done);
	} else if (length != 1 || *name != '.') {
		done[end] = '/';
		memcpy(done + end + 1, name, length);
		done[end + 1 + length] = '\0';
	}
	memmove(todo, name + length, strlen(name + length) + 1);
	return 1;
}

/* done: what is resolved, "" for the root; todo: what is left, any number of slashes between. */
int lookup_stat(const struct container_spec *container, const char *path, struct stat *status)
{
	static const struct stat root = { .st_mode = S_IFDIR | 0755 };
	char done[PATH_MAX] = "", todo[PATH_MAX], target[PATH_MAX] = "";
	int result, symlinks = 0;

	if (snprintf(todo, sizeof(todo), "%s", path) >= (int)sizeof(todo))
		return -ENAMETOOLONG;
	*status = root;
	while ((result = take_component(done, todo)) > 0) {
		ssize_t length = 0;

		if (*done)
			length = examine(container, done, status, target, sizeof(target));
		else
			*status = root;
		if (length < 0)
			return (int)length;
		if (!S_ISLNK(status->st_mode))
			continue;
		if (++symlinks > SYMLINKS_MAX)
			return -ELOOP;
		drop_last(done);
		if (*target == '/')
			*done = '\0';
		if (put_before(todo, target, (size_t)length) < 0)
			return -ENAMETOOLONG;
	}
	return result;
}

/* SPDX-License-Identifier: ISC */
/*
 * Places that nobody but root can have prepared. Warden; it writes nothing but a missing directory
 * and follows no symlink that is not root's.
 */
#include "base/trust.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 40 /* as the kernel's own (MAXSYMLINKS) */

struct walk {
	int at;		     /* the directory reached */
	char rest[PATH_MAX]; /* still to go */
	char done[PATH_MAX]; /* for messages */
	unsigned int links;
	enum trust trust;
	const char *step;
	struct why *why;
};

static bool is_roots(const struct stat *status)
{
	return status->st_uid == 0 || status->st_uid == geteuid();
}

static int fault(const struct walk *walk, int error, const char *complaint)
{
	return why_set(walk->why, error, walk->step, "%s %s", *walk->done ? walk->done : "/",
		       complaint);
}

/* The group 0 is root. */
static bool is_groups(const struct stat *status)
{
	return (status->st_mode & S_IWGRP) && status->st_gid != 0;
}

static int check_directory(const struct walk *walk, const struct stat *status)
{
	bool last = !walk->rest[strspn(walk->rest, "/")];
	bool sticky = status->st_mode & S_ISVTX;

	if (!is_roots(status))
		return fault(walk, -EPERM, "belongs to another user");
	if ((status->st_mode & S_IWOTH) && !(sticky && (!last || walk->trust == TRUST_SHARED)))
		return fault(walk, -EPERM, "can be written to by everybody");
	if (is_groups(status) && !sticky && walk->trust != TRUST_SHARED)
		return fault(walk, -EPERM, "can be written to by a group");
	if (is_groups(status) && last && walk->trust == TRUST_CLOSED)
		return fault(walk, -EPERM, "can be written to by a group");
	return 0;
}

/* A symlink that is root's, in a directory that was checked: its target is the way now. */
static int follow(struct walk *walk, int link, const struct stat *status)
{
	char target[PATH_MAX];
	ssize_t length;
	size_t rest = strlen(walk->rest);

	if (!is_roots(status))
		return fault(walk, -EPERM, "is a symbolic link of another user");
	if (++walk->links > LINKS_MAX)
		return fault(walk, -ELOOP, "is one symbolic link too many");
	length = readlinkat(link, "", target, sizeof(target));
	if (length < 0)
		return fault(walk, -errno, "cannot be read");
	if ((size_t)length + 1 + rest + 1 > sizeof(walk->rest))
		return fault(walk, -ENAMETOOLONG, "leads too far");
	memmove(walk->rest + length + 1, walk->rest, rest + 1);
	memcpy(walk->rest, target, (size_t)length);
	walk->rest[length] = '/';
	if (target[0] != '/')
		return 0;
	fd_close(&walk->at);
	walk->at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return walk->at < 0 ? fault(walk, -errno, "/") : 0;
}

/* One component: taken off the rest, opened, judged. */
static int step(struct walk *walk)
{
	char *start = walk->rest + strspn(walk->rest, "/");
	size_t length = strcspn(start, "/"), done = strlen(walk->done);
	char name[NAME_MAX + 1];
	struct stat status;
	int next, error;

	if (length > NAME_MAX || done + 1 + length + 1 > sizeof(walk->done))
		return fault(walk, -ENAMETOOLONG, "leads too far");
	snprintf(name, sizeof(name), "%.*s", (int)length, start);
	snprintf(walk->done + done, sizeof(walk->done) - done, "/%s", name);
	memmove(walk->rest, start + length, strlen(start + length) + 1);
	next = openat(walk->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (next < 0 || fstat(next, &status) < 0) {
		error = fault(walk, -errno, "cannot be entered");
		fd_close(&next);
		return error;
	}
	if (S_ISLNK(status.st_mode)) {
		error = follow(walk, next, &status);
		fd_close(&next);
		return error;
	}
	fd_close(&walk->at);
	walk->at = next;
	return S_ISDIR(status.st_mode) ? check_directory(walk, &status)
				       : fault(walk, -ENOTDIR, "is no directory");
}

/* Opens the directory whose name is the first `length` bytes of path. */
static int open_directory(const char *path, size_t length, enum trust trust, const char *step_name,
			  struct why *why)
{
	struct walk walk = { .trust = trust, .step = step_name, .why = why };
	struct stat status;
	int error = 0;

	if (path[0] != '/' || length >= sizeof(walk.rest))
		return why_set(why, -EINVAL, step_name, "%s is no absolute path", path);
	memcpy(walk.rest, path, length);
	walk.rest[length] = '\0';
	walk.at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (walk.at < 0 || fstat(walk.at, &status) < 0)
		return why_set(why, -errno, step_name, "/");
	error = check_directory(&walk, &status);
	while (error == 0 && walk.rest[strspn(walk.rest, "/")])
		error = step(&walk);
	if (error < 0)
		fd_close(&walk.at);
	return error < 0 ? error : walk.at;
}

/* Where the last component begins. */
static size_t name_at(const char *path, size_t length)
{
	while (length > 0 && path[length - 1] != '/')
		length--;
	return length;
}

/* Its parent may be a sticky one: what root makes there stays root's. */
static int make_directory(const char *path, size_t length, const char *step_name, struct why *why)
{
	char name[NAME_MAX + 1];
	size_t start;
	int parent, error = 0;

	while (length > 1 && path[length - 1] == '/')
		length--;
	start = name_at(path, length);
	if (length - start > NAME_MAX)
		return why_set(why, -ENAMETOOLONG, step_name, "%s", path);
	snprintf(name, sizeof(name), "%.*s", (int)(length - start), path + start);
	parent = open_directory(path, start, TRUST_SHARED, step_name, why);
	if (parent < 0)
		return parent;
	if (mkdirat(parent, name, 0755) < 0 && errno != EEXIST)
		error = why_set(why, -errno, step_name, "mkdir %.*s", (int)length, path);
	close(parent);
	return error;
}

int trust_open_parent(const char *path, enum trust trust, bool make, const char **name,
		      const char *step_name, struct why *why)
{
	size_t length = name_at(path, strlen(path));
	int fd;

	*name = path + length;
	if (!**name)
		return why_set(why, -EISDIR, step_name, "%s names no file", path);
	fd = open_directory(path, length, trust, step_name, why);
	if (fd != -ENOENT || !make || make_directory(path, length, step_name, why) < 0)
		return fd;
	return open_directory(path, length, trust, step_name, why);
}

int trust_file(int fd, int directory, const char *name, const char *step_name, struct why *why)
{
	struct stat status, named;
	const char *complaint = NULL;
	int error = -EPERM;

	if (fstat(fd, &status) < 0 || fstatat(directory, name, &named, AT_SYMLINK_NOFOLLOW) < 0)
		return why_set(why, -errno, step_name, "%s", name);
	if (!is_roots(&status)) {
		complaint = "belongs to another user";
	} else if (S_ISCHR(status.st_mode)) {
		return 0;
	} else if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode)) {
		complaint = "is no regular file";
	} else if ((status.st_mode & S_IWOTH) || is_groups(&status)) {
		complaint = "can be written to by others";
	} else if (status.st_dev != named.st_dev || status.st_ino != named.st_ino) {
		complaint = "was replaced meanwhile";
		error = -ESTALE;
	} else if (named.st_nlink != 1) {
		/*
		 * The name's own count, not the descriptor's: at that moment the name was that file
		 * and its only one. Another may have been taken away before.
		 */
		complaint = "has another name";
		error = -EMLINK;
	}
	return complaint ? why_set(why, error, step_name, "%s %s", name, complaint) : 0;
}

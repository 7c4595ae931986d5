/* SPDX-License-Identifier: ISC */
/*
 * Sets flags on a tree of mounts one by one. Runs in the zygote at its start, while it is host root
 * (start regime). What is mounted below the top is found in mountinfo (proc(5)), whose paths are
 * made of names that a program of an earlier connection may have chosen: each is opened without
 * following a symlink, and is used only if it is the very mount that was listed.
 */
#include "container/remount.h"

#include "base/fd.h"
#include "base/gate.h"
#include "container/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A remount sets all flags anew (mount(2)): those that are there are said again. */
static int remount(int fd, unsigned int flags)
{
	static const struct {
		unsigned int flag;
		long there;
		unsigned long word;
	} words[] = {
		{ MOUNT_READ_ONLY, ST_RDONLY, MS_RDONLY },
		{ MOUNT_NO_SUID, ST_NOSUID, MS_NOSUID },
		{ MOUNT_NO_DEV, ST_NODEV, MS_NODEV },
		{ MOUNT_NO_EXEC, ST_NOEXEC, MS_NOEXEC },
	};
	unsigned long all = MS_BIND | MS_REMOUNT;
	struct statfs status;
	char path[40];

	if (fstatfs(fd, &status) < 0)
		return -errno;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if ((flags & words[i].flag) || ((long)status.f_flags & words[i].there))
			all |= words[i].word;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return (int)GATE_5(SYS_mount, NULL, path, NULL, all, NULL);
}

/* The number that mountinfo has for the mount on which fd was opened; -1: none. */
static long mount_number(int fd)
{
	char path[40], line[128];
	long number = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	while (file && number < 0 && fgets(line, sizeof(line), file))
		if (strncmp(line, "mnt_id:", 7) == 0)
			number = strtol(line + 7, NULL, 10);
	if (file)
		fclose(file);
	return number;
}

/* Blanks and the like stand as \ooo in it (mangle() in fs/proc_namespace.c). */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] && from[3]) {
			*to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

/* "36 35 98:0 /root /point options...": its number; its mount point, cut out of the line. */
static long parse(char *line, char **point)
{
	long number = strtol(line, &line, 10);

	for (int field = 0; field < 3 && line; field++)
		line = strchr(line + 1, ' ');
	if (!line)
		return -1;
	*point = line + 1;
	line[1 + strcspn(line + 1, " ")] = '\0';
	unescape(*point);
	return number;
}

/* The mount `number` at `path` below the top; one that another covers is out of reach anyway. */
static int remount_below(int top, const char *path, long number, unsigned int flags)
{
	int fd = fd_open_beneath(top, path, O_PATH), error = 0;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	if (mount_number(fd) == number)
		error = remount(fd, flags);
	close(fd);
	return error;
}

/* Two readings: the top's own line need not stand before those of the mounts below it. */
static char *point_of(FILE *list, long wanted)
{
	char *line = NULL, *point = NULL, *copy = NULL;
	size_t size = 0;

	while (!copy && getline(&line, &size, list) > 0)
		if (parse(line, &point) == wanted && point)
			copy = strdup(point);
	free(line);
	rewind(list);
	return copy;
}

int remount_tree(int top, unsigned int flags, const char *step, struct why *why)
{
	FILE *list = fopen("/proc/self/mountinfo", "re");
	char *line = NULL, *point, *here = list ? point_of(list, mount_number(top)) : NULL;
	size_t size = 0, length = here ? strlen(here) : 0;
	int error = here ? remount(top, flags) : -ENOENT;

	while (error == 0 && getline(&line, &size, list) > 0) {
		long number = parse(line, &point);

		if (number >= 0 && strncmp(point, here, length) == 0 && point[length] == '/')
			error = remount_below(top, point + length, number, flags);
	}
	free(line);
	free(here);
	if (list)
		fclose(list);
	return error < 0 ? why_set(why, error, step, "remount") : 0;
}

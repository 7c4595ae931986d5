/* SPDX-License-Identifier: ISC */
/*
 * The snapshot: the configuration's files, read once by the warden into a sealed memfd and mapped
 * by every role. Start regime. It asks whether the files may be trusted (root's, and nobody else
 * can write them), not what is in them.
 */
#include "config/snapshot.h"

#include "base/fd.h"
#include "config/config.h"
#include "config/lists.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define DROP_INS_MAX 1000
#define DROP_IN_SUFFIX ".conf"

struct reading {
	struct config_errors *errors;
	int fd;			     /* the memfd */
	size_t size;		     /* written so far */
	int result;		     /* of the first fault */
	const struct list_use *list; /* NULL: a file of the configuration is read */
	char *lists[LISTS_MAX];	     /* those that were read */
	size_t list_count;
};

static void fault(struct reading *reading, const char *file, int error, const char *text)
{
	const struct list_use *list = reading->list;

	if (list)
		config_errors_add(reading->errors, list->origin, "[%.40s] %s: %.120s: %s",
				  list->title, list->key, file, text);
	else
		config_errors_add(reading->errors, (struct origin){ file, 0 }, "%s", text);
	if (!reading->result)
		reading->result = error;
}

/* The complaint about a file or directory that somebody else could write, or NULL. */
static const char *distrust(const struct stat *status)
{
	if (status->st_uid != 0)
		return "belongs to another user, expected root";
	if (status->st_mode & (S_IWGRP | S_IWOTH))
		return "is writable by group or others, expected by root alone";
	return NULL;
}

static void add_bytes(struct reading *reading, const char *name, char *bytes, size_t size)
{
	uint32_t lengths[2] = { (uint32_t)strlen(name),
				(uint32_t)size | (reading->list ? SNAPSHOT_LIST : 0) };
	int error;

	if (reading->size + sizeof(lengths) + lengths[0] + size > SNAPSHOT_BYTES_MAX) {
		fault(reading, name, -EFBIG,
		      "the configuration is too large, expected at most 8M "
		      "in all files");
		return;
	}
	error = fd_write_all(reading->fd, lengths, sizeof(lengths));
	if (!error)
		error = fd_write_all(reading->fd, name, lengths[0]);
	if (!error)
		error = fd_write_all(reading->fd, bytes, size);
	if (error)
		fault(reading, name, error, strerror(-error));
	reading->size += sizeof(lengths) + lengths[0] + size;
}

/* Reads to the end, or until there is one byte more than `room`. */
static ssize_t read_all(int fd, char *bytes, size_t room)
{
	size_t count = 0;

	while (count < room) {
		ssize_t got = read(fd, bytes + count, room - count);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		count += (size_t)got;
	}
	return (ssize_t)count;
}

static void add_contents(struct reading *reading, const char *name, int fd)
{
	size_t room = (reading->list ? SNAPSHOT_LIST_BYTES_MAX : SNAPSHOT_FILE_BYTES_MAX) + 1;
	char *bytes = malloc(room);
	ssize_t count;

	if (!bytes) {
		fault(reading, name, -ENOMEM, strerror(ENOMEM));
		return;
	}
	count = read_all(fd, bytes, room);
	if (count < 0)
		fault(reading, name, (int)count, strerror((int)-count));
	else if ((size_t)count == room)
		fault(reading, name, -EFBIG,
		      reading->list ? "is too large, expected at most 4M"
				    : "is too large, expected at most 1M");
	else
		add_bytes(reading, name, bytes, (size_t)count);
	explicit_bzero(bytes, room);
	free(bytes);
}

/* O_NONBLOCK: a FIFO of that name must not hold the daemon. */
static void add_file(struct reading *reading, int directory, const char *entry, const char *name,
		     int flags)
{
	int fd = openat(directory, entry, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags);
	const char *complaint;
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0) {
		fault(reading, name, -errno,
		      errno == ELOOP ? "is a symbolic link, expected a regular file"
				     : strerror(errno));
	} else if (!S_ISREG(status.st_mode)) {
		fault(reading, name, -EINVAL, "is not a regular file");
	} else if ((complaint = distrust(&status))) {
		fault(reading, name, -EPERM, complaint);
	} else {
		add_contents(reading, name, fd);
	}
	fd_close(&fd);
}

/* Opens a directory that nobody else can write. -1: absent, or a fault that was told. */
static int open_directory(struct reading *reading, const char *path, bool may_be_absent)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *complaint;
	struct stat status;

	if (fd < 0 && errno == ENOENT && may_be_absent)
		return -1;
	if (fd < 0 || fstat(fd, &status) < 0) {
		fault(reading, path, -errno, strerror(errno));
		fd_close(&fd);
		return -1;
	}
	complaint = distrust(&status);
	if (complaint) {
		fault(reading, path, -EPERM, complaint);
		fd_close(&fd);
	}
	return fd;
}

static void add_main(struct reading *reading, const char *path)
{
	const char *slash = strrchr(path, '/');
	char directory[PATH_MAX];
	int fd;

	if (snprintf(directory, sizeof(directory), "%s", slash ? path : ".") >=
	    (int)sizeof(directory)) {
		fault(reading, path, -ENAMETOOLONG, strerror(ENAMETOOLONG));
		return;
	}
	if (slash)
		directory[slash == path ? 1 : slash - path] = '\0';
	fd = open_directory(reading, directory, false);
	if (fd >= 0)
		add_file(reading, fd, slash ? slash + 1 : path, path, 0);
	fd_close(&fd);
}

static bool is_drop_in(const char *name)
{
	size_t length = strlen(name), suffix = strlen(DROP_IN_SUFFIX);

	return *name != '.' && length > suffix &&
	       strcmp(name + length - suffix, DROP_IN_SUFFIX) == 0;
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* The drop-ins' names, sorted; each to be freed. Their number, or -errno. */
static int list_drop_ins(int directory, char *names[DROP_INS_MAX])
{
	/* a descriptor of its own: closedir(3) takes it */
	DIR *stream = fdopendir(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	const struct dirent *entry;
	int count = 0;

	if (!stream)
		return -errno;
	while (count >= 0 && (entry = readdir(stream))) {
		if (!is_drop_in(entry->d_name))
			continue;
		if (count == DROP_INS_MAX)
			count = -E2BIG;
		else if ((names[count] = strdup(entry->d_name)))
			count++;
		else
			count = -ENOMEM;
	}
	closedir(stream);
	if (count > 0)
		qsort(names, (size_t)count, sizeof(*names), compare_names);
	return count;
}

static void add_drop_ins(struct reading *reading, const char *path)
{
	char directory[PATH_MAX], name[PATH_MAX + NAME_MAX + 1];
	char *names[DROP_INS_MAX] = { NULL };
	int fd, count;

	if (snprintf(directory, sizeof(directory), "%s.d", path) >= (int)sizeof(directory))
		return; /* add_main() has complained */
	fd = open_directory(reading, directory, true);
	if (fd < 0)
		return;
	count = list_drop_ins(fd, names);
	if (count < 0)
		fault(reading, directory, count,
		      count == -E2BIG ? "has too many files, expected at most 1000"
				      : strerror(-count));
	for (int i = 0; i < DROP_INS_MAX && names[i]; i++) {
		snprintf(name, sizeof(name), "%s/%s", directory, names[i]);
		if (count > 0)
			add_file(reading, fd, names[i], name, O_NOFOLLOW);
		free(names[i]);
	}
	fd_close(&fd);
}

static int map(struct snapshot *snapshot, size_t size)
{
	void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, snapshot->fd, 0);

	if (bytes == MAP_FAILED)
		return -errno;
	snapshot->bytes = bytes;
	snapshot->size = size;
	return 0;
}

/* Each list once, however often it is named. */
static void add_list(void *context, const struct list_use *list)
{
	struct reading *reading = context;

	for (size_t i = 0; i < reading->list_count; i++)
		if (strcmp(reading->lists[i], list->path) == 0)
			return;
	reading->list = list;
	if (reading->list_count == LISTS_MAX)
		fault(reading, list->path, -E2BIG, "is one list too many, expected at most 100");
	else if (!(reading->lists[reading->list_count] = strdup(list->path)))
		fault(reading, list->path, -ENOMEM, strerror(ENOMEM));
	else if (++reading->list_count)
		add_file(reading, AT_FDCWD, list->path, list->path, 0);
	reading->list = NULL;
}

static void add_lists(struct reading *reading)
{
	size_t size = reading->size;
	void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, reading->fd, 0);

	if (bytes == MAP_FAILED) {
		reading->result = -errno; /* map() will have the same, and tell */
		return;
	}
	lists_find(bytes, size, add_list, reading);
	munmap(bytes, size);
	for (size_t i = 0; i < reading->list_count; i++)
		free(reading->lists[i]);
}

int snapshot_read(struct snapshot *snapshot, const char *path, struct config_errors *errors)
{
	struct reading reading = { .errors = errors, .fd = fd_memory("spawnd.conf") };

	*snapshot = (struct snapshot){ .fd = reading.fd };
	if (reading.fd < 0) {
		fault(&reading, path, -errno, "memfd_create(2) failed");
		return reading.result;
	}
	add_main(&reading, path);
	add_drop_ins(&reading, path);
	if (!reading.result)
		add_lists(&reading);
	if (reading.result)
		return reading.result;
	if (fcntl(reading.fd, F_ADD_SEALS, SEALS) < 0 || map(snapshot, reading.size) < 0)
		fault(&reading, path, -errno, "the snapshot could not be sealed");
	return reading.result;
}

int snapshot_adopt(struct snapshot *snapshot, int fd, struct why *why)
{
	int seals = fcntl(fd, F_GET_SEALS), error;
	struct stat status;

	*snapshot = (struct snapshot){ .fd = fd };
	if (seals < 0 || fstat(fd, &status) < 0)
		return why_set(why, -errno, "snapshot", "descriptor %d is no memfd", fd);
	if ((seals & SEALS) != SEALS)
		return why_set(why, -EPERM, "snapshot", "the memfd is not sealed");
	if (status.st_size <= 0 || status.st_size > SNAPSHOT_BYTES_MAX)
		return why_set(why, -EFBIG, "snapshot", "%lld bytes", (long long)status.st_size);
	error = map(snapshot, (size_t)status.st_size);
	return error ? why_set(why, error, "snapshot", "mmap") : 0;
}

void snapshot_close(struct snapshot *snapshot)
{
	if (snapshot->bytes && snapshot->fd >= 0)
		munmap((void *)(uintptr_t)snapshot->bytes, snapshot->size);
	fd_close(&snapshot->fd);
	*snapshot = (struct snapshot){ .fd = -1 };
}

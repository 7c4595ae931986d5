/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONFIG_SNAPSHOT_H
#define SPAWND_CONFIG_SNAPSHOT_H

/*
 * The text of the configuration, all its files, as one sealed memfd: the warden reads the files
 * once, and every role parses the same bytes with the same code. A file that changes meanwhile
 * changes nothing.
 */
#include "base/why.h"

#include <stddef.h>

#define SNAPSHOT_FILE_BYTES_MAX (1u << 20)
#define SNAPSHOT_BYTES_MAX (8u << 20)
#define SNAPSHOT_LIST_BYTES_MAX (4u << 20)

/*
 * In the size of a file that is no configuration, but a list that a directive names by file:/path.
 */
#define SNAPSHOT_LIST 0x80000000u

struct config_errors;

struct snapshot {
	const char *bytes; /* the mapping; a sequence of {u32 name length, u32 size (and
			       SNAPSHOT_LIST), name, bytes} */
	size_t size;
	int fd; /* -1 when the bytes are not a memfd (tests, fuzzing) */
};

/*
 * Reads `path` and then `path`.d/ *.conf (without the space) in strcmp(3) order into a sealed
 * memfd. Each file must be a regular file, of uid 0, not writable by group or others, of at most
 * SNAPSHOT_FILE_BYTES_MAX, and so must its directory be of uid 0 and not writable by others. It is
 * opened with O_NOFOLLOW for drop-ins, O_NONBLOCK for all. Then the lists of networks that they
 * name (lists.h), which must be root's too, of at most SNAPSHOT_LIST_BYTES_MAX each. Every fault is
 * added to errors with the file's name. 0 or -errno. snapshot_close() in both cases.
 */
int snapshot_read(struct snapshot *snapshot, const char *path, struct config_errors *errors);

/* Takes fd, a sealed memfd made by snapshot_read() in another process, and maps it. 0 or -errno. */
int snapshot_adopt(struct snapshot *snapshot, int fd, struct why *why);

void snapshot_close(struct snapshot *snapshot);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONFIG_LOOKUP_H
#define SPAWND_CONFIG_LOOKUP_H

/*
 * Finds a path of a container before there is the container: in its root, or in the source of the
 * bind that covers the path. Symlinks are read and followed by hand, in the container's terms: one
 * that points out of the root points back into it, as it will when the program runs. Blocks on the
 * file system; opens with O_PATH only.
 */
#include "config/spec.h"

#include <sys/stat.h>

/*
 * 0 and *status, or -errno (-ENOENT below a tmpfs, /dev or /proc: spawnd's own, empty or unknown).
 */
int lookup_stat(const struct container_spec *container, const char *path, struct stat *status);

/*
 * What is at the path before the bind `self` (NULL: none) is mounted, no symlink on the way: a
 * descriptor (O_PATH) or -errno; -ELOOP: a component is a symlink.
 */
int lookup_mount_point(const struct container_spec *container, const char *path,
		       const struct bind_mount_spec *self);

#endif

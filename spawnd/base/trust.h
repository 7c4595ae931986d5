/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_BASE_TRUST_H
#define SPAWND_BASE_TRUST_H

/*
 * Places in the file system that root writes to although others are about. What is checked is held
 * by a descriptor, and what was checked cannot be changed by anybody else afterwards: that is what
 * the rules are for. Warden, start regime and at reloads. path_resolution(7), sticky bit in
 * inode(7).
 */
#include "base/why.h"

#include <stdbool.h>

/*
 * Who else may write to the directory that a file is to lie in. On the way there a directory that
 * all may write to is accepted if it is sticky: root's entries stay root's there.
 */
enum trust {
	TRUST_CLOSED, /* nobody: sockets, pid files */
	TRUST_SHARED, /* a group (logs: /var/log), or all if it is sticky */
};

/*
 * Opens (O_PATH) the directory of an absolute path, component by component from "/": each one is
 * root's, symlinks too, and nobody else can replace it. *name: the last component, in path. make: a
 * directory that is missing is made (0755), its parent has to be there. A descriptor or -errno
 * (-EPERM: the text says which directory and why) with why filled.
 */
int trust_open_parent(const char *path, enum trust trust, bool make, const char **name,
		      const char *step, struct why *why);

/*
 * Whether the open file `fd` is what root wants to write to, and is `name` in `directory` and
 * nothing else: root's, not writable by others, without another name (a hard link to a file that is
 * elsewhere), a regular file or a FIFO; or a device of root's, whatever its mode. 0 or -errno with
 * why filled.
 */
int trust_file(int fd, int directory, const char *name, const char *step, struct why *why);

#endif

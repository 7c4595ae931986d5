/* SPDX-License-Identifier: ISC */
/*
 * The mount system calls on descriptors, each with its fallback. Runs in the zygote while it builds
 * its tree and in containers after clone. It knows no policy: what is mounted where stands in
 * rootfs.c and interior.c.
 */
#include "container/mount.h"

#include "base/fd.h"
#include "base/gate.h"
#include "container/remount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* umount2(2) */
#define UMOUNT_DETACH 2

_Static_assert(MOUNT_READ_ONLY == MOUNT_ATTR_RDONLY && MOUNT_NO_SUID == MOUNT_ATTR_NOSUID &&
		       MOUNT_NO_DEV == MOUNT_ATTR_NODEV && MOUNT_NO_EXEC == MOUNT_ATTR_NOEXEC,
	       "our flags are the kernel's");

static int set_option(int fs, const struct mount_option *option)
{
	bool may_miss = option->key[0] == '?';
	const char *key = option->key + (may_miss ? 1 : 0);
	unsigned int command = option->value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;

	long result = GATE_5(SYS_fsconfig, fs, command, key, option->value, 0);

	return may_miss && result == -EINVAL ? 0 : (int)result;
}

int mount_new(const char *type, const struct mount_option *options, unsigned int flags,
	      const char *step, struct why *why)
{
	int fs = (int)GATE_2(SYS_fsopen, type, FSOPEN_CLOEXEC), error;
	long fd;

	if (fs < 0)
		return why_set(why, fs, step, "fsopen %s", type);
	for (const struct mount_option *option = options; option && option->key; option++) {
		error = set_option(fs, option);
		if (error == 0)
			continue;
		fd_close(&fs);
		return why_set(why, error, step, "%s: option %s", type, option->key);
	}
	fd = GATE_5(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	if (fd == 0)
		fd = GATE_3(SYS_fsmount, fs, FSMOUNT_CLOEXEC, flags);
	fd_close(&fs);
	return fd < 0 ? why_set(why, (int)fd, step, "new %s", type) : (int)fd;
}

int mount_copy(int fd, bool recursive, const char *step, struct why *why)
{
	unsigned int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH;
	long copy = GATE_3(SYS_open_tree, fd, "", flags | (recursive ? AT_RECURSIVE : 0));

	return copy < 0 ? why_set(why, (int)copy, step, "open_tree") : (int)copy;
}

static int set_attributes(int fd, unsigned int flags, const struct mount_attr *attributes,
			  size_t size)
{
	return (int)GATE_5(SYS_mount_setattr, fd, "", flags, attributes, size);
}

int mount_set(int fd, unsigned int flags, int user_namespace, const char *step, struct why *why)
{
	struct mount_attr attributes = { .attr_set = flags };
	int result;

	if (user_namespace >= 0) {
		attributes.attr_set |= MOUNT_ATTR_IDMAP;
		attributes.userns_fd = (uint64_t)user_namespace;
	}
	result = set_attributes(fd, AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof(attributes));
	if (result == 0)
		return 0;
	/*
	 * ENOSYS: the flags follow when it is attached. EINVAL with a map: the file system has no
	 * support.
	 */
	if (result == -ENOSYS)
		return user_namespace >= 0 ? -EOPNOTSUPP : 0;
	if (user_namespace >= 0 && (result == -EINVAL || result == -EPERM)) {
		int error = mount_set(fd, flags, -1, step, why);

		return error < 0 ? error : -EOPNOTSUPP;
	}
	return why_set(why, result, step, "mount_setattr");
}

static bool lacks_setattr(void)
{
	return set_attributes(-1, AT_EMPTY_PATH, NULL, 0) == -ENOSYS;
}

int mount_attach(int fd, int point, unsigned int flags, const char *step, struct why *why)
{
	unsigned int empty = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
	int error = (int)GATE_5(SYS_move_mount, fd, "", point, "", empty);

	if (error < 0)
		return why_set(why, error, step, "move_mount");
	if (flags == 0 || !lacks_setattr())
		return 0;
	return remount_tree(fd, flags, step, why);
}

int mount_attach_at(int fd, const char *path, unsigned int flags, const char *step, struct why *why)
{
	int point = fd_open(path, O_PATH), error;

	if (point < 0)
		return why_set(why, point, step, "open %s", path);
	error = mount_attach(fd, point, flags, step, why);
	fd_close(&point);
	return error;
}

int mount_pivot(int root, struct why *why)
{
	int error = (int)GATE_1(SYS_fchdir, root);

	if (error < 0)
		return why_set(why, error, "pivot-root", "fchdir");
	error = (int)GATE_2(SYS_pivot_root, ".", ".");
	if (error < 0)
		return why_set(why, error, "pivot-root", "pivot_root");
	/* Both roots now stand at "/", the old one on top: "." is it. pivot_root(2), NOTES. */
	error = (int)GATE_2(SYS_umount2, ".", UMOUNT_DETACH);
	if (error < 0)
		return why_set(why, error, "pivot-root", "umount of the old root");
	error = (int)GATE_1(SYS_chdir, "/");
	return error < 0 ? why_set(why, error, "pivot-root", "chdir /") : 0;
}

int mount_make_private(struct why *why)
{
	/* Slave first: between the two calls nothing we do reaches the host. */
	int error = (int)GATE_5(SYS_mount, NULL, "/", NULL, MS_REC | MS_SLAVE, NULL);

	if (error == 0)
		error = (int)GATE_5(SYS_mount, NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	return error < 0 ? why_set(why, error, "mount-private", "mount propagation of /") : 0;
}

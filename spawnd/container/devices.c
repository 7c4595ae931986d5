/* SPDX-License-Identifier: ISC */
/*
 * /dev, built from nothing on a tmpfs of its own: never taken from the root, whose /dev could hold
 * anything. Runs in the zygote as host root, start regime.
 */
#include "container/devices.h"

#include "container/mount.h"
#include "container/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static const struct {
	const char *name;
	unsigned int major, minor; /* Documentation/admin-guide/devices.txt */
} nodes[] = {
	{ "null", 1, 3 },   { "zero", 1, 5 },	 { "full", 1, 7 },
	{ "random", 1, 8 }, { "urandom", 1, 9 }, { "tty", 5, 0 },
};

static const struct {
	const char *name, *target;
} links[] = {
	{ "fd", "/proc/self/fd" },
	{ "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" },
};

/* Owned by the container's root, as a program expects of /dev. */
static int fill(const struct plan *plan, int dev, struct why *why)
{
	uid_t owner = plan->id_base;

	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		dev_t number = makedev(nodes[i].major, nodes[i].minor);

		if (mknodat(dev, nodes[i].name, S_IFCHR | 0666, number) < 0 ||
		    fchmodat(dev, nodes[i].name, 0666, 0) < 0 ||
		    fchownat(dev, nodes[i].name, owner, owner, 0) < 0)
			return why_set(why, -errno, "make-devices", "mknod %s", nodes[i].name);
	}
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (symlinkat(links[i].target, dev, links[i].name) < 0 ||
		    fchownat(dev, links[i].name, owner, owner, AT_SYMLINK_NOFOLLOW) < 0)
			return why_set(why, -errno, "make-devices", "symlink %s", links[i].name);
	if (mkdirat(dev, "shm", 0755) < 0)
		return why_set(why, -errno, "make-devices", "mkdir shm");
	return fchownat(dev, "", owner, owner, AT_EMPTY_PATH) < 0
		       ? why_set(why, -errno, "make-devices", "chown")
		       : 0;
}

int devices_make(const struct plan *plan, const char *name, struct why *why)
{
	static const struct mount_option options[] = {
		{ "mode", "0755" }, { "size", "64k" }, { "nr_inodes", "32" }, { NULL, NULL }
	};
	unsigned int flags = MOUNT_NO_SUID | MOUNT_NO_EXEC;
	int dev = mount_new("tmpfs", options, flags, "make-devices", why);
	int error;

	if (dev < 0)
		return dev;
	error = fill(plan, dev, why);
	if (error == 0)
		error = mount_set(dev, ROOTFS_FLAGS_DEVICES, -1, "make-devices", why);
	if (error == 0)
		error = mount_attach_at(dev, name, ROOTFS_FLAGS_DEVICES, "make-devices", why);
	close(dev);
	return error;
}

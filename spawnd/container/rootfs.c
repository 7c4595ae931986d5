/* SPDX-License-Identifier: ISC */
/*
 * Builds the mount tree of a service (see rootfs.h). Runs in the zygote, start regime: first as
 * host root, then in the service's user namespace. It must not follow a symlink of the service's
 * root, nor read a file in it: mount points are opened below it with fd_open_beneath() and mounts
 * are attached to the descriptors.
 */
#include "container/rootfs.h"

#include "base/fd.h"
#include "container/devices.h"
#include "container/identity.h"
#include "container/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * How the ids of mounted files are mapped; -1: not. The root shows its ids as they are on disk. So
 * do bound directories, but id 0 is left out: nothing inside can make a file that is the host's
 * root's.
 */
struct id_maps {
	int root, binds;
};

static const struct mount_option ROOM[] = { { "mode", "0755" }, { "size", "1m" }, { NULL, NULL } };

/* Absolute in the room; without its slash while the room is not yet the root. */
static const char *bind_path(size_t index, char path[32])
{
	snprintf(path, 32, "/bind%zu", index);
	return path;
}

/* Opens `path` of the host, copies the mount it stands on from there, sets flags and maps ids. */
static int take_host_tree(struct plan *plan, const char *path, bool recursive, unsigned int flags,
			  int user_namespace, struct why *why)
{
	int source = open(path, O_PATH | O_CLOEXEC), tree, error;
	struct why note;

	if (source < 0)
		return why_set(why, -errno, "mount-source", "open %s", path);
	tree = mount_copy(source, recursive, "mount-source", why);
	close(source);
	if (tree < 0)
		return tree;
	error = mount_set(tree, flags, user_namespace, "mount-source", why);
	if (error == -EOPNOTSUPP) {
		why_set(&note, error, "id-map", "%s cannot be id-mapped: its ids show as nobody's",
			path);
		plan_note(plan, &note);
	} else if (error < 0) {
		close(tree);
		return error;
	}
	return tree;
}

static int add_host_tree(struct plan *plan, const char *source, const char *name, bool recursive,
			 unsigned int flags, int user_namespace, struct why *why)
{
	struct stat status;
	int tree, error;

	tree = take_host_tree(plan, source, recursive, flags, user_namespace, why);
	if (tree < 0)
		return tree;
	/* A bound file needs a file as its mount point. */
	if (fstat(tree, &status) < 0 || S_ISDIR(status.st_mode))
		error = mkdir(name, 0755);
	else
		error = mknod(name, S_IFREG | 0600, 0);
	if (error < 0)
		error = why_set(why, -errno, "mount-source", "make %s", name);
	else
		error = mount_attach_at(tree, name, flags, "mount-source", why);
	close(tree);
	return error;
}

static int add_binds(struct plan *plan, int map, struct why *why)
{
	const struct container_spec *spec = plan->spec;
	int error = 0;
	char name[32];

	for (size_t i = 0; i < spec->bind_count && error == 0; i++) {
		const struct bind_mount_spec *bind = &spec->binds[i];
		unsigned int flags = bind->read_only ? ROOTFS_FLAGS_ROOT : ROOTFS_FLAGS_WRITABLE;

		error = add_host_tree(plan, bind->source, bind_path(i, name) + 1, bind->recursive,
				      flags, map, why);
		if ((error == -ENOENT || error == -ENOTDIR) && bind->optional)
			error = 0;
	}
	return error;
}

/* Attaches a new file system at `name` in the room. */
static int add_new(const char *type, const char *name, unsigned int flags, struct why *why)
{
	int mount = mount_new(type, NULL, flags, "mount-room", why), error;

	if (mount < 0)
		return mount;
	error = mount_attach_at(mount, name, 0, "mount-room", why);
	close(mount);
	return error;
}

/*
 * The zygote's own root, attached over the host's "/". Paths of the host still resolve (this
 * process's root is what lies below), the room's own names are relative.
 */
static int fill_room(struct plan *plan, int room, const struct id_maps *maps, struct why *why)
{
	static const char *const names[] = { "proc", "dev", "base", "scratch" };
	int error = mount_attach_at(room, "/", 0, "mount-room", why);

	if (error == 0 && fchdir(room) < 0)
		error = why_set(why, -errno, "mount-room", "fchdir");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && error == 0; i++)
		if (mkdir(names[i], 0755) < 0)
			error = why_set(why, -errno, "mount-room", "mkdir %s", names[i]);
	if (error == 0)
		error = add_new("proc", "proc", MOUNT_NO_SUID | MOUNT_NO_DEV | MOUNT_NO_EXEC, why);
	if (error == 0)
		error = devices_make(plan, "dev", why);
	if (error == 0)
		error = add_host_tree(plan, plan->spec->root_directory, "root", false,
				      ROOTFS_FLAGS_ROOT, maps->root, why);
	if (error == 0)
		error = add_binds(plan, maps->binds, why);
	return error;
}

static int build_room(struct plan *plan, const struct id_maps *maps, struct why *why)
{
	int room = mount_new("tmpfs", ROOM, MOUNT_NO_SUID | MOUNT_NO_DEV, "mount-room", why);
	int error;

	if (room < 0)
		return room;
	error = fill_room(plan, room, maps, why);
	if (error == 0)
		error = mount_pivot(room, why);
	/*
	 * An initial ramfs cannot be pivoted away. The room lies over it already, and what is below
	 * is out of reach of every path; the template pivots away from the room itself.
	 * pivot_root(2), ERRORS.
	 */
	if (error == -EINVAL && (fchdir(room) < 0 || chroot(".") < 0))
		error = why_set(why, -errno, "pivot-root", "chroot into the room");
	else if (error == -EINVAL)
		error = 0;
	close(room);
	return error;
}

int rootfs_build(struct plan *plan, int user_namespace, struct why *why)
{
	struct id_maps maps = { .root = user_namespace, .binds = -1 };
	int error;

	/*
	 * Before there is a room over "/": the kernel takes this process for chrooted then, and
	 * refuses it user namespaces (current_chrooted(), fs/namespace.c).
	 */
	if (plan->user_namespace && plan->spec->bind_count > 0) {
		maps.binds = identity_make_bind_map(plan->id_base, why);
		if (maps.binds < 0)
			return maps.binds;
	}
	if (unshare(CLONE_NEWNS) < 0)
		error = why_set(why, -errno, "unshare-mount", "unshare");
	else if ((error = mount_make_private(why)) == 0)
		error = build_room(plan, &maps, why);
	fd_close(&maps.binds);
	return error;
}

int rootfs_adopt(const struct plan *plan, struct why *why)
{
	if (plan->user_namespace && unshare(CLONE_NEWNS) < 0)
		return why_set(why, -errno, "unshare-mount", "unshare in the user namespace");
	return 0;
}

/* Copies the mount at `source` (a path of the room) onto `target` below root. */
static int attach_copy(const char *source, int root, const char *target, bool recursive,
		       struct why *why)
{
	int from = open(source, O_PATH | O_CLOEXEC), point, copy, error;

	if (from < 0)
		return why_set(why, -errno, "mount-target", "open %s", source);
	point = fd_open_beneath(root, target, O_PATH);
	copy = point < 0 ? why_set(why, point, "mount-target", "%s in the root", target)
			 : mount_copy(from, recursive, "mount-target", why);
	close(from);
	error = copy < 0 ? copy : mount_attach(copy, point, 0, "mount-target", why);
	fd_close(&copy);
	fd_close(&point);
	return error;
}

int rootfs_furnish(const struct plan *plan, int root, struct why *why)
{
	const struct container_spec *spec = plan->spec;
	int error = attach_copy("/dev", root, "/dev", false, why);
	char path[32];

	for (size_t i = 0; i < spec->bind_count && error == 0; i++) {
		bind_path(i, path);
		if (spec->binds[i].optional && access(path, F_OK) < 0)
			continue;
		error = attach_copy(path, root, spec->binds[i].target, spec->binds[i].recursive,
				    why);
	}
	return error;
}

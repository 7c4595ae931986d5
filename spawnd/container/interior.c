/* SPDX-License-Identifier: ISC */
/*
 * Completes the prepared tree inside one container; an ephemeral root is made here, and pivoted
 * into. Runs in the new process after the namespaces are its own (child regime). It must not follow
 * a symlink of the root: see rootfs.h.
 */
#include "container/interior.h"

#include "base/fd.h"
#include "container/mount.h"
#include "container/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int attach_below(int mount, int root, const char *target, const char *step, struct why *why)
{
	int point = fd_open_beneath(root, target, O_PATH | O_DIRECTORY), error;

	if (point < 0)
		return why_set(why, point, step, "%s in the root", target);
	error = mount_attach(mount, point, 0, step, why);
	fd_close(&point);
	return error;
}

int interior_mount_proc(const struct plan *plan, int root, struct why *why)
{
	static const struct mount_option only_pids[] = { { "?subset", "pid" },
							 { "?hidepid", "invisible" },
							 { NULL, NULL } };
	static const struct mount_option all[] = { { "?hidepid", "invisible" }, { NULL, NULL } };
	unsigned int flags = MOUNT_NO_SUID | MOUNT_NO_DEV | MOUNT_NO_EXEC;
	int proc, error;

	proc = mount_new("proc", plan->spec->proc_subset == PROC_SUBSET_PID ? only_pids : all,
			 flags, "mount-proc", why);
	if (proc < 0)
		return proc;
	error = attach_below(proc, root, "/proc", "mount-proc", why);
	fd_close(&proc);
	return error;
}

static int add_tmpfs(const struct tmpfs_spec *spec, int root, struct why *why)
{
	char size[24], inodes[24], mode[8];
	struct mount_option options[] = {
		{ "size", size }, { "nr_inodes", inodes }, { "mode", mode }, { NULL, NULL }
	};
	unsigned int flags = ROOTFS_FLAGS_WRITABLE | (spec->read_only ? MOUNT_READ_ONLY : 0);
	int mount, error;

	snprintf(size, sizeof(size), "%llu", (unsigned long long)spec->size_bytes);
	snprintf(inodes, sizeof(inodes), "%llu", (unsigned long long)spec->inodes);
	snprintf(mode, sizeof(mode), "%o", (unsigned int)spec->mode);
	mount = mount_new("tmpfs", options, flags, "mount-tmpfs", why);
	if (mount < 0)
		return mount;
	error = attach_below(mount, root, spec->target, "mount-tmpfs", why);
	fd_close(&mount);
	return error;
}

/*
 * The tmpfs that takes an ephemeral root's writes, attached in the room so that overlayfs finds it
 * by path.
 */
static int make_scratch(const struct plan *plan, struct why *why)
{
	char size[24];
	struct mount_option options[] = { { "size", size }, { "mode", "0700" }, { NULL, NULL } };
	int scratch, error = 0;

	snprintf(size, sizeof(size), "%llu", (unsigned long long)plan->spec->root_ephemeral_bytes);
	scratch = mount_new("tmpfs", options, MOUNT_NO_SUID | MOUNT_NO_DEV, "mount-overlay", why);
	if (scratch < 0)
		return scratch;
	if (mkdirat(scratch, "upper", 0755) < 0 || mkdirat(scratch, "work", 0700) < 0)
		error = why_set(why, -errno, "mount-overlay", "mkdir upper, work");
	if (error == 0)
		error = mount_attach_at(scratch, ROOTFS_SCRATCH, 0, "mount-overlay", why);
	fd_close(&scratch);
	return error;
}

/* overlayfs in a user namespace keeps its marks in user.* attributes (5.11). */
static int make_overlay(const struct plan *plan, struct why *why)
{
	static const struct mount_option options[] = { { "lowerdir", ROOTFS_ROOT },
						       { "upperdir", ROOTFS_SCRATCH "/upper" },
						       { "workdir", ROOTFS_SCRATCH "/work" },
						       { "?userxattr", NULL },
						       { NULL, NULL } };
	int overlay, error = make_scratch(plan, why);

	if (error < 0)
		return error;
	overlay = mount_new("overlay", options, MOUNT_NO_SUID | MOUNT_NO_DEV, "mount-overlay", why);
	if (overlay < 0)
		return overlay;
	error = mount_attach_at(overlay, ROOTFS_BASE, 0, "mount-overlay", why);
	if (error == 0)
		error = rootfs_furnish(plan, overlay, why);
	fd_close(&overlay);
	return error;
}

int interior_mount(const struct plan *plan, struct why *why)
{
	const struct container_spec *spec = plan->spec;
	int root, error = 0;

	if (spec->root_ephemeral)
		error = make_overlay(plan, why);
	if (error < 0)
		return error;
	/* A copy of the template is the root already. */
	root = fd_open(spec->root_ephemeral ? ROOTFS_BASE : "/", O_PATH | O_DIRECTORY);
	if (root < 0)
		return why_set(why, root, "mount-base", "open the root");
	/*
	 * While another /proc is in sight, the room's or the template's: without one a user
	 * namespace may not mount its own.
	 */
	error = interior_mount_proc(plan, root, why);
	for (size_t i = 0; i < spec->tmpfs_count && error == 0; i++)
		error = add_tmpfs(&spec->tmpfs[i], root, why);
	if (error == 0 && spec->root_ephemeral)
		error = mount_pivot(root, why);
	fd_close(&root);
	return error;
}

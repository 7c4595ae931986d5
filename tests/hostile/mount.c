/* SPDX-License-Identifier: ISC */
/*
 * P2: mounts. Each in a child that has left its mount namespace where that is allowed, so that the
 * control does nothing to the host.
 */
#define _GNU_SOURCE
#include "hostile.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#define PLACE "/tmp/hostile-mount"

/* The same in every architecture since 5.2. */
#define OPEN_TREE 428
#define MOVE_MOUNT 429
#define FSOPEN 430
#define FSCONFIG 431
#define FSMOUNT 432
#define MOUNT_SETATTR 442

static void mounted(int result, const char *what)
{
	leak_if(result == 0, what);
	if (result == 0)
		umount2(PLACE, MNT_DETACH);
}

static void mount_tmpfs(void)
{
	mkdir(PLACE, 0755);
	mounted(mount("none", PLACE, "tmpfs", 0, NULL), "tmpfs");
}
static void mount_bind(void)
{
	mkdir(PLACE, 0755);
	mounted(mount("/", PLACE, NULL, MS_BIND | MS_REC, NULL), "a bind of /");
}
static void mount_proc(void)
{
	mkdir(PLACE, 0755);
	mounted(mount("none", PLACE, "proc", 0, NULL), "proc");
}
static void mount_sysfs(void)
{
	mkdir(PLACE, 0755);
	mounted(mount("none", PLACE, "sysfs", 0, NULL), "sysfs");
}
static void mount_cgroup2(void)
{
	mkdir(PLACE, 0755);
	mounted(mount("none", PLACE, "cgroup2", 0, NULL), "cgroup2");
}
static void mount_overlay(void)
{
	mkdir(PLACE, 0755);
	mkdir(PLACE "/u", 0755);
	mkdir(PLACE "/w", 0755);
	mounted(mount("none", PLACE, "tmpfs", 0, NULL) < 0 || mkdir(PLACE "/u", 0755) < 0 ||
				mkdir(PLACE "/w", 0755) < 0 ||
				mount("none", PLACE, "overlay", 0,
				      "lowerdir=/,upperdir=" PLACE "/u,workdir=" PLACE "/w") < 0
			? -1
			: 0,
		"overlay");
}

static void remount(void)
{
	leak_if(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL) == 0, "/ without its flags");
}

static void propagate(void)
{
	leak_if(mount(NULL, "/", NULL, MS_SHARED, NULL) == 0, "/ is shared");
}

/* A mount is taken away: what it covers comes to light. */
static void uncover(void)
{
	leak_if(umount2("/proc", MNT_DETACH) == 0, "/proc is unmounted");
}

static void file_system_open(void)
{
	int context = (int)syscall(FSOPEN, "tmpfs", 0);

	leak_if(context >= 0 && syscall(FSCONFIG, context, 6, NULL, NULL, 0) == 0 &&
			syscall(FSMOUNT, context, 0, 0) >= 0,
		"fsopen");
}

static void tree_clone(void)
{
	int tree = (int)syscall(OPEN_TREE, AT_FDCWD, "/", 1 /* OPEN_TREE_CLONE */);

	leak_if(tree >= 0, "open_tree(OPEN_TREE_CLONE)");
}

static void set_attributes(void)
{
	struct {
		unsigned long long set, clear, propagation, userns;
	} attributes = { 0, 1 /* MOUNT_ATTR_RDONLY */, 0, 0 };

	leak_if(syscall(MOUNT_SETATTR, AT_FDCWD, "/", 0, &attributes, sizeof(attributes)) == 0,
		"mount_setattr");
}

static void pivot(void)
{
	mkdir(PLACE, 0755);
	if (mount("none", PLACE, "tmpfs", 0, NULL) < 0 || chdir(PLACE) < 0)
		leak_if(false, "a mount to pivot into");
	else
		leak_if(syscall(SYS_pivot_root, ".", ".") == 0, "pivot_root");
}

/* Cgroup v1 in a hierarchy of one's own: its release_agent is run by the host's root. */
static void release_agent(void)
{
	mkdir(PLACE, 0755);
	if (mount("none", PLACE, "cgroup", 0, "none,name=hostile") < 0) {
		leak_if(false, "cgroup (v1)");
		return;
	}
	leak_if(open(PLACE "/release_agent", O_WRONLY | O_CLOEXEC) >= 0, "release_agent");
	umount2(PLACE, MNT_DETACH);
}

static void binary_formats(void)
{
	mkdir(PLACE, 0755);
	if (mount("none", PLACE, "binfmt_misc", 0, NULL) < 0) {
		leak_if(false, "binfmt_misc");
		return;
	}
	leak_if(open(PLACE "/register", O_WRONLY | O_CLOEXEC) >= 0, "binfmt_misc/register");
	umount2(PLACE, MNT_DETACH);
}

static void (*const steps[])(void) = {
	mount_tmpfs,   mount_bind,     mount_proc, mount_sysfs,	  mount_cgroup2,
	mount_overlay, remount,	       propagate,  uncover,	  file_system_open,
	tree_clone,    set_attributes, pivot,	   release_agent, binary_formats,
};

/* In the order of the steps. */
static void run(void)
{
	size_t which = (size_t)(current - mount_probes);

	in_child_mounts(steps[which]);
	rmdir(PLACE);
}

const struct probe mount_probes[] = {
	{ "mount-tmpfs", "P2", ON_ANY | BARE, run, NULL },
	{ "mount-bind", "P2", ON_ANY | BARE, run, NULL },
	{ "mount-proc", "P2", ON_ANY | BARE, run, NULL },
	{ "mount-sysfs", "P2", ON_ANY | BARE, run, NULL },
	{ "mount-cgroup2", "P2", ON_ANY | BARE, run, "no cgroup v2" },
	{ "mount-overlay", "P2", ON_ANY | BARE, run, "no overlay file system" },
	{ "remount", "P2", ON_ANY | BARE, run, NULL },
	{ "mount-shared", "P2", ON_ANY | BARE, run, NULL },
	{ "umount", "P2", ON_ANY | BARE, run, NULL },
	{ "fsopen", "P2", ON_ANY | BARE, run, NULL },
	{ "open-tree", "P2", ON_ANY | BARE, run, NULL },
	{ "mount-setattr", "P2", ON_ANY | BARE, run, "mount_setattr came with 5.12" },
	{ "pivot-root", "P2", ON_ANY | BARE, run, NULL },
	{ "release-agent", "P2", ON_ANY | BARE, run, "no cgroup v1" },
	{ "binfmt", "P2", ON_ANY | BARE, run, "no binfmt_misc" },
	{ NULL, NULL, 0, NULL, NULL },
};

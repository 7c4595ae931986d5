/* SPDX-License-Identifier: ISC */
/*
 * Makes the template (see template.h) in a child that has a pid namespace of its own, which ends
 * with it. Runs in the zygote, start regime; entering it, in containers (child regime). It must not
 * follow a symlink of the root: see rootfs.h.
 */
#include "container/template.h"

#include "base/fd.h"
#include "base/gate.h"
#include "container/interior.h"
#include "container/mount.h"
#include "container/namespaces.h"
#include "container/rootfs.h"
#include "wire/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define STEP "mount-template"
#define LEAST_FD 10 /* above those that a container has places for */

/* A copy of the room's root at /base, with all that every container has in it. A descriptor. */
static int make_base(const struct plan *plan, struct why *why)
{
	int root = open(ROOTFS_ROOT, O_PATH | O_CLOEXEC), base, error;

	if (root < 0)
		return why_set(why, -errno, "mount-base", "open %s", ROOTFS_ROOT);
	base = mount_copy(root, false, "mount-base", why);
	close(root);
	if (base < 0)
		return base;
	error = mount_attach_at(base, ROOTFS_BASE, 0, "mount-base", why);
	if (error == 0)
		error = rootfs_furnish(plan, base, why);
	if (error == 0)
		error = interior_mount_proc(plan, base, why);
	if (error < 0)
		fd_close(&base);
	return error < 0 ? error : base;
}

/*
 * setns(2) goes to the root of the namespace, and not to where the tree was put: in a chroot these
 * are two, and containers would find themselves in the host's tree. This /proc is nowhere else.
 */
static int try_it(int base, int mounts, struct why *why)
{
	struct stat meant, found;

	if (fstatat(base, "proc", &meant, 0) < 0)
		return why_set(why, -errno, STEP, "look at its /proc");
	if (setns(mounts, CLONE_NEWNS) < 0)
		return why_set(why, -errno, STEP, "setns");
	if (stat("/proc", &found) < 0 || found.st_dev != meant.st_dev)
		return why_set(why, -EXDEV, STEP, "spawnd is in a chroot");
	return 0;
}

/* Leaves this process in it. Its descriptor, or -errno. */
static int make(const struct plan *plan, struct why *why)
{
	/* Found while the room's /proc is in sight. O_PATH: only root of the host may read it. */
	int own = open("/proc/self/ns", O_PATH | O_DIRECTORY | O_CLOEXEC), base, mounts, error;

	if (own < 0)
		return why_set(why, -errno, STEP, "open /proc/self/ns");
	if (unshare(CLONE_NEWNS) < 0)
		return why_set(why, -errno, "unshare-mount", "unshare");
	base = make_base(plan, why);
	if (base < 0)
		return base;
	error = mount_pivot(base, why);
	if (error < 0)
		return error;
	mounts = openat(own, "mnt", O_RDONLY | O_CLOEXEC);
	if (mounts < 0)
		return why_set(why, -errno, STEP, "open its namespace");
	error = try_it(base, mounts, why);
	return error < 0 ? error : mounts;
}

/* In the child: it says the same as a container, with the namespace instead of a relay's ends. */
static _Noreturn void make_and_tell(const struct plan *plan, int channel)
{
	struct wire_message message = { 0 };
	int mounts = make(plan, &message.why);

	if (mounts < 0)
		wire_send(channel, PARKED_FAILED, &message, NULL, 0, true);
	else
		wire_send(channel, PARKED_READY, &message, &mounts, 1, true);
	_exit(0);
}

static int hear(struct plan *plan, int channel, struct why *why)
{
	struct wire_message message;
	int got = wire_receive(channel, WIRE_PARKED, &message, true);

	if (got == 1 && message.type == PARKED_FAILED) {
		*why = message.why;
		return why->code < 0 ? why->code : -EPROTO;
	}
	if (got != 1 || message.fds[0] < 0)
		return why_set(why, got < 0 ? got : -ECHILD, STEP, "its maker has gone");
	plan->mounts = fd_lift(message.fds[0], LEAST_FD);
	fd_close(&message.fds[0]);
	return plan->mounts < 0 ? why_set(why, plan->mounts, STEP, "duplicate") : 0;
}

int template_make(struct plan *plan, struct why *why)
{
	int pair[2], error;
	pid_t maker;

	if (plan->spec->root_ephemeral)
		return 0;
	if (wire_pair(pair) < 0)
		return why_set(why, -errno, STEP, "socketpair");
	maker = namespaces_clone(CLONE_NEWPID);
	if (maker == 0)
		make_and_tell(plan, pair[1]);
	fd_close(&pair[1]);
	error = maker < 0 ? why_set(why, maker, "clone", "clone(CLONE_NEWPID)")
			  : hear(plan, pair[0], why);
	fd_close(&pair[0]);
	if (maker > 0)
		waitpid(maker, NULL, 0);
	return error;
}

int template_enter(int mounts, struct why *why)
{
	int error = (int)GATE_2(SYS_setns, mounts, CLONE_NEWNS);

	fd_close(&mounts);
	return error < 0 ? why_set(why, error, STEP, "setns") : 0;
}

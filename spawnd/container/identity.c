/* SPDX-License-Identifier: ISC */
/*
 * User namespaces, ids and capabilities of a zygote and its containers. The first part runs in the
 * zygote as host root (start regime), identity_drop() in each container (child regime). Nothing
 * here gains anything: every step loses something.
 */
#include "container/identity.h"

#include "base/gate.h"
#include "container/namespaces.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where ids once had 16 bits the calls for those of 32 have names of their own. */
#ifdef SYS_setresuid32
#define SETGROUPS SYS_setgroups32
#define SETRESGID SYS_setresgid32
#define SETRESUID SYS_setresuid32
#else
#define SETGROUPS SYS_setgroups
#define SETRESGID SYS_setresgid
#define SETRESUID SYS_setresuid
#endif

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), error;

	if (fd < 0)
		return -errno;
	error = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return error;
}

static int map_and_open(pid_t holder, const char *map, struct why *why)
{
	char path[48];
	int fd, error;

	snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)holder);
	error = write_file(path, map);
	if (error == 0) {
		snprintf(path, sizeof(path), "/proc/%d/gid_map", (int)holder);
		error = write_file(path, map);
	}
	if (error < 0)
		return why_set(why, error, "map-ids", "write \"%s\" to %s", map, path);
	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)holder);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? why_set(why, -errno, "map-ids", "open %s", path) : fd;
}

static int make_namespace(const char *map, struct why *why)
{
	/*
	 * A child that only holds the namespace until its map is written and its descriptor open.
	 */
	pid_t holder = namespaces_clone(CLONE_NEWUSER);
	int fd;

	/* What a kernel without them says (create_user_ns() in linux/user_namespace.h). */
	if (holder == -EINVAL)
		holder = -ENOSYS;
	if (holder < 0)
		return why_set(why, holder, "user-namespace", "clone(CLONE_NEWUSER)%s",
			       holder == -ENOSPC ? ": user.max_user_namespaces is too low" : "");
	if (holder == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		for (;;)
			pause();
	}
	fd = map_and_open(holder, map, why);
	kill(holder, SIGKILL);
	waitpid(holder, NULL, 0);
	return fd;
}

int identity_make_namespace(struct plan *plan, struct why *why)
{
	char map[48];
	int fd;

	snprintf(map, sizeof(map), "0 %u %u", plan->id_base, SPEC_ID_COUNT);
	fd = make_namespace(map, why);
	plan->user_namespace = fd >= 0;
	if (fd != -ENOSYS)
		return fd;
	why_set(why, fd, "user-namespace",
		"the kernel has no user namespaces: "
		"containers run under host ids of their own, the zygote keeps capabilities");
	plan_note(plan, why);
	return fd;
}

int identity_make_bind_map(uint32_t id_base, struct why *why)
{
	char map[48];

	snprintf(map, sizeof(map), "1 %u %u", id_base + 1, SPEC_ID_COUNT - 1);
	return make_namespace(map, why);
}

/*
 * Without a user namespace: what making containers takes, and nothing else. An overlay is written
 * to with the capabilities of who mounted it (ovl_override_creds()): it copies files of others up.
 */
static int keep_few_capabilities(const struct plan *plan, struct why *why)
{
	const capng_type_t sets = CAPNG_EFFECTIVE | CAPNG_PERMITTED;

	capng_clear(CAPNG_SELECT_ALL);
	if (capng_updatev(CAPNG_ADD, sets, CAP_SYS_ADMIN, CAP_SYS_CHROOT, CAP_SETUID, CAP_SETGID,
			  CAP_NET_ADMIN, CAP_KILL, CAP_SETPCAP, -1) < 0 ||
	    (plan->spec->root_ephemeral &&
	     capng_updatev(CAPNG_ADD, sets, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_CHOWN, -1) < 0) ||
	    capng_apply(CAPNG_SELECT_CAPS) < 0)
		return why_set(why, -EPERM, "capabilities", "keep what containers need");
	return 0;
}

int identity_enter(const struct plan *plan, int user_namespace, struct why *why)
{
	if (setgroups(0, NULL) < 0)
		return why_set(why, -errno, "set-groups", "setgroups");
	if (!plan->user_namespace)
		return 0;
	if (setns(user_namespace, CLONE_NEWUSER) < 0)
		return why_set(why, -errno, "user-namespace", "setns");
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return why_set(why, -errno, "user-namespace", "become its root");
	return 0;
}

/*
 * The kernel takes network and ipc namespaces down in the background (cleanup_net(), free_ipc()),
 * and counts them for their user namespace until then (inc_ucount()): a flood of short connections
 * leaves no more behind than this. A new ipc namespace waits for those, at its limit.
 */
static int bound_dying(const struct plan *plan)
{
	static const char *const files[] = { "/proc/sys/user/max_net_namespaces",
					     "/proc/sys/user/max_ipc_namespaces" };
	char text[16];
	int error = 0;

	snprintf(text, sizeof(text), "%u", plan->containers + IDENTITY_DYING_MAX);
	for (size_t i = 0; i < 2 && (error == 0 || error == -ENOENT); i++)
		error = write_file(files[i], text);
	return error == -ENOENT ? 0 : error;
}

int identity_settle(const struct plan *plan, struct why *why)
{
	unsigned long bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
			     SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED |
			     SECBIT_NO_SETUID_FIXUP_LOCKED;
	int error;

	/*
	 * One keyring for the zygote: one for each container would exhaust kernel.keys.maxkeys.
	 * EDQUOT and kernels without keys leave the warden's, which is not the administrator's
	 * either.
	 */
	syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL, 0, 0, 0);
	if (plan->user_namespace) {
		error = write_file("/proc/sys/user/max_user_namespaces", "0");
		if (error < 0 && error != -ENOENT)
			return why_set(why, error, "user-namespace", "forbid nested ones");
		if ((error = bound_dying(plan)) < 0)
			return why_set(why, error, "user-namespace", "bound those that die");
	}
	if (prctl(PR_SET_SECUREBITS, bits) < 0)
		return why_set(why, -errno, "secure-bits", "prctl");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return why_set(why, -errno, "no-new-privs", "prctl");
	/*
	 * The bounding set matters only at execve, and the zygote executes nothing: empty it here,
	 * once.
	 */
	capng_get_caps_process();
	capng_clear(CAPNG_SELECT_BOUNDS);
	if (capng_apply(CAPNG_SELECT_BOUNDS) < 0)
		return why_set(why, -EPERM, "capabilities", "empty the bounding set");
	return plan->user_namespace ? 0 : keep_few_capabilities(plan, why);
}

/* By the call itself: what libcap-ng keeps between its calls is the zygote's. capset(2). */
static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0, 0, 0 } };
	int error = (int)GATE_2(SYS_capset, &header, none);

	/* EINVAL: there are no ambient ones (before 4.3). */
	if (error == 0)
		error = (int)GATE_5(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return error == -EINVAL ? 0 : error;
}

int identity_drop(const struct plan *plan, struct why *why)
{
	uint32_t offset = plan->user_namespace ? 0 : plan->id_base;
	uid_t uid = plan->spec->uid + offset;
	gid_t gid = plan->spec->gid + offset;

	int error = (int)GATE_2(SETGROUPS, 0, NULL);

	if (error < 0)
		return why_set(why, error, "set-groups", "setgroups");
	if ((error = (int)GATE_3(SETRESGID, gid, gid, gid)) < 0 ||
	    (error = (int)GATE_3(SETRESUID, uid, uid, uid)) < 0)
		return why_set(why, error, "set-ids", "uid %u gid %u", uid, gid);
	if ((error = drop_capabilities()) < 0)
		return why_set(why, error, "capabilities", "drop all");
	error = (int)GATE_2(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
	return error < 0 ? why_set(why, error, "death-signal", "prctl") : 0;
}

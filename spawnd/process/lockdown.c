/* SPDX-License-Identifier: ISC */
/*
 * Confines the warden and the loop. It knows how; what is allowed stands in lockdown_calls.c. (A
 * zygote and its containers are confined in container/, by their own lists.)
 */
#include "process/lockdown.h"

#include "base/fd.h"
#include "base/kernel.h"
#include "process/filter.h"
#include "process/lockdown_calls.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <linux/mount.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STEP "lockdown"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

bool lockdown_filters(void)
{
	return !LOCKDOWN_RELAXED && kernel_has(KERNEL_SECCOMP_FILTER);
}

static bool is_kept(unsigned int capability)
{
	size_t count;
	const unsigned int *kept = lockdown_warden_capabilities(&count);

	for (size_t i = 0; i < count; i++)
		if (kept[i] == capability)
			return true;
	return false;
}

/* From what we were started with, which may be less already. */
static int limit_capabilities(struct why *why)
{
	if (capng_get_caps_process() < 0)
		return why_set(why, -EIO, STEP, "read the capabilities");
	for (unsigned int i = 0; capng_capability_to_name(i); i++)
		if (!is_kept(i))
			capng_updatev(CAPNG_DROP,
				      CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET, i,
				      -1);
	for (unsigned int i = 0; capng_capability_to_name(i); i++)
		capng_updatev(CAPNG_DROP, CAPNG_INHERITABLE | CAPNG_AMBIENT, i, -1);
	/* The bounding set first: it takes CAP_SETPCAP. */
	if (capng_apply(CAPNG_SELECT_BOUNDS) < 0 || capng_apply(CAPNG_SELECT_CAPS) < 0 ||
	    capng_apply(CAPNG_SELECT_AMBIENT) < 0)
		return why_set(why, -EPERM, STEP, "drop capabilities");
	return 0;
}

/* The architectures whose programs a kernel of this one may run as well; 0: no more. */
static const uint32_t *compatible_architectures(uint32_t native)
{
	static const uint32_t table[][3] = {
		{ SCMP_ARCH_X86_64, SCMP_ARCH_X86, 0 },
		{ SCMP_ARCH_AARCH64, SCMP_ARCH_ARM, 0 },
		{ SCMP_ARCH_PPC64, SCMP_ARCH_PPC, 0 },
		{ SCMP_ARCH_S390X, SCMP_ARCH_S390, 0 },
		{ SCMP_ARCH_MIPS64, SCMP_ARCH_MIPS64N32, SCMP_ARCH_MIPS },
		{ SCMP_ARCH_MIPSEL64, SCMP_ARCH_MIPSEL64N32, SCMP_ARCH_MIPSEL },
	};
	static const uint32_t none[2];

	for (size_t i = 0; i < COUNT(table); i++)
		if (table[i][0] == native)
			return table[i] + 1;
	return none;
}

static bool is_never(const char *name)
{
	size_t count;
	const char *const *never = lockdown_never_calls(&count);

	for (size_t i = 0; i < count; i++)
		if (strcmp(never[i], name) == 0)
			return true;
	return false;
}

/* The loop's: installs and frees it. */
static int load(scmp_filter_ctx filter, int error, struct why *why)
{
	/* A tree by number, not a list: the calls behind would pay for those in front. */
	if (error == 0)
		error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (error == 0)
		error = seccomp_load(filter);
	seccomp_release(filter);
	return error < 0 ? why_set(why, error, STEP, "the loop's filter") : 0;
}

static struct filter_action choose_warden(const char *name, const void *unused)
{
	uint32_t refuse = SECCOMP_RET_ERRNO | EPERM;

	return (struct filter_action){ .result = is_never(name) ? refuse : SECCOMP_RET_ALLOW };
}

/* By process/filter.h: the same by libseccomp's rules takes 100 ms and 2 MB. */
static int filter_warden(struct why *why)
{
	const uint32_t *others = compatible_architectures(seccomp_arch_native());
	struct filter *filter = calloc(1, sizeof(*filter));
	int error;

	if (!filter)
		return why_set(why, -ENOMEM, STEP, "memory");
	error = filter_write(filter, others, others[0] ? (others[1] ? 2 : 1) : 0, choose_warden,
			     NULL, why);
	if (error == 0)
		error = filter_install(filter);
	free(filter);
	return error < 0 ? why_set(why, error, STEP, "the warden's filter") : 0;
}

int lockdown_warden(struct why *why)
{
	int error = limit_capabilities(why);

	if (error < 0)
		return error;
	/* It executes nothing but spawnd, as root, which gains nothing by it. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return why_set(why, -errno, STEP, "no_new_privs");
	return lockdown_filters() ? filter_warden(why) : 0;
}

int lockdown_make_nowhere(struct why *why)
{
	long fs = syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC), fd = -1;

	if (fs >= 0 && syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "mode", "0555", 0) == 0 &&
	    syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "nr_inodes", "1", 0) == 0 &&
	    syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		fd = syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC,
			     MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				     MOUNT_ATTR_NOEXEC);
	if (fd < 0)
		why_set(why, -errno, STEP, "an empty tmpfs for the loop");
	if (fs >= 0)
		close((int)fs);
	return fd < 0 ? why->code : (int)fd;
}

/*
 * Nothing that the loop may execute or become has a privilege, and these bits stay. Without the
 * fix-up the capabilities outlive the change of ids, and are dropped by hand.
 */
static int settle_bits(void)
{
	return prctl(PR_SET_SECUREBITS,
		     SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
			     SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
			     SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED);
}

int lockdown_loop_prepare(uid_t uid, gid_t gid)
{
	capng_type_t kept = CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE;

	/* This is a child, and libcap-ng may remember its parent (capset(2)). */
	capng_setpid(0);
	if (capng_get_caps_process() < 0)
		return -EIO;
	/*
	 * Ambient, or execve as another user would lose it. Inheritable before that (prctl(2)), and
	 * that while it is in the bounding set (cap_capset(), security/commoncap.c).
	 */
	capng_update(CAPNG_ADD, CAPNG_INHERITABLE, CAP_SYS_CHROOT);
	if (capng_apply(CAPNG_SELECT_CAPS) < 0 ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_CHROOT, 0, 0) < 0)
		return -EPERM;
	capng_clear(CAPNG_SELECT_BOUNDS);
	if (capng_apply(CAPNG_SELECT_BOUNDS) < 0 || settle_bits() < 0)
		return -EPERM;
	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return -errno;
	/* Last: all of the above needs one. */
	capng_clear(CAPNG_SELECT_CAPS);
	capng_update(CAPNG_ADD, kept, CAP_SYS_CHROOT);
	if (capng_apply(CAPNG_SELECT_CAPS) < 0)
		return -EPERM;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

int lockdown_loop_enter(int nowhere, struct why *why)
{
	int error = 0;

	/* Read before there is no /proc any more. */
	capng_get_caps_process();
	if (nowhere >= 0 && !LOCKDOWN_RELAXED && (fchdir(nowhere) < 0 || chroot(".") < 0))
		error = why_set(why, -errno, STEP, "the empty root");
	/* A descriptor of a directory would be a way out of it. */
	fd_close(&nowhere);
	if (error < 0)
		return error;
	capng_clear(CAPNG_SELECT_CAPS);
	if (capng_apply(CAPNG_SELECT_CAPS) < 0 ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return why_set(why, -EPERM, STEP, "drop the last capability");
	if (capng_get_caps_process() < 0 || capng_have_capabilities(CAPNG_SELECT_CAPS) ||
	    capng_have_capabilities(CAPNG_SELECT_BOUNDS))
		return why_set(why, -EPERM, STEP, "the loop still has capabilities");
	return 0;
}

static int allow(scmp_filter_ctx filter, const struct lockdown_call *call)
{
	struct scmp_arg_cmp condition = { .arg = (unsigned int)call->index,
					  .op = SCMP_CMP_MASKED_EQ,
					  .datum_a = call->mask,
					  .datum_b = call->value };

	if (call->refusal)
		return seccomp_rule_add(filter, SCMP_ACT_ERRNO((unsigned int)call->refusal),
					call->number, 0);
	if (call->index == LOCKDOWN_ANY)
		return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call->number, 0);
	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call->number, 1, &condition);
}

/* abort(3) signals itself, and nobody else: the process id is known. */
static int allow_suicide(scmp_filter_ctx filter)
{
	struct scmp_arg_cmp self = { .arg = 0,
				     .op = SCMP_CMP_MASKED_EQ,
				     .datum_a = UINT32_MAX,
				     .datum_b = (uint32_t)getpid() };
	int error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &self);

	return error < 0 ? error
			 : seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(kill), 1, &self);
}

int lockdown_loop_filter(struct why *why)
{
	size_t count;
	const struct lockdown_call *calls = lockdown_loop_calls(&count);
	scmp_filter_ctx filter;
	int error;

	if (!lockdown_filters())
		return 0;
	/*
	 * Not an errno: a loop that calls anything else is broken or taken over. The warden starts
	 * another, and connections go on.
	 */
	filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (!filter)
		return why_set(why, -ENOMEM, STEP, "the loop's filter");
	error = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	for (size_t i = 0; i < count && error == 0; i++)
		error = allow(filter, &calls[i]);
	if (error == 0)
		error = allow_suicide(filter);
	return load(filter, error, why);
}

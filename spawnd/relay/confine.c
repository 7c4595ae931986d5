/* SPDX-License-Identifier: ISC */
/*
 * Takes everything away from the relay process that it does not need. Start regime; the order is
 * that of losing what each step needs.
 */
#include "relay/confine.h"

#include "container/mount.h"
#include "process/lockdown.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define ANY (-1)

/* argument 0 or 1 must be `value`; ANY: no condition. */
static const struct {
	int call, argument;
	unsigned long value;
} allowed[] = {
	{ SCMP_SYS(splice), ANY, 0 },
	{ SCMP_SYS(epoll_wait), ANY, 0 },
	{ SCMP_SYS(epoll_pwait), ANY, 0 }, /* what epoll_wait(3) is where there is no call of that
					      name */
	{ SCMP_SYS(epoll_ctl), ANY, 0 },
	{ SCMP_SYS(shutdown), ANY, 0 },
	{ SCMP_SYS(close), ANY, 0 },
	/* Behind TCP's urgent mark: flow.c. Neither of them can bring or give a descriptor. */
	{ SCMP_SYS(recvfrom), ANY, 0 },
	{ SCMP_SYS(write), ANY, 0 },
	/* O_NONBLOCK for what comes. */
	{ SCMP_SYS(fcntl), 1, F_GETFL },
	{ SCMP_SYS(fcntl), 1, F_SETFL },
	{ SCMP_SYS(fcntl64), 1, F_GETFL },
	{ SCMP_SYS(fcntl64), 1, F_SETFL },
	/* Its own channels. */
	{ SCMP_SYS(recvmsg), 0, RELAY_CHANNEL_FD },
	{ SCMP_SYS(recvmsg), 0, RELAY_LINK_FD },
	{ SCMP_SYS(sendmsg), 0, RELAY_LINK_FD },
	{ SCMP_SYS(dup3), 1, RELAY_LINK_FD }, /* a new loop */
	{ SCMP_SYS(clock_gettime), ANY, 0 },
	{ SCMP_SYS(restart_syscall), ANY, 0 },
	{ SCMP_SYS(exit_group), ANY, 0 },
};

static int add_rules(scmp_filter_ctx filter)
{
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		/* The kernel takes a descriptor and a command as 32 bits: so does the rule. */
		struct scmp_arg_cmp condition =
			SCMP_CMP((unsigned int)(allowed[i].argument < 0 ? 0 : allowed[i].argument),
				 SCMP_CMP_MASKED_EQ, 0xffffffff, allowed[i].value);
		int error;

		if (allowed[i].call < 0)
			continue; /* this architecture has none of that name */
		error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, allowed[i].call,
					       allowed[i].argument < 0 ? 0 : 1, &condition);
		if (error < 0)
			return error;
	}
	return 0;
}

static int limit_calls(struct why *why)
{
	scmp_filter_ctx filter;
	int error;

	if (!lockdown_filters())
		return 0;
	filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	error = filter ? add_rules(filter) : -ENOMEM;
	if (error == 0)
		error = seccomp_load(filter);
	seccomp_release(filter);
	return error < 0 ? why_set(why, error, "relay-filter", "seccomp") : 0;
}

/* A tmpfs that nobody else sees and nothing can be made in: it is attached nowhere. */
static int enter_nowhere(struct why *why)
{
	static const struct mount_option empty[] = { { "mode", "0555" }, { NULL, NULL } };
	int root = mount_new("tmpfs", empty, MOUNT_READ_ONLY | MOUNT_NO_SUID | MOUNT_NO_DEV,
			     "relay-root", why);
	int error = 0;

	if (root < 0)
		return root;
	if (fchdir(root) < 0 || chroot(".") < 0)
		error = why_set(why, -errno, "relay-root", "chroot");
	close(root);
	return error;
}

static int drop_identity(uid_t id, struct why *why)
{
	/* The bounding set takes CAP_SETPCAP, so it goes while there is one. */
	capng_get_caps_process();
	capng_clear(CAPNG_SELECT_BOUNDS);
	if (capng_apply(CAPNG_SELECT_BOUNDS) < 0)
		return why_set(why, -EPERM, "relay-ids", "empty the bounding set");
	if (setgroups(0, NULL) < 0 || setresgid(id, id, id) < 0 || setresuid(id, id, id) < 0)
		return why_set(why, -errno, "relay-ids", "become uid %u", id);
	capng_clear(CAPNG_SELECT_ALL);
	if (capng_apply(CAPNG_SELECT_CAPS) < 0 || capng_apply(CAPNG_SELECT_AMBIENT) < 0)
		return why_set(why, -EPERM, "relay-ids", "drop all capabilities");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return why_set(why, -errno, "relay-ids", "prctl");
	return 0;
}

int confine_for_good(uid_t id, struct why *why)
{
	int error;

	if (unshare(CLONE_NEWNET) < 0)
		return why_set(why, -errno, "relay-root", "unshare the network");
	if ((error = enter_nowhere(why)) < 0 || (error = drop_identity(id, why)) < 0)
		return error;
	return limit_calls(why);
}

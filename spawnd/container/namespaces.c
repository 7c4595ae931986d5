/* SPDX-License-Identifier: ISC */
/*
 * Making the namespaces of a container. The clone runs in the zygote, all else in the new process
 * (child regime).
 */
#include "container/namespaces.h"

#include "base/fd.h"
#include "base/gate.h"

#include <errno.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

pid_t namespaces_clone(uint64_t flags)
{
	struct clone_args arguments = { .flags = flags, .exit_signal = SIGCHLD };
	long pid = GATE_2(SYS_clone3, &arguments, sizeof(arguments));

	if (pid == -ENOSYS) {
		/*
		 * With neither stack nor thread-local storage only the place of the flags depends
		 * on the machine.
		 */
#if defined(__s390__) || defined(__CRIS__)
		pid = GATE_5(SYS_clone, NULL, flags | SIGCHLD, NULL, NULL, NULL);
#else
		pid = GATE_5(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);
#endif
	}
	return (pid_t)pid;
}

pid_t namespaces_clone_into(uint64_t flags, int *group)
{
	struct clone_args arguments = { .flags = flags | CLONE_INTO_CGROUP_,
					.exit_signal = SIGCHLD,
					.cgroup = *group < 0 ? 0 : (uint64_t)*group };
	int into = *group;
	long pid;

	if (into < 0)
		return namespaces_clone(flags);
	*group = -1; /* before the clone: the child has to see it */
	pid = GATE_2(SYS_clone3, &arguments, sizeof(arguments));
	/* No clone3, one that does not know the member, or not the flag: clone3(2), ERRORS. */
	if (pid == -ENOSYS || pid == -E2BIG || pid == -EINVAL) {
		*group = into;
		return namespaces_clone(flags);
	}
	return (pid_t)pid;
}

int namespaces_unshare(bool network, struct why *why)
{
	static const struct {
		int flag;
		bool may_miss;
		const char *step;
	} spaces[] = {
		{ CLONE_NEWNS, false, "unshare-mount" },     { CLONE_NEWNET, false, "unshare-net" },
		{ CLONE_NEWUTS, false, "unshare-uts" },	     { CLONE_NEWIPC, true, "unshare-ipc" },
		{ CLONE_NEWCGROUP, true, "unshare-cgroup" },
	};

	int all = 0, error;

	for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++)
		if (spaces[i].flag != CLONE_NEWNET || network)
			all |= spaces[i].flag;
	if (GATE_1(SYS_unshare, all) == 0)
		return 0;
	/* One of them failed: one by one, to do without it or to say which. */
	for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
		error = (int)GATE_1(SYS_unshare, all & spaces[i].flag);
		if (error == 0 || (error == -EINVAL && spaces[i].may_miss))
			continue;
		return why_set(why, error, spaces[i].step, "unshare%s",
			       error == -ENOSPC ? ": too many namespaces (user.max_*_namespaces)"
						: "");
	}
	return 0;
}

int namespaces_name_host(const char *hostname, struct why *why)
{
	static const char none[] = "(none)"; /* what a host without a domain name says */

	int error = (int)GATE_2(SYS_sethostname, hostname, strlen(hostname));

	if (error == 0)
		error = (int)GATE_2(SYS_setdomainname, none, sizeof(none) - 1);
	return error < 0 ? why_set(why, error, "hostname", "sethostname %s", hostname) : 0;
}

int namespaces_raise_loopback(struct why *why)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = (int)GATE_3(SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), error;

	if (fd < 0)
		return why_set(why, fd, "loopback", "socket");
	error = (int)GATE_3(SYS_ioctl, fd, SIOCSIFFLAGS, &request);
	fd_close(&fd);
	return error < 0 ? why_set(why, error, "loopback", "SIOCSIFFLAGS lo up") : 0;
}

int namespaces_leave_network(struct why *why)
{
	int error = (int)GATE_1(SYS_unshare, CLONE_NEWNET);

	if (error < 0)
		return why_set(why, error, "unshare-net", "unshare");
	return namespaces_raise_loopback(why);
}

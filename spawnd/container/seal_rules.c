/* SPDX-License-Identifier: ISC */
/*
 * THE TABLE of the seal: what a contained program may not call, and why. What is not in it is
 * allowed, for a program with no capability, no new privileges and an empty network needs no more.
 * A call that no one knew when spawnd was built does not exist. Zygote, start regime; pure.
 */
#include "container/seal.h"

#include "container/seal_checks.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>

enum when { ALWAYS, IF_STRICT, IF_RIGHTS };

struct rule {
	const char *name;
	enum when when;
	int error; /* 0: the check says */
	void (*check)(struct filter *filter, const void *options);
};

/* For those that spawnd itself calls after the seal. Kept short: each is a call less denied. */
static const char *const by_gate[] = {
	"clone",	 "clone3",	  "unshare",
	"setns",	 "sethostname",	  "setdomainname", /* namespaces.c, template.c */
	"socket",	 "ioctl",			   /* lo up */
	"fsopen",	 "fsconfig",	  "fsmount",
	"open_tree",	 "move_mount", /* mount.c */
	"mount_setattr", "mount",	  "umount2",
	"pivot_root",	 "recvmsg", /* the hand-over, where programs may receive no descriptor */
	"ptrace",	 "inotify_init1", /* programs that are started ahead */
};

static const struct rule rules[] = {
	/* No other connection by the socket it has: re-aiming it, listening with it, opening one */
	{ "connect", IF_STRICT, EACCES, NULL },
	{ "bind", IF_STRICT, EACCES, NULL },
	{ "listen", IF_STRICT, EACCES, NULL },
	{ "accept", IF_STRICT, EACCES, NULL },
	{ "accept4", IF_STRICT, EACCES, NULL },
	{ "socket", ALWAYS, 0, seal_check_socket },
	{ "socketpair", ALWAYS, 0, seal_check_socketpair },
	{ "sendto", ALWAYS, 0, seal_check_sendto }, /* MSG_FASTOPEN is a connect(2) */
	{ "sendmsg", ALWAYS, 0, seal_check_sendmsg },
	{ "sendmmsg", ALWAYS, 0, seal_check_sendmmsg },
	{ "setsockopt", ALWAYS, 0, seal_check_setsockopt },
	{ "getsockopt", ALWAYS, 0, seal_check_getsockopt },
	{ "ioctl", ALWAYS, 0, seal_check_ioctl },
	/* The same calls by another door, whose arguments cannot be seen. */
	{ "socketcall", ALWAYS, ENOSYS, NULL },
	{ "io_uring_setup", ALWAYS, ENOSYS, NULL },
	{ "io_uring_enter", ALWAYS, ENOSYS, NULL },
	{ "io_uring_register", ALWAYS, ENOSYS, NULL },
	/*
	 * A local client could hand it a descriptor of the host (passing it back is its own loss).
	 */
	{ "recvmsg", IF_RIGHTS, EACCES, NULL },
	{ "recvmmsg", IF_RIGHTS, EACCES, NULL },
	{ "recvmmsg_time64", IF_RIGHTS, EACCES, NULL },

	/* Namespaces, its own included. clone3's flags cannot be seen: libc falls back to clone. */
	{ "clone", ALWAYS, 0, seal_check_clone },
	{ "clone3", ALWAYS, ENOSYS, NULL },
	{ "unshare", ALWAYS, EPERM, NULL },
	{ "setns", ALWAYS, EPERM, NULL },
	{ "sethostname", ALWAYS, EPERM, NULL },
	{ "setdomainname", ALWAYS, EPERM, NULL },

	/* Mounts and roots. */
	{ "mount", ALWAYS, EPERM, NULL },
	{ "umount", ALWAYS, EPERM, NULL },
	{ "umount2", ALWAYS, EPERM, NULL },
	{ "pivot_root", ALWAYS, EPERM, NULL },
	{ "chroot", ALWAYS, EPERM, NULL },
	{ "fsopen", ALWAYS, EPERM, NULL },
	{ "fsconfig", ALWAYS, EPERM, NULL },
	{ "fsmount", ALWAYS, EPERM, NULL },
	{ "fspick", ALWAYS, EPERM, NULL },
	{ "move_mount", ALWAYS, EPERM, NULL },
	{ "open_tree", ALWAYS, EPERM, NULL },
	{ "open_tree_attr", ALWAYS, EPERM, NULL },
	{ "mount_setattr", ALWAYS, EPERM, NULL },
	{ "listmount", ALWAYS, EPERM, NULL },
	{ "statmount", ALWAYS, EPERM, NULL },
	{ "quotactl", ALWAYS, EPERM, NULL },
	{ "quotactl_fd", ALWAYS, EPERM, NULL },
	{ "swapon", ALWAYS, EPERM, NULL },
	{ "swapoff", ALWAYS, EPERM, NULL },
	{ "nfsservctl", ALWAYS, EPERM, NULL },
	{ "fanotify_init", ALWAYS, EPERM, NULL },
	{ "fanotify_mark", ALWAYS, EPERM, NULL },
	{ "name_to_handle_at", ALWAYS, EPERM, NULL },
	{ "open_by_handle_at", ALWAYS, EPERM, NULL }, /* CVE-2014-9357 and its kin */

	/* Other processes. Without ptrace nobody's instruction pointer can be set to the gate. */
	{ "ptrace", ALWAYS, EPERM, NULL },
	{ "process_vm_readv", ALWAYS, EPERM, NULL },
	{ "process_vm_writev", ALWAYS, EPERM, NULL },
	{ "process_madvise", ALWAYS, EPERM, NULL },
	{ "process_mrelease", ALWAYS, EPERM, NULL },
	{ "pidfd_getfd", ALWAYS, EPERM, NULL },
	{ "kcmp", ALWAYS, EPERM, NULL },

	/* On the files of the root, which all connections of a service share: a lease makes whoever
	   opens one wait (45 s), a watch tells who opens what. */
	{ "fcntl", ALWAYS, 0, seal_check_fcntl },
	{ "fcntl64", ALWAYS, 0, seal_check_fcntl },
	{ "inotify_init", ALWAYS, ENOSYS, NULL },
	{ "inotify_init1", ALWAYS, ENOSYS, NULL },

	/* What the kernel keeps by user, which all connections of a service are. keyrings(7) */
	{ "add_key", ALWAYS, EPERM, NULL },
	{ "request_key", ALWAYS, EPERM, NULL },
	{ "keyctl", ALWAYS, EPERM, NULL },

	/* The kernel itself: much code, much history, and nothing that a server per connection
	   uses. */
	{ "bpf", ALWAYS, EPERM, NULL },
	{ "perf_event_open", ALWAYS, EPERM, NULL },
	{ "userfaultfd", ALWAYS, EPERM, NULL },
	{ "lookup_dcookie", ALWAYS, EPERM, NULL },
	{ "syslog", ALWAYS, EPERM, NULL },
	{ "acct", ALWAYS, EPERM, NULL },
	{ "init_module", ALWAYS, EPERM, NULL },
	{ "finit_module", ALWAYS, EPERM, NULL },
	{ "delete_module", ALWAYS, EPERM, NULL },
	{ "create_module", ALWAYS, EPERM, NULL },
	{ "get_kernel_syms", ALWAYS, EPERM, NULL },
	{ "query_module", ALWAYS, EPERM, NULL },
	{ "kexec_load", ALWAYS, EPERM, NULL },
	{ "kexec_file_load", ALWAYS, EPERM, NULL },
	{ "reboot", ALWAYS, EPERM, NULL },
	{ "iopl", ALWAYS, EPERM, NULL },
	{ "ioperm", ALWAYS, EPERM, NULL },
	{ "modify_ldt", ALWAYS, EPERM, NULL },
	{ "vm86", ALWAYS, EPERM, NULL },
	{ "vm86old", ALWAYS, EPERM, NULL },
	{ "vhangup", ALWAYS, EPERM, NULL },
	{ "settimeofday", ALWAYS, EPERM, NULL },
	{ "stime", ALWAYS, EPERM, NULL },
	{ "clock_settime", ALWAYS, EPERM, NULL },
	{ "clock_settime64", ALWAYS, EPERM, NULL },
	{ "clock_adjtime", ALWAYS, EPERM, NULL },
	{ "clock_adjtime64", ALWAYS, EPERM, NULL },
	{ "adjtimex", ALWAYS, EPERM, NULL },
	{ "personality", ALWAYS, 0,
	  seal_check_personality }, /* no READ_IMPLIES_EXEC, no fixed layout */
	{ "uselib", ALWAYS, EPERM, NULL },
	{ "ustat", ALWAYS, EPERM, NULL },
	{ "sysfs", ALWAYS, EPERM, NULL },
	{ "_sysctl", ALWAYS, EPERM, NULL },
	{ "pciconfig_read", ALWAYS, EPERM, NULL },
	{ "pciconfig_write", ALWAYS, EPERM, NULL },
	{ "pciconfig_iobase", ALWAYS, EPERM, NULL },
	{ "s390_pci_mmio_read", ALWAYS, EPERM, NULL },
	{ "s390_pci_mmio_write", ALWAYS, EPERM, NULL },
	{ "rtas", ALWAYS, EPERM, NULL },
};

bool seal_gate_has(const char *name)
{
	for (size_t i = 0; i < sizeof(by_gate) / sizeof(by_gate[0]); i++)
		if (strcmp(by_gate[i], name) == 0)
			return true;
	return false;
}

static bool applies(const struct rule *rule, const struct seal_options *options)
{
	switch (rule->when) {
	case IF_STRICT:
		return options->spec->socket_seal != SOCKET_SEAL_LOCAL;
	case IF_RIGHTS:
		return options->hides_rights;
	default:
		return true;
	}
}

struct filter_action seal_rule(const char *name, const void *context)
{
	const struct seal_options *options = context;
	struct filter_action action = { .result = SECCOMP_RET_ALLOW };

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (strcmp(rules[i].name, name) != 0 || !applies(&rules[i], options))
			continue;
		action.result = SECCOMP_RET_ERRNO | (uint32_t)rules[i].error;
		action.check = rules[i].check;
		action.by_gate = seal_gate_has(name);
	}
	return action;
}

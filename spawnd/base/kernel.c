/* SPDX-License-Identifier: ISC */
/*
 * What the kernel offers, asked by the call itself with arguments that can do nothing. Used by the
 * warden at start and by -V; the rooms that have a fallback simply try and fall back on ENOSYS.
 */
#include "base/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#ifndef SYS_fsopen
#define SYS_fsopen 430
#endif
#ifndef SYS_fsconfig
#define SYS_fsconfig 431
#endif
#define FSCONFIG_SET_STRING_ 1

/* A call with an impossible argument: any errno but ENOSYS says that it is there. */
static bool call_exists(long number, long first, long second, long third)
{
	return syscall(number, first, second, third, 0, 0) >= 0 || errno != ENOSYS;
}

static bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static bool proc_subset(void)
{
	long fs = syscall(SYS_fsopen, "proc", 1 /* FSOPEN_CLOEXEC */);
	bool has;

	if (fs < 0)
		return false;
	has = syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING_, "subset", "pid", 0) == 0;
	close((int)fs);
	return has;
}

static bool overlay(void)
{
	char line[128];
	FILE *list = fopen("/proc/filesystems", "re");
	bool found = false;

	while (list && !found && fgets(line, sizeof(line), list))
		found = strstr(line, "\toverlay\n") != NULL;
	if (list)
		fclose(list);
	return found;
}

/* Loads the smallest program of the kind. Who may not load one learns only that bpf(2) is there. */
static bool cgroup_bpf(void)
{
	static const struct bpf_insn no[] = { { .code = BPF_ALU64 | BPF_MOV | BPF_K },
					      { .code = BPF_JMP | BPF_EXIT } };
	union bpf_attr attributes;
	long program;

	memset(&attributes, 0, sizeof(attributes));
	attributes.prog_type = BPF_PROG_TYPE_CGROUP_SOCK_ADDR;
	attributes.expected_attach_type = BPF_CGROUP_INET4_CONNECT;
	attributes.insns = (uint64_t)(uintptr_t)no;
	attributes.insn_cnt = sizeof(no) / sizeof(no[0]);
	attributes.license = (uint64_t)(uintptr_t) "";
	program = syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof(attributes));
	if (program < 0)
		return errno == EPERM && geteuid() != 0;
	close((int)program);
	return true;
}

static bool pass_rights(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), no = 0;
	bool has = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS_, &no, sizeof(no)) == 0;

	if (fd >= 0)
		close(fd);
	return has;
}

/* setns(2) to nothing is EBADF, unless a filter has it that there is no such kind of namespace. */
static bool user_namespaces(void)
{
	return file_exists("/proc/self/ns/user") && setns(-1, CLONE_NEWUSER) < 0 && errno == EBADF;
}

static const struct {
	const char *name;
	bool required;
} features[] = {
	[KERNEL_CLONE3] = { "clone3", false },
	[KERNEL_CLOSE_RANGE] = { "close_range", false },
	[KERNEL_OPENAT2] = { "openat2", false },
	[KERNEL_MOUNT_API] = { "mount-api", true },
	[KERNEL_MOUNT_SETATTR] = { "mount_setattr", false },
	[KERNEL_PIDFD] = { "pidfd", false },
	[KERNEL_USER_NAMESPACES] = { "user-namespaces", false },
	[KERNEL_NET_NAMESPACES] = { "net-namespaces", true },
	[KERNEL_PID_NAMESPACES] = { "pid-namespaces", true },
	[KERNEL_IPC_NAMESPACES] = { "ipc-namespaces", false },
	[KERNEL_UTS_NAMESPACES] = { "uts-namespaces", true },
	[KERNEL_CGROUP_NAMESPACES] = { "cgroup-namespaces", false },
	[KERNEL_PROC_SUBSET] = { "proc-subset", false },
	[KERNEL_SECCOMP_FILTER] = { "seccomp-filter", false },
	[KERNEL_PASS_RIGHTS] = { "pass-rights", false },
	[KERNEL_OVERLAY] = { "overlayfs", false },
	[KERNEL_CGROUP_BPF] = { "cgroup-bpf", false },
};
_Static_assert(sizeof(features) / sizeof(features[0]) == KERNEL_FEATURES, "a name for every one");

bool kernel_has(enum kernel_feature feature)
{
	switch (feature) {
	case KERNEL_CLONE3:
		return call_exists(SYS_clone3, 0, 0, 0);
	case KERNEL_CLOSE_RANGE:
		return call_exists(SYS_close_range, ~0L, 0, 0);
	case KERNEL_OPENAT2:
		return call_exists(SYS_openat2, -1, 0, 0);
	case KERNEL_MOUNT_API:
		return call_exists(SYS_fsopen, 0, -1, 0);
	case KERNEL_MOUNT_SETATTR:
		return call_exists(SYS_mount_setattr, -1, 0, -1);
	case KERNEL_PIDFD:
		return call_exists(SYS_pidfd_open, -1, 0, 0);
	case KERNEL_USER_NAMESPACES:
		return user_namespaces();
	case KERNEL_NET_NAMESPACES:
		return file_exists("/proc/self/ns/net");
	case KERNEL_PID_NAMESPACES:
		return file_exists("/proc/self/ns/pid");
	case KERNEL_IPC_NAMESPACES:
		return file_exists("/proc/self/ns/ipc");
	case KERNEL_UTS_NAMESPACES:
		return file_exists("/proc/self/ns/uts");
	case KERNEL_CGROUP_NAMESPACES:
		return file_exists("/proc/self/ns/cgroup");
	case KERNEL_PROC_SUBSET:
		return proc_subset();
	case KERNEL_SECCOMP_FILTER:
		return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) < 0 &&
		       errno == EFAULT;
	case KERNEL_PASS_RIGHTS:
		return pass_rights();
	case KERNEL_OVERLAY:
		return overlay();
	case KERNEL_CGROUP_BPF:
		return cgroup_bpf();
	case KERNEL_FEATURES:
		break;
	}
	return false;
}

const char *kernel_feature_name(enum kernel_feature feature)
{
	return features[feature].name;
}

bool kernel_feature_required(enum kernel_feature feature)
{
	return features[feature].required;
}

const char *kernel_release(void)
{
	static struct utsname name;

	uname(&name);
	return name.release;
}

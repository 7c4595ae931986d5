/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_BASE_KERNEL_H
#define SPAWND_BASE_KERNEL_H

/*
 * What the running kernel offers, found by asking it (never by its version). Probes have no side
 * effect but the first call's cost; results are not cached across execve.
 */
#include <stdbool.h>

#define SO_PASSRIGHTS_ 83 /* asm-generic/socket.h; the C library may be older */

enum kernel_feature {
	KERNEL_CLONE3,	    /* clone3(2), 5.3 */
	KERNEL_CLOSE_RANGE, /* close_range(2), 5.9 */
	KERNEL_OPENAT2,	    /* openat2(2), 5.6 */
	KERNEL_MOUNT_API,   /* fsopen(2), fsmount(2), open_tree(2), move_mount(2), 5.2: required */
	KERNEL_MOUNT_SETATTR,	  /* mount_setattr(2), 5.12: id-mapped mounts */
	KERNEL_PIDFD,		  /* pidfd_open(2), 5.3 */
	KERNEL_USER_NAMESPACES,	  /* CONFIG_USER_NS */
	KERNEL_NET_NAMESPACES,	  /* CONFIG_NET_NS: required */
	KERNEL_PID_NAMESPACES,	  /* CONFIG_PID_NS: required */
	KERNEL_IPC_NAMESPACES,	  /* CONFIG_IPC_NS */
	KERNEL_UTS_NAMESPACES,	  /* CONFIG_UTS_NS */
	KERNEL_CGROUP_NAMESPACES, /* CONFIG_CGROUPS, 4.6 */
	KERNEL_PROC_SUBSET,	  /* proc mount option subset=pid, 5.8 */
	KERNEL_SECCOMP_FILTER,	  /* CONFIG_SECCOMP_FILTER */
	KERNEL_PASS_RIGHTS,	  /* SO_PASSRIGHTS, 6.16: AF_UNIX without SCM_RIGHTS */
	KERNEL_OVERLAY,		  /* overlayfs: RootEphemeral= */
	KERNEL_CGROUP_BPF,	  /* CONFIG_CGROUP_BPF with what the guard uses, 5.1 */
	KERNEL_FEATURES
};

bool kernel_has(enum kernel_feature feature);
const char *kernel_feature_name(enum kernel_feature feature);
bool kernel_feature_required(enum kernel_feature feature); /* spawnd does not start without it */

/* The kernel's release as uname(2) says it, for a person. Static storage. */
const char *kernel_release(void);

#endif

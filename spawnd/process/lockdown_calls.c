/* SPDX-License-Identifier: ISC */
/*
 * The tables of lockdown_calls.h. Constant; every process has them, the warden and the loop use
 * them.
 */
#include "process/lockdown_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define ALLOW(name)                                                                                \
	{                                                                                          \
		SCMP_SYS(name), LOCKDOWN_ANY, 0, 0, 0                                              \
	}
#define ALLOW_IF(name, index, mask, value)                                                         \
	{                                                                                          \
		SCMP_SYS(name), index, mask, value, 0                                              \
	}
#define REFUSE(name, error)                                                                        \
	{                                                                                          \
		SCMP_SYS(name), LOCKDOWN_ANY, 0, 0, error                                          \
	}
#define WHOLE 0xffffffffUL /* the argument is an int: the upper half may hold anything */

/*
 * No open, no socket, connect, bind or listen, no clone, no execve, no kill: every descriptor the
 * loop has was sent to it or accepted by it. The C library's own calls are here as well: 32-bit
 * machines have other names for some.
 */
static const struct lockdown_call loop_calls[] = {
	/* A turn of libev: epoll, or poll where there is none. C libraries choose either name. */
	ALLOW(epoll_wait), ALLOW(epoll_pwait), ALLOW(epoll_ctl),
	ALLOW(epoll_create1), /* anew, when it has events of a descriptor that is closed */
	ALLOW(poll), ALLOW(ppoll), ALLOW(ppoll_time64),
	/* The end of what blocks (loop/unblock.c). */
	ALLOW_IF(setitimer, 0, WHOLE, ITIMER_REAL), ALLOW(rt_sigreturn), ALLOW(sigreturn),
	/* After SIGSTOP and SIGCONT the kernel resumes a wait by this (restart_syscall(2)). */
	ALLOW(restart_syscall),

	/* A connection: accepted, asked for its names and its cookie (net/peer.c), closed. */
	ALLOW(accept4), ALLOW(getsockname), ALLOW(getsockopt), ALLOW(close),

	/* Channels and links (wire/wire.c), spawnctl's requests, a refused client's bytes. */
	ALLOW(recvmsg), ALLOW(recvfrom),
	/*
	 * Messages, log lines, answers. Not to an address, and not with MSG_FASTOPEN, which is a
	 * connect(2) by another name (tcp_sendmsg_fastopen(), net/ipv4/tcp.c).
	 */
	ALLOW_IF(sendmsg, 2, MSG_FASTOPEN, 0), ALLOW_IF(sendto, 4, ~0UL, 0),
	ALLOW_IF(setsockopt, 2, WHOLE, SO_RCVLOWAT), /* a PROXY header's rest (loop/greeting.c) */
	/* Overflow=reset (loop/overflow.c); and what a program may have set (net/peer.c) */
	ALLOW_IF(setsockopt, 2, WHOLE, SO_LINGER),
	ALLOW_IF(setsockopt, 2, WHOLE, SO_DETACH_FILTER), /* DenyInKernel= (loop/acceptor.c) */

	/* Standard error of programs; log and accounting files. */
	ALLOW(read), ALLOW(write), ALLOW(pread64), /* /proc/pressure (loop/pressure.c) */
	ALLOW(pwrite64),			   /* StatusFile= (loop/status_file.c) */
	ALLOW(ftruncate), /* a line of which a full disk has taken a part (loop/ledger.c) */
	ALLOW(ftruncate64), ALLOW(writev), /* the C library's last words before abort(3) */
	/* Is the log a socket? (base/log.c); the size of the configuration. */
	ALLOW(fstat), ALLOW(fstat64), ALLOW(newfstatat), ALLOW(statx),

	/* Descriptors: copies, flags, and whether the configuration is sealed. */
	ALLOW_IF(fcntl, 1, WHOLE, F_DUPFD_CLOEXEC), ALLOW_IF(fcntl, 1, WHOLE, F_GETFD),
	ALLOW_IF(fcntl, 1, WHOLE, F_SETFD), ALLOW_IF(fcntl, 1, WHOLE, F_GETFL),
	ALLOW_IF(fcntl, 1, WHOLE, F_SETFL), ALLOW_IF(fcntl, 1, WHOLE, F_GET_SEALS),
	ALLOW_IF(fcntl64, 1, WHOLE, F_DUPFD_CLOEXEC), ALLOW_IF(fcntl64, 1, WHOLE, F_GETFD),
	ALLOW_IF(fcntl64, 1, WHOLE, F_SETFD), ALLOW_IF(fcntl64, 1, WHOLE, F_GETFL),
	ALLOW_IF(fcntl64, 1, WHOLE, F_SETFL), ALLOW_IF(fcntl64, 1, WHOLE, F_GET_SEALS),
	/* The descriptor that is given up when there are no others (loop_shed_one()). */
	ALLOW(eventfd2),

	/* Memory: tables at a reload, the configuration's mapping. Never executable. */
	ALLOW(brk), ALLOW_IF(mmap, 2, PROT_EXEC, 0), ALLOW_IF(mmap2, 2, PROT_EXEC, 0),
	ALLOW(mremap), ALLOW(munmap), ALLOW(madvise), ALLOW(getrandom), /* malloc(3)'s own secret */

	/* Its own limit of descriptors, which a reload may raise (process/descriptors.c). */
	ALLOW_IF(prlimit64, 0, WHOLE, 0), ALLOW(getrlimit), ALLOW(ugetrlimit), ALLOW(setrlimit),

	/* Clocks, where the vDSO has none. */
	ALLOW(clock_gettime), ALLOW(clock_gettime64), ALLOW(gettimeofday),

	/* A log line for syslog has the process id. */
	ALLOW(getpid),

	/* The end, abort(3) included; lockdown.c holds tgkill(2) and kill(2) to this process. */
	ALLOW(exit_group), ALLOW(exit), ALLOW(rt_sigprocmask), ALLOW(gettid),

	/*
	 * Not granted, but no crime: a C library may look for a file of its own (qsort(3) of glibc:
	 * for the size of memory), and reading the configuration looks for an interface's number,
	 * which is the warden's affair.
	 */
	REFUSE(open, ENOENT), REFUSE(openat, ENOENT), REFUSE(socket, EPERM),
	ALLOW(sysinfo), /* qsort(3) again */
};

/*
 * What a warden that has been taken over would reach for next. None of it is for a program either:
 * the kernel refuses it to whoever has no capability. (What a program could do with a call that
 * needs none is the seal's affair: SocketSeal= and SystemCallFilter= decide it, service by
 * service.)
 */
static const char *const never_calls[] = {
	/* Another kernel, another part of it, or its end. */
	"kexec_load",
	"kexec_file_load",
	"init_module",
	"finit_module",
	"delete_module",
	"create_module",
	"query_module",
	"get_kernel_syms",
	"reboot",
	/* The clock of the whole machine. Asking how it is adjusted is adjtimex too. */
	"settimeofday",
	"stime",
	"clock_settime",
	"clock_settime64",
	"clock_adjtime",
	"clock_adjtime64",
	"adjtimex",
	/* Swap, quotas, process accounting, the kernel's log: the administrator's. */
	"swapon",
	"swapoff",
	"quotactl",
	"quotactl_fd",
	"acct",
	"syslog",
	"vhangup",
	"nfsservctl",
	"_sysctl",
	"sysfs",
	"ustat",
	"uselib",
	/* Files by handle go past every path and every mount (open_by_handle_at(2)). */
	"open_by_handle_at",
	"lookup_dcookie",
	/* The machine's own hardware. CAP_SYS_RAWIO is kept for a page of memory only. */
	"iopl",
	"ioperm",
	"vm86",
	"vm86old",
	"pciconfig_read",
	"pciconfig_write",
	"pciconfig_iobase",
};

static const unsigned int warden_capabilities[] = {
	CAP_CHOWN,	  /* SocketUser=; the nodes of a container's /dev */
	CAP_DAC_OVERRIDE, /* configuration, roots and sockets in directories of others */
	CAP_FOWNER,	  /* SocketMode= of a path that SocketUser= owns already */
	CAP_KILL,	  /* the loop, zygotes, what a dead zygote left behind */
	CAP_SETGID,	  /* ids of the loop; ids of containers without user namespaces; id maps */
	CAP_SETUID,	  /* the same */
	CAP_SETPCAP,	  /* smaller bounding sets, securebits */
	CAP_NET_BIND_SERVICE, /* ports below 1024 */
	CAP_NET_ADMIN,	  /* socket buffers beyond the limit; BPF of a cgroup; lo up, FreeBind= */
	CAP_NET_RAW,	  /* BindToDevice= before Linux 5.7 */
	CAP_SYS_CHROOT,	  /* the loop's empty root; a zygote's room and template */
	CAP_SYS_ADMIN,	  /* mounts, namespaces, setns(2), cgroups, bpf(2) */
	CAP_SYS_RESOURCE, /* limits above the inherited ones; OOMScoreAdjust= downwards */
	CAP_SYS_NICE,	  /* Nice= downwards; scheduling and processors back to normal */
	CAP_MKNOD,	  /* a container's /dev */
	CAP_SYS_RAWIO,	  /* a zygote's page below vm.mmap_min_addr */
};

const struct lockdown_call *lockdown_loop_calls(size_t *count)
{
	*count = COUNT(loop_calls);
	return loop_calls;
}

const char *const *lockdown_never_calls(size_t *count)
{
	*count = COUNT(never_calls);
	return never_calls;
}

const unsigned int *lockdown_warden_capabilities(size_t *count)
{
	*count = COUNT(warden_capabilities);
	return warden_capabilities;
}

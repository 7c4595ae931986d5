/* SPDX-License-Identifier: ISC */
/*
 * The list of what a program may do ahead of its connection. It is a list of what is allowed: a
 * call that nobody has thought of makes the program wait there, which is safe. What must never be
 * on it: reading or writing a held descriptor, or making another name for it; any write; timers and
 * sleeps, which would count from the wrong moment; fork and threads, since one thread alone can be
 * stopped; limits and filters, which could forbid the stub its four calls. syscalls(2).
 */
#include "container/harmless.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <termios.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

/* Nothing of them depends on a descriptor: the process's own memory, signals, ids; looking at
 * files. */
static const uint16_t always[] = {
	SYS_brk,
	SYS_munmap,
	SYS_mprotect,
	SYS_mremap,
	SYS_madvise,
	SYS_set_tid_address,
	SYS_set_robust_list,
	SYS_getpid,
	SYS_gettid,
	SYS_getppid,
	SYS_getuid,
	SYS_geteuid,
	SYS_getgid,
	SYS_getegid,
	SYS_getresuid,
	SYS_getresgid,
	SYS_getgroups,
	SYS_getpgid,
	SYS_getsid,
	SYS_uname,
	SYS_sysinfo,
	SYS_getrandom,
	SYS_getcwd,
	SYS_chdir,
	SYS_umask,
	SYS_getrusage,
	SYS_times,
	SYS_rt_sigaction,
	SYS_rt_sigprocmask,
	SYS_rt_sigreturn,
	SYS_sigaltstack,
	SYS_sched_getaffinity,
	SYS_sched_getparam,
	SYS_sched_getscheduler,
	SYS_getpriority,
	SYS_capget,
	SYS_clock_gettime,
	SYS_clock_getres,
	SYS_gettimeofday,
	SYS_faccessat,
	SYS_readlinkat,
	SYS_statfs,
	SYS_newfstatat,
	SYS_fstat,
	SYS_lseek,
	SYS_execve,
	SYS_pipe2,
	SYS_eventfd2,
	SYS_epoll_create1,
#ifdef SYS_rseq
	SYS_rseq,
#endif
#ifdef SYS_membarrier
	SYS_membarrier,
#endif
	/* Without any capability these can only set what is set. */
	SYS_setuid,
	SYS_setgid,
	SYS_setreuid,
	SYS_setregid,
	SYS_setresuid,
	SYS_setresgid,
	SYS_setgroups,
#ifdef SYS_statx
	SYS_statx,
#endif
#ifdef SYS_faccessat2
	SYS_faccessat2,
#endif
#ifdef SYS_getrlimit
	SYS_getrlimit,
#endif
#ifdef SYS_arch_prctl
	SYS_arch_prctl,
#endif
#ifdef SYS_stat /* the calls that newer machines do not have */
	SYS_stat,
	SYS_lstat,
	SYS_access,
	SYS_readlink,
	SYS_time,
	SYS_getpgrp,
	SYS_pipe,
#endif
};

/* Harmless on any descriptor but a held one, which is the first argument. */
static const uint16_t elsewhere[] = {
	SYS_read,      SYS_pread64, SYS_readv,	 SYS_close, SYS_getdents64,
	SYS_fadvise64, SYS_fchdir,  SYS_fstatfs, SYS_dup,
#ifdef SYS_getdents
	SYS_getdents,
#endif
};

static bool is_in(const uint16_t *list, size_t count, uint64_t number)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == number)
			return true;
	return false;
}

/* The kernel takes descriptors as 32-bit numbers. */
static bool is_held(uint64_t held, uint64_t descriptor)
{
	uint32_t fd = (uint32_t)descriptor;

	return fd < 64 && (held >> fd & 1);
}

/* Opening makes nothing and cuts nothing: a socket cannot be opened through /proc, so no alias. */
static bool opens_only(uint64_t flags)
{
	return !(flags & (O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY) | O_ASYNC));
}

/* A socket answers these as the placeholder does, which is one too. */
static bool may_control(const struct harmless_call *call, uint64_t held)
{
	switch ((int)call->arguments[1]) {
	case F_GETFD:
	case F_GETFL:
		return true;
	case F_SETFD:
		/* Cleared already, and cleared when the socket takes the place. */
		return call->arguments[2] == 0 || !is_held(held, call->arguments[0]);
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return !is_held(held, call->arguments[0]);
	}
	return false;
}

static bool may_ioctl(const struct harmless_call *call, uint64_t held)
{
	switch ((uint32_t)call->arguments[1]) {
	case TCGETS: /* isatty(3) */
	case TIOCGPGRP:
	case TIOCGWINSZ:
		return true;
	case FIOCLEX:
	case FIONCLEX:
		return !is_held(held, call->arguments[0]);
	}
	return false;
}

static bool may_prctl(uint64_t option)
{
	switch ((int)option) {
	case PR_SET_NAME:
	case PR_GET_NAME:
	case PR_GET_DUMPABLE:
	case PR_GET_SECCOMP:
	case PR_GET_NO_NEW_PRIVS:
	case PR_GET_KEEPCAPS:
	case PR_GET_SECUREBITS:
	case PR_GET_PDEATHSIG:
	case PR_CAPBSET_READ:
	case PR_SET_VMA:
		return true;
	}
	return false;
}

/*
 * Not memory of a file that is shared and may be written, now or by a later mprotect(2): that is
 * felt elsewhere, and no call tells of it. What is open for reading alone can never be (mmap(2),
 * EACCES).
 */
static bool may_map(const struct harmless_call *call, uint64_t held, bool writes)
{
	bool shared = call->arguments[3] & MAP_SHARED, written = call->arguments[2] & PROT_WRITE;

	if (call->arguments[3] & MAP_ANONYMOUS)
		return true;
	return !(shared && (written || writes)) && !is_held(held, call->arguments[4]);
}

/* One thread wakes nobody, and for a wait it would sleep. */
static bool may_wake(uint64_t operation)
{
	return ((uint32_t)operation & FUTEX_CMD_MASK) == FUTEX_WAKE;
}

static bool spares(uint64_t held, uint64_t first, uint64_t last)
{
	for (uint32_t fd = (uint32_t)first; fd < 64 && fd <= (uint32_t)last; fd++)
		if (is_held(held, fd))
			return false;
	return true;
}

bool harmless_opens_to_write(const struct harmless_call *call)
{
#ifdef SYS_open
	if (call->number == SYS_open)
		return (call->arguments[1] & O_ACCMODE) != O_RDONLY;
#endif
	return call->number == SYS_openat && (call->arguments[2] & O_ACCMODE) != O_RDONLY;
}

bool harmless(const struct harmless_call *call, uint64_t held, bool writes)
{
	const uint64_t *arguments = call->arguments;

	if (is_in(always, sizeof(always) / sizeof(always[0]), call->number))
		return true;
	if (is_in(elsewhere, sizeof(elsewhere) / sizeof(elsewhere[0]), call->number))
		return !is_held(held, arguments[0]);
	switch (call->number) {
#ifdef SYS_open
	case SYS_open:
		return opens_only(arguments[1]);
	case SYS_dup2:
		return !is_held(held, arguments[0]) && !is_held(held, arguments[1]);
#endif
	case SYS_openat:
		return opens_only(arguments[2]);
	case SYS_dup3:
		return !is_held(held, arguments[0]) && !is_held(held, arguments[1]);
	case SYS_mmap:
		return may_map(call, held, writes);
	case SYS_fcntl:
		return may_control(call, held);
	case SYS_ioctl:
		return may_ioctl(call, held);
	case SYS_futex:
		return may_wake(arguments[1]);
	case SYS_prctl:
		return may_prctl(arguments[0]);
	case SYS_prlimit64:
		return arguments[2] == 0; /* to ask, not to set */
#ifdef SYS_close_range
	case SYS_close_range:
		return arguments[2] == 0 && spares(held, arguments[0], arguments[1]);
#endif
	}
	return false;
}

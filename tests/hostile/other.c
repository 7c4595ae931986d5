/* SPDX-License-Identifier: ISC */
/*
 * P3: other processes. The victim is a process of the host that notes each signal (SIGURG, which is
 * ignored by whoever does not); its number means nothing inside a container, so all small numbers
 * are tried too. And new namespaces, in which one would be somebody.
 */
#define _GNU_SOURCE
#include "hostile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PID_MAX_TRIED 40000

static void kill_all(void)
{
	signal(SIGURG, SIG_IGN);
	/* "All that I may": itself is not counted by kill(2). */
	leak_if(kill(-1, SIGURG) == 0, "kill(-1)");
}

static void kill_numbers(void)
{
	signal(SIGURG, SIG_IGN);
	if (victim > 1 && victim != getpid() && kill(victim, SIGURG) == 0) {
		leak("process %d has the signal", victim);
		return;
	}
	for (pid_t pid = 1; pid < PID_MAX_TRIED; pid++)
		if (pid != getpid() && kill(pid, 0) == 0) {
			leak("process %d can be signalled", pid);
			return;
		}
	held("no process but itself can be signalled");
}

static void kill_groups(void)
{
	signal(SIGURG, SIG_IGN);
	if (victim > 1 && kill(-victim, SIGURG) == 0) {
		leak("process group %d has the signal", victim);
		return;
	}
	held("the victim's process group cannot be signalled");
}

static void signal_thread(void)
{
	leak_if(victim > 1 && victim != getpid() &&
			syscall(SYS_tgkill, victim, victim, SIGURG) == 0,
		"tgkill");
}

/* The passed descriptor's owner gets SIGIO: the kernel sends it, later. */
static void signal_owner(void)
{
	int ends[2];

	if (pipe(ends) < 0)
		return;
	if (fcntl(ends[0], F_SETOWN, victim) < 0 || fcntl(ends[0], 10 /* F_SETSIG */, SIGURG) < 0 ||
	    fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK) < 0 || write(ends[1], "x", 1) != 1)
		leak_if(false, "F_SETOWN");
	else
		leak_if(fcntl(ends[0], F_GETOWN) == victim, "the victim owns a descriptor");
}

/* Those that /proc shows, and the victim's number. */
static int candidates(pid_t *pids, int most)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	int count = 0;

	if (victim > 1 && victim != getpid())
		pids[count++] = victim;
	while (dir && (entry = readdir(dir)) && count < most) {
		pid_t pid = atoi(entry->d_name);

		if (pid > 0 && pid != getpid() && pid != getppid())
			pids[count++] = pid;
	}
	if (dir)
		closedir(dir);
	return count;
}

typedef bool (*attempt)(pid_t pid);

static void against_all(attempt try, const char *what)
{
	pid_t pids[512];
	int count = candidates(pids, 512), code = ESRCH;

	for (int i = 0; i < count; i++) {
		if (try(pids[i])) {
			leak("%s: process %d", what, pids[i]);
			return;
		}
		code = errno;
	}
	errno = code;
	leak_if(false, what);
}

static bool is_traced(pid_t pid)
{
	if (pid != victim || ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0)
		return false;
	ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
	waitpid(pid, NULL, __WALL);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return true;
}
static void trace(void)
{
	against_all(is_traced, "ptrace");
}

static bool has_memory(pid_t pid)
{
	char path[64], line[256] = "", byte;
	struct iovec mine = { &byte, 1 }, theirs = { NULL, 1 };
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(line, sizeof(line), file)) {
		fclose(file);
		return false;
	}
	fclose(file);
	theirs.iov_base = (void *)(uintptr_t)strtoull(line, NULL, 16);
	return process_vm_readv(pid, &mine, 1, &theirs, 1, 0) == 1;
}
static void memory(void)
{
	against_all(has_memory, "process_vm_readv");
}

static bool has_memory_file(pid_t pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}
static void memory_file(void)
{
	against_all(has_memory_file, "/proc/PID/mem");
}

static bool is_read(pid_t pid)
{
	static const char *const files[] = { "environ", "cmdline", "status" };
	char path[64], byte;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int fd;
		ssize_t count;

		snprintf(path, sizeof(path), "/proc/%d/%s", pid, files[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		count = read(fd, &byte, 1);
		close(fd);
		if (count == 1)
			return true;
	}
	return false;
}
static void proc_files(void)
{
	against_all(is_read, "its files in /proc");
}

static bool descriptor_taken(pid_t pid)
{
	int process = (int)syscall(SYS_pidfd_open, pid, 0);
	int taken = process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, 0, 0);

	if (process >= 0)
		close(process);
	return taken >= 0;
}
static void take_descriptor(void)
{
	against_all(descriptor_taken, "pidfd_getfd");
}

static bool has_pidfd(pid_t pid)
{
	int process = (int)syscall(SYS_pidfd_open, pid, 0);

	if (process >= 0)
		close(process);
	return process >= 0;
}
static void process_descriptor(void)
{
	against_all(has_pidfd, "pidfd_open");
}

static bool is_compared(pid_t pid)
{
	return syscall(SYS_kcmp, getpid(), pid, 1 /* KCMP_VM */, 0, 0) >= 0;
}
static void compare(void)
{
	against_all(is_compared, "kcmp");
}

static bool is_limited(pid_t pid)
{
	struct rlimit limit;

	return prlimit(pid, RLIMIT_NOFILE, NULL, &limit) == 0;
}
static void limits(void)
{
	against_all(is_limited, "prlimit");
}

static bool is_niced(pid_t pid)
{
	int level;

	errno = 0;
	level = getpriority(PRIO_PROCESS, (unsigned int)pid);
	return errno == 0 && setpriority(PRIO_PROCESS, (unsigned int)pid, level) == 0;
}
static void niceness(void)
{
	against_all(is_niced, "setpriority");
}

static bool is_placed(pid_t pid)
{
	cpu_set_t set;

	return sched_getaffinity(pid, sizeof(set), &set) == 0 &&
	       sched_setaffinity(pid, sizeof(set), &set) == 0;
}
static void placement(void)
{
	against_all(is_placed, "sched_setaffinity");
}

static bool is_robust(pid_t pid)
{
	void *head;
	size_t length;

	return syscall(SYS_get_robust_list, pid, &head, &length) == 0;
}
static void robust(void)
{
	against_all(is_robust, "get_robust_list");
}

/* ---- namespaces ---------------------------------------------------------------------------- */

static void child_unshare_user(void)
{
	leak_if(unshare(CLONE_NEWUSER) == 0, "unshare(CLONE_NEWUSER)");
}
static void unshare_user(void)
{
	in_child(child_unshare_user);
}

static void child_unshare_rest(void)
{
	static const int kinds[] = { CLONE_NEWNET, CLONE_NEWPID, CLONE_NEWIPC,
				     CLONE_NEWUTS, CLONE_NEWNS,	 0x02000000 };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (unshare(kinds[i]) == 0) {
			leak("unshare(0x%x)", (unsigned int)kinds[i]);
			return;
		}
	leak_if(false, "unshare");
}
static void unshare_rest(void)
{
	in_child(child_unshare_rest);
}

/* The flags of clone3 are behind a pointer, where no filter sees them. */
static void clone3_user(void)
{
	uint64_t arguments[11] = { CLONE_NEWUSER, 0, 0, 0, SIGCHLD };
	long child = syscall(435, arguments, sizeof(arguments));

	if (child == 0)
		_exit(0);
	if (child > 0)
		waitpid((pid_t)child, NULL, 0);
	leak_if(child > 0, "clone3(CLONE_NEWUSER)");
}

static void clone_user(void)
{
#ifdef __s390x__
	long child = syscall(SYS_clone, 0, CLONE_NEWUSER | SIGCHLD, 0, 0, 0);
#else
	long child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
#endif

	if (child == 0)
		_exit(0);
	if (child > 0)
		waitpid((pid_t)child, NULL, 0);
	leak_if(child > 0, "clone(CLONE_NEWUSER)");
}

static void child_enter(void)
{
	static const char *const names[] = { "pid", "mnt", "ipc", "uts", "net", "cgroup" };
	pid_t pids[512];
	int count = candidates(pids, 512);
	char path[64];

	for (int i = 0; i < count; i++)
		for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
			int fd;

			snprintf(path, sizeof(path), "/proc/%d/ns/%s", pids[i], names[n]);
			fd = open(path, O_RDONLY | O_CLOEXEC);
			if (fd >= 0 && setns(fd, 0) == 0) {
				leak("entered %s", path);
				return;
			}
			if (fd >= 0)
				close(fd);
		}
	held("no namespace of another process is entered");
}
static void enter(void)
{
	in_child(child_enter);
}

/* NS_GET_USERNS of the network namespace, NS_GET_PARENT of the user's: towards the host's. */
static void owner(void)
{
	int pid = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	int user = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);

	leak_if(ioctl(pid, 0xb702) >= 0 || ioctl(user, 0xb702) >= 0, "NS_GET_PARENT");
}

const struct probe other_probes[] = {
	{ "kill-all", "P3", ON_ANY | BARE, kill_all, NULL },
	{ "kill-numbers", "P3", ON_ANY | BARE, kill_numbers, NULL },
	{ "kill-group", "P3", ON_ANY | BARE, kill_groups, NULL },
	{ "tgkill", "P3", ON_ANY | BARE, signal_thread, NULL },
	{ "signal-owner", "P3", ON_ANY | BARE, signal_owner, NULL },
	{ "ptrace", "P3", ON_ANY | BARE, trace, NULL },
	{ "process-memory", "P3", ON_ANY | BARE, memory, NULL },
	{ "proc-mem", "P3", ON_ANY | BARE, memory_file, NULL },
	{ "proc-files", "P3", ON_ANY | BARE, proc_files, NULL },
	{ "pidfd-getfd", "P3", ON_ANY | BARE, take_descriptor, "pidfd_getfd came with 5.6" },
	{ "pidfd-open", "P3", ON_ANY | BARE, process_descriptor, "pidfd_open came with 5.3" },
	{ "kcmp", "P3", ON_ANY | BARE, compare, "no KCMP" },
	{ "prlimit", "P3", ON_ANY | BARE, limits, NULL },
	{ "setpriority", "P3", ON_ANY | BARE, niceness, NULL },
	{ "setaffinity", "P3", ON_ANY | BARE, placement, NULL },
	{ "robust-list", "P3", ON_ANY | BARE, robust, NULL },
	{ "unshare-user", "P3", ON_ANY | BARE, unshare_user, NULL },
	{ "unshare-rest", "P3", ON_ANY | BARE, unshare_rest, NULL },
	{ "clone3-user", "P3", ON_ANY | BARE, clone3_user, "clone3 came with 5.3" },
	{ "clone-user", "P3", ON_ANY | BARE, clone_user, NULL },
	{ "setns", "P3", ON_ANY | BARE, enter, NULL },
	{ "namespace-parent", "P3", ON_ANY | BARE, owner, "pid namespaces: has a parent in tests" },
	{ NULL, NULL, 0, NULL, NULL },
};

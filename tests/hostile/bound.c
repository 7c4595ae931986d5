/* SPDX-License-Identifier: ISC */
/*
 * P4: limits, each tried a little beyond what the drivers configure (16M for /tmp and /dev/shm,
 * 1000 files there, 64 processes). What it takes is given back; no more than 96 MiB of memory and
 * 200 processes, so that the control can run on any machine.
 */
#define _GNU_SOURCE
#include "hostile.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MEMORY_TRIED (96L << 20)
#define DISK_TRIED (32L << 20)
#define FILES_TRIED 4000
#define PROCESSES_TRIED 200

static void raise_limits(void)
{
	for (int which = 0; which < 16; which++) {
		struct rlimit limit, more;

		if (getrlimit(which, &limit) < 0 || limit.rlim_max == RLIM_INFINITY)
			continue;
		more = limit;
		more.rlim_max++;
		if (setrlimit(which, &more) == 0) {
			setrlimit(which, &limit);
			leak("hard limit %d is raised", which);
			return;
		}
	}
	held("no hard limit can be raised");
}

static void raise_nice(void)
{
	int level = getpriority(PRIO_PROCESS, 0);

	leak_if(setpriority(PRIO_PROCESS, 0, level - 1) == 0, "a better nice level");
}

static void real_time(void)
{
	struct sched_param one = { .sched_priority = 1 };

	leak_if(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &one) == 0, "SCHED_FIFO");
}

static void real_time_disk(void)
{
	leak_if(syscall(SYS_ioprio_set, 1, 0, 1 << 13) == 0, "real-time I/O");
}

static void out_of_memory(void)
{
	char now[16] = "", less[16];
	int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);

	if (fd < 0 || read(fd, now, sizeof(now) - 1) <= 0) {
		leak_if(false, "oom_score_adj");
		return;
	}
	snprintf(less, sizeof(less), "%d", atoi(now) - 1);
	leak_if(pwrite(fd, less, strlen(less), 0) > 0, "a better oom_score_adj");
}

/* A core may start a helper of the host's, as root, with bytes that the program chose. */
static void core(void)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	int status = 0;
	pid_t child;

	if (setrlimit(RLIMIT_CORE, &all) < 0 && getrlimit(RLIMIT_CORE, &all) == 0) {
		all.rlim_cur = all.rlim_max;
		setrlimit(RLIMIT_CORE, &all);
	}
	if (chdir("/tmp") < 0)
		return;
	child = fork();
	if (child == 0) {
		signal(SIGSEGV, SIG_DFL);
		raise(SIGSEGV);
		_exit(0);
	}
	waitpid(child, &status, 0);
	unlink("/tmp/core");
	leak_if(child > 0 && WIFSIGNALED(status) && WCOREDUMP(status), "a core is dumped");
}

static void fill(const char *path)
{
	static char block[1 << 20];
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	long done = 0;
	ssize_t count = 0;

	memset(block, 'x', sizeof(block));
	while (fd >= 0 && done < DISK_TRIED && (count = write(fd, block, sizeof(block))) > 0)
		done += count;
	unlink(path);
	if (done >= DISK_TRIED)
		leak("%ld MiB in %s", done >> 20, path);
	else
		held("%ld KiB in %s, then: %s", done >> 10, path, strerror(errno));
}

static void fill_tmp(void)
{
	fill("/tmp/hostile-fill");
}
static void fill_shm(void)
{
	fill("/dev/shm/hostile-fill");
}
static void fill_run(void)
{
	fill("/run/hostile-fill");
}

static void many_files(void)
{
	char path[64];
	int made = 0, code = 0;

	for (; made < FILES_TRIED; made++) {
		int fd;

		snprintf(path, sizeof(path), "/tmp/hostile-file-%d", made);
		fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
		if (fd < 0)
			break;
		close(fd);
	}
	code = errno;
	for (int i = 0; i < made; i++) {
		snprintf(path, sizeof(path), "/tmp/hostile-file-%d", i);
		unlink(path);
	}
	errno = code;
	if (made >= FILES_TRIED)
		leak("%d files", made);
	else
		held("%d files, then: %s", made, strerror(code));
}

static void lock_memory(void)
{
	size_t size = 16 << 20;
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	leak_if(memory != MAP_FAILED && mlock(memory, size) == 0, "16 MiB are locked");
}

/* One after the other and never more: no bomb, only a count. */
static void many_processes(void)
{
	pid_t children[PROCESSES_TRIED];
	int made = 0, code;

	for (; made < PROCESSES_TRIED; made++) {
		children[made] = fork();
		if (children[made] == 0) {
			for (;;)
				pause();
		}
		if (children[made] < 0)
			break;
	}
	code = errno;
	for (int i = 0; i < made; i++) {
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
	if (made >= PROCESSES_TRIED)
		leak("%d processes", made);
	else
		held("%d processes, then: %s", made, strerror(code));
}

/* In a child, which the kernel may end for it. */
static void child_memory(void)
{
	char *memory = mmap(NULL, MEMORY_TRIED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);

	if (memory == MAP_FAILED) {
		leak_if(false, "memory");
		return;
	}
	for (long at = 0; at < MEMORY_TRIED; at += 4096)
		memory[at] = 1;
	leak("%ld MiB of memory", MEMORY_TRIED >> 20);
}
static void memory(void)
{
	in_child(child_memory);
}

/* Memory that no rlimit counts: it belongs to a descriptor. */
static void child_memory_file(void)
{
	static char block[1 << 20];
	int fd = (int)syscall(SYS_memfd_create, "hostile", 1);
	long done = 0;
	ssize_t count = 0;

	memset(block, 'x', sizeof(block));
	while (fd >= 0 && done < MEMORY_TRIED && (count = write(fd, block, sizeof(block))) > 0)
		done += count;
	if (done >= MEMORY_TRIED)
		leak("%ld MiB in a memfd", done >> 20);
	else
		held("%ld KiB in a memfd, then: %s", done >> 10, strerror(errno));
}
static void memory_file(void)
{
	in_child(child_memory_file);
}

static void child_segment(void)
{
	int id = shmget(IPC_PRIVATE, (size_t)MEMORY_TRIED, IPC_CREAT | 0600);
	char *memory = id < 0 ? NULL : shmat(id, NULL, 0);

	if (id >= 0)
		shmctl(id, IPC_RMID, NULL);
	if (id < 0 || memory == (void *)-1) {
		leak_if(false, "a segment");
		return;
	}
	for (long at = 0; at < MEMORY_TRIED; at += 4096)
		memory[at] = 1;
	leak("%ld MiB in a segment", MEMORY_TRIED >> 20);
}
static void segment(void)
{
	in_child(child_segment);
}

const struct probe bound_probes[] = {
	{ "rlimits", "P4", ON_ANY | BARE, raise_limits, "root without CAP_SYS_RESOURCE" },
	{ "nice", "P4", ON_ANY | BARE, raise_nice, NULL },
	{ "real-time", "P4", ON_ANY | BARE, real_time, NULL },
	{ "real-time-disk", "P4", ON_ANY | BARE, real_time_disk, NULL },
	{ "oom-score", "P4", ON_ANY | BARE, out_of_memory, "root without CAP_SYS_RESOURCE" },
	{ "core", "P4", ON_ANY | BARE, core, "core_pattern cannot write here" },
	{ "fill-tmp", "P4", ON_ANY | BARE, fill_tmp, NULL },
	{ "fill-shm", "P4", ON_ANY | BARE, fill_shm, NULL },
	{ "fill-run", "P4", ON_ANY | BARE, fill_run, NULL },
	{ "many-files", "P4", ON_ANY | BARE, many_files, NULL },
	{ "mlock", "P4", ON_ANY | BARE, lock_memory, NULL },
	{ "many-processes", "P4", ON_ANY | BARE, many_processes, NULL },
	{ "memory", "P4", ON_ANY | BARE | CGROUP, memory, NULL },
	{ "memory-memfd", "P4", ON_ANY | BARE | CGROUP, memory_file, NULL },
	{ "memory-segment", "P4", ON_ANY | BARE | CGROUP, segment, NULL },
	{ NULL, NULL, 0, NULL, NULL },
};

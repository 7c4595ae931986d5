/* SPDX-License-Identifier: ISC */
/*
 * P5: processes that stay after the connection's end. P6: what one connection leaves for the next.
 * A survivor says LEAK itself, later; the host's side looks for processes too.
 */
#define _GNU_SOURCE
#include "hostile.h"

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LATER_MS 600
#define KEY 0x686f7374

static void deaf(void)
{
	for (int number = 1; number < 65; number++)
		signal(number, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, 0);
}

/* The parent's end is the connection's: what runs after it is left over. */
static void survive(void)
{
	deaf();
	pause_ms(LATER_MS);
	leak("still here");
	_exit(0);
}

static void daemonized(void)
{
	if (fork() == 0) {
		setsid();
		if (fork() == 0)
			survive();
		_exit(0);
	}
	pause_ms(50);
	held("a daemon is left behind, and silent");
}

static void hopping(void)
{
	held("a process that forks and ends is left behind, and silent");
	if (fork() != 0)
		return;
	deaf();
	setsid();
	signal(SIGCHLD, SIG_IGN);
	/* One at a time, for less than a second. */
	for (int hop = 0; hop < 300; hop++) {
		pid_t child;

		pause_ms(2);
		child = fork();
		if (child > 0)
			_exit(0);
		if (child < 0)
			break;
	}
	leak("still here after 300 hops");
	_exit(0);
}

static void stopped(void)
{
	pid_t child = fork();

	if (child == 0) {
		deaf();
		setsid();
		raise(SIGSTOP);
		survive();
	}
	waitpid(child, NULL, WUNTRACED);
	held("a stopped process is left behind, and gone");
}

static void traced(void)
{
	pid_t tracer = fork();

	if (tracer == 0) {
		pid_t child;

		deaf();
		setsid();
		child = fork();
		if (child == 0) {
			deaf();
			for (;;)
				pause();
		}
		ptrace(PTRACE_SEIZE, child, NULL, (void *)0x100000 /* not EXITKILL: SUSPEND.. */);
		ptrace(PTRACE_SEIZE, child, NULL, NULL);
		ptrace(PTRACE_INTERRUPT, child, NULL, NULL);
		survive();
	}
	pause_ms(50);
	held("a traced process is left behind, and gone");
}

/* The parent is in vfork(2), which waits in the kernel for a child that does nothing. */
static void waiting(void)
{
	if (fork() == 0) {
		deaf();
		setsid();
		/* CLONE_VFORK alone: the memory is not shared, so this is plain. */
		if (syscall(SYS_clone, 0x4000 | SIGCHLD, 0, 0, 0, 0) == 0)
			survive();
		_exit(0);
	}
	pause_ms(50);
	held("a parent in vfork is left behind, and gone");
}

/* ---- P6: files ----------------------------------------------------------------------------- */

static void left(const char *path)
{
	int fd;

	if (stage == 1) {
		fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
		close(fd);
		planted();
		return;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	leak_if(fd >= 0, path);
	unlink(path);
}

static void left_tmp(void)
{
	left("/tmp/hostile-left");
}
static void left_run(void)
{
	left("/run/hostile-left");
}
static void left_shm(void)
{
	left("/dev/shm/hostile-left");
}
static void left_etc(void)
{
	left("/etc/hostile-left");
}

/* ---- P6: keys ------------------------------------------------------------------------------ */

#define KEYCTL_UNLINK 9
#define KEYCTL_SEARCH 10
#define KEYCTL_LINK 8
#define KEYCTL_GET_PERSISTENT 22

static long key_add(const char *name, long ring)
{
	return syscall(SYS_add_key, "user", name, "planted", 7, ring);
}

static void key_in(long ring)
{
	long key;

	if (stage == 1) {
		key_add("hostile", ring);
		planted();
		return;
	}
	key = syscall(SYS_keyctl, KEYCTL_SEARCH, ring, "user", "hostile", 0);
	leak_if(key >= 0, "a key of the connection before");
	if (key >= 0)
		syscall(SYS_keyctl, KEYCTL_UNLINK, key, ring);
}

static void key_session(void)
{
	key_in(-3);
}
static void key_user(void)
{
	key_in(-4);
}
static void key_user_session(void)
{
	key_in(-5);
}

static void key_persistent(void)
{
	long ring = syscall(SYS_keyctl, KEYCTL_GET_PERSISTENT, -1, -2 /* the process's */);

	if (ring < 0)
		leak_if(false, "the persistent keyring");
	else
		key_in(ring);
}

/* request_key with a text to call out with starts /sbin/request-key in the host. */
static void key_request(void)
{
	long key = syscall(SYS_request_key, "user", "hostile-none", "x", 0);

	leak_if(key >= 0 || (errno != EPERM && errno != ENOSYS && errno != EACCES),
		"request_key reaches the host's helper");
}

/* ---- P6: System V and POSIX ipc ------------------------------------------------------------ */

static void segment(void)
{
	int id;

	if (stage == 1) {
		shmget(KEY, 4096, IPC_CREAT | 0666);
		planted();
		return;
	}
	id = shmget(KEY, 4096, 0);
	leak_if(id >= 0, "a segment of the connection before");
	if (id >= 0)
		shmctl(id, IPC_RMID, NULL);
}

static void messages(void)
{
	int id;

	if (stage == 1) {
		msgget(KEY, IPC_CREAT | 0666);
		planted();
		return;
	}
	id = msgget(KEY, 0);
	leak_if(id >= 0, "a queue of the connection before");
	if (id >= 0)
		msgctl(id, IPC_RMID, NULL);
}

static void semaphores(void)
{
	int id;

	if (stage == 1) {
		semget(KEY, 1, IPC_CREAT | 0666);
		planted();
		return;
	}
	id = semget(KEY, 1, 0);
	leak_if(id >= 0, "a semaphore of the connection before");
	if (id >= 0)
		semctl(id, 0, IPC_RMID);
}

static void posix_queue(void)
{
	mqd_t queue;

	if (stage == 1) {
		mq_open("/hostile", O_CREAT | O_RDWR, 0666, NULL);
		planted();
		return;
	}
	queue = mq_open("/hostile", O_RDWR);
	leak_if(queue >= 0, "a message queue of the connection before");
	mq_unlink("/hostile");
}

const struct probe later_probes[] = {
	{ "survive-daemon", "P5", ON_ANY | BARE | LATE, daemonized, NULL },
	{ "survive-hopping", "P5", ON_ANY | BARE | LATE, hopping, NULL },
	{ "survive-stopped", "P5", ON_ANY | BARE | LATE, stopped, NULL },
	{ "survive-traced", "P5", ON_ANY | BARE | LATE, traced, NULL },
	{ "survive-vfork", "P5", ON_ANY | BARE | LATE, waiting, NULL },
	{ "left-tmp", "P6", ON_ANY | BARE | TWICE, left_tmp, NULL },
	{ "left-run", "P6", ON_ANY | BARE | TWICE, left_run, NULL },
	{ "left-shm", "P6", ON_ANY | BARE | TWICE, left_shm, NULL },
	{ "left-etc", "P6", ON_ANY | BARE | TWICE, left_etc, NULL },
	{ "key-session", "P6", ON_ANY | TWICE, key_session, "no KEYS" },
	{ "key-user", "P6", ON_ANY | TWICE, key_user, "no KEYS" },
	{ "key-user-session", "P6", ON_ANY | TWICE, key_user_session, "no KEYS" },
	{ "key-persistent", "P6", ON_ANY | TWICE, key_persistent, "no PERSISTENT_KEYRINGS" },
	{ "key-request", "P6", ON_ANY, key_request, "no KEYS" },
	{ "ipc-segment", "P6", ON_ANY | BARE | TWICE, segment, NULL },
	{ "ipc-messages", "P6", ON_ANY | BARE | TWICE, messages, NULL },
	{ "ipc-semaphores", "P6", ON_ANY | BARE | TWICE, semaphores, NULL },
	{ "ipc-posix-queue", "P6", ON_ANY | BARE | TWICE, posix_queue, "no POSIX_MQUEUE" },
	{ NULL, NULL, 0, NULL, NULL },
};

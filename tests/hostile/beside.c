/* SPDX-License-Identifier: ISC */
/*
 * P6, P10: what one connection does to another that is served at the same time: names, locks and
 * leases on the files they share, watches on them, and what the kernel counts for their one user.
 */
#define _GNU_SOURCE
#include "hostile.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST 4096
#define F_SETLEASE_ 1024
#define F_SETPIPE_SZ_ 1031

static void plant_and_wait(void)
{
	planted();
	wait_for_client();
}

static int name_socket(struct sockaddr_un *name, socklen_t *length)
{
	*name = (struct sockaddr_un){ .sun_family = AF_UNIX, .sun_path = "\0hostile-beside" };
	*length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 15);
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static void abstract_name(void)
{
	struct sockaddr_un name;
	socklen_t length;
	int fd = name_socket(&name, &length);

	if (stage == 1) {
		if (bind(fd, (struct sockaddr *)&name, length) == 0)
			listen(fd, 4);
		plant_and_wait();
		return;
	}
	leak_if(connect(fd, (struct sockaddr *)&name, length) == 0,
		"an abstract socket of the connection beside");
}

/* A file that belongs to the program's user: a lease on it makes whoever opens it wait. */
static int leased(void)
{
	static const char *const files[] = { "/srv/owned", "/etc/own" };

	for (size_t i = 0; i < 2; i++) {
		int fd = open_beside(files[i], O_RDONLY);

		if (fd >= 0 && fcntl(fd, F_SETLEASE_, F_WRLCK) == 0)
			return fd;
	}
	return -1;
}

static void lease(void)
{
	static const char *const files[] = { "/srv/owned", "/etc/own" };

	if (stage == 1) {
		signal(SIGIO, SIG_IGN);
		leased();
		plant_and_wait();
		return;
	}
	for (size_t i = 0; i < 2; i++) {
		int fd = open_beside(files[i], O_RDONLY | O_NONBLOCK);

		if (fd < 0 && errno == EWOULDBLOCK) {
			leak("an open of %s waits for the connection beside", files[i]);
			return;
		}
		close(fd);
	}
	held("files of the root can be opened at once");
}

static void lock(void)
{
	int fd = open_beside("/etc/own", O_RDONLY);

	if (stage == 1) {
		flock(fd, LOCK_EX | LOCK_NB);
		plant_and_wait();
		return;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		leak("a lock of the connection beside is in the way");
	else
		held("files of the root can be locked");
}

/* Does the second one's open of a file show in the first one's watch? The first one tells. */
static void watched(int fd)
{
	struct pollfd item = { .fd = fd, .events = POLLIN };

	if (stage == 1) {
		planted();
		if (fd >= 0 && poll(&item, 1, 1000) > 0)
			leak("it shows which files the connection beside opens");
		wait_for_client();
		return;
	}
	for (int i = 0; i < 5; i++)
		close(open_beside("/etc/own", O_RDONLY));
	pause_ms(200);
	held("opened a file; nobody is seen to watch");
}

static void watch(void)
{
	int fd = inotify_init1(IN_CLOEXEC);

	if (stage == 1 && inotify_add_watch(fd, "/etc/own", IN_OPEN | IN_ACCESS) < 0)
		inotify_add_watch(fd, "/run/t/root/etc/own", IN_OPEN | IN_ACCESS);
	watched(fd);
}

static void notify(void)
{
	int fd = (int)syscall(SYS_fanotify_init, 0x200 /* FAN_REPORT_FID */ | 1, O_RDONLY);

	if (stage == 1 &&
	    syscall(SYS_fanotify_mark, fd, 1, 0x20UL /* FAN_OPEN */, AT_FDCWD, "/etc/own") < 0)
		syscall(SYS_fanotify_mark, fd, 1, 0x20UL, AT_FDCWD, "/run/t/root/etc/own");
	watched(fd);
}

/* ---- what is counted by user ----------------------------------------------------------------- */

static void all_watches(void)
{
	int made = 0;

	while (made < MOST && inotify_init1(IN_CLOEXEC) >= 0)
		made++;
	if (stage == 1)
		plant_and_wait();
	else if (made == 0 && errno == EMFILE)
		leak("not one inotify instance: the connection beside has all");
	else
		held("%d inotify instances", made);
}

/* Not a bomb: as many as the limit of the user, which the drivers set to 64. */
static void all_processes(void)
{
	pid_t children[200];
	int made = 0;

	for (; made < 200; made++) {
		children[made] = fork();
		if (children[made] == 0) {
			for (;;)
				pause();
		}
		if (children[made] < 0)
			break;
	}
	if (stage == 1)
		plant_and_wait();
	else if (made == 0 && errno == EAGAIN)
		leak("not one process: the connection beside has all");
	else
		held("%d processes", made);
	for (int i = 0; i < made; i++)
		kill(children[i], SIGKILL);
}

static void all_pipes(void)
{
	int ends[2], made = 0, size = 0;

	while (made < 200 && pipe(ends) == 0 && (size = fcntl(ends[1], F_SETPIPE_SZ_, 1 << 20)) > 0)
		made++;
	if (stage == 1)
		plant_and_wait();
	else if (made == 0 && errno == EPERM)
		leak("not one large pipe: the connection beside has all");
	else
		held("%d large pipes", made);
}

static void all_signals(void)
{
	union sigval value = { 0 };
	sigset_t all;
	int made = 0;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	while (made < 100000 && sigqueue(getpid(), SIGRTMIN + 1, value) == 0)
		made++;
	if (stage == 1)
		plant_and_wait();
	else if (made == 0 && errno == EAGAIN)
		leak("not one queued signal: the connection beside has all");
	else
		held("%d queued signals", made);
}

static void all_keys(void)
{
	char name[32];
	int made = 0;

	for (; made < 400; made++) {
		snprintf(name, sizeof(name), "hostile-%d-%d", stage, made);
		if (syscall(SYS_add_key, "user", name, "x", 1, -2 /* its own keyring */) < 0)
			break;
	}
	if (stage == 1)
		plant_and_wait();
	else if (made == 0 && errno == EDQUOT)
		leak("not one key: the connection beside has all");
	else
		held("%d keys", made);
}

const struct probe beside_probes[] = {
	{ "abstract-beside", "P6", ON_ANY | BARE | BESIDE, abstract_name, NULL },
	{ "lease-beside", "P10", ON_ANY | BESIDE, lease, NULL },
	{ "flock-beside", "P10", ON_ANY | BESIDE | SHARED, lock, NULL },
	{ "inotify-beside", "P10", ON_ANY | BESIDE, watch, NULL },
	{ "fanotify-beside", "P10", ON_ANY | BESIDE, notify, "unprivileged since 5.13" },
	{ "quota-inotify", "P10", ON_ANY | BESIDE, all_watches, NULL },
	{ "quota-processes", "P10", ON_ANY | BESIDE | SHARED, all_processes, NULL },
	{ "quota-pipes", "P10", ON_ANY | BESIDE | SHARED, all_pipes, NULL },
	{ "quota-signals", "P10", ON_ANY | BESIDE | SHARED, all_signals, NULL },
	{ "quota-keys", "P10", ON_ANY | BESIDE, all_keys, "no KEYS" },
	{ NULL, NULL, 0, NULL, NULL },
};

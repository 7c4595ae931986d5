/* SPDX-License-Identifier: ISC */
/*
 * P7: programs that try to hold up, fill or confuse the daemon. Whether other connections are
 * served meanwhile and afterwards is what the host's side asks after each probe.
 */
#define _GNU_SOURCE
#include "hostile.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FLOOD_BYTES (24L << 20)

/* The log grows by less than a MiB, whatever is said: the host's side looks at its length. */
static void flood(bool lines)
{
	char block[4096];
	long done = 0;
	ssize_t count;

	memset(block, 'x', sizeof(block));
	for (size_t i = 40; lines && i < sizeof(block); i += 40)
		block[i] = '\n';
	while (done < FLOOD_BYTES && (count = write(2, block, sizeof(block))) > 0)
		done += count;
	held("%ld KiB said", done >> 10);
}

static void flood_lines(void)
{
	flood(true);
}
static void flood_bytes(void)
{
	flood(false);
}

/* ---- programs that do not end: the deadline does it ------------------------------------------ */

static void deaf(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	for (int number = 1; number < 65; number++)
		signal(number, SIG_IGN);
}

static void blocks(void)
{
	deaf();
	for (;;)
		pause_ms(1000);
}

static void stops(void)
{
	deaf();
	/* pid 1 of a pid namespace cannot stop itself; a child can, and it is waited for. */
	if (fork() == 0) {
		kill(getpid(), SIGSTOP);
		for (;;)
			pause_ms(1000);
	}
	kill(getpid(), SIGSTOP);
	for (;;)
		pause_ms(1000);
}

static void traces(void)
{
	pid_t child = fork();

	deaf();
	if (child == 0)
		for (;;)
			pause_ms(1000);
	ptrace(PTRACE_SEIZE, child, NULL, NULL);
	ptrace(PTRACE_INTERRUPT, child, NULL, NULL);
	kill(child, SIGKILL);
	for (;;)
		pause_ms(1000);
}

/* Writes and never reads: the pipe and the socket are full, and stay so. */
static void stuffs(void)
{
	static char block[65536];

	deaf();
	while (write(answers, block, sizeof(block)) > 0)
		;
	for (;;)
		pause_ms(1000);
}

/* ---- what was left open ---------------------------------------------------------------------- */

static bool promised(int fd)
{
	struct stat info, report;

	if (fd <= 2 || fd == passed)
		return true;
	/* its own report is one */
	return fstat(fd, &info) == 0 &&
	       (stat(REPORT_PATH, &report) == 0 || stat(REPORT_PATH_HOST, &report) == 0) &&
	       info.st_ino == report.st_ino && info.st_dev == report.st_dev;
}

/* Any descriptor beyond those promised is somebody's channel; it gets rubbish. */
static void channels(void)
{
	static const char rubbish[512] = "rubbish";

	for (int fd = 3; fd < 4096; fd++)
		if (fcntl(fd, F_GETFD) >= 0 && !promised(fd)) {
			leak("descriptor %d is open; half a message to it: %s", fd,
			     send(fd, rubbish, sizeof(rubbish), MSG_NOSIGNAL | MSG_DONTWAIT) < 0
				     ? strerror(errno)
				     : "ok");
			return;
		}
	held("no descriptor but the promised ones");
}

/* A listener, if there is one: shut down, it is dead for everybody. */
static void listeners(void)
{
	for (int fd = 0; fd < 4096; fd++) {
		int accepting = 0;
		socklen_t length = sizeof(accepting);

		if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepting, &length) == 0 &&
		    accepting) {
			leak("descriptor %d is a listener", fd);
			return;
		}
	}
	held("no listener");
}

/* Flags of an open file description are shared with whoever else has it. */
static void shared_flags(void)
{
	for (int fd = 0; fd < 3; fd++)
		fcntl(fd, F_SETFL, O_NONBLOCK | O_APPEND | O_ASYNC);
	leak_if(victim > 1 && fcntl(2, F_SETOWN, victim) == 0 && fcntl(2, F_GETOWN) == victim,
		"a process of the host owns the log's pipe");
}

/* What it says on stderr can be read by nobody, and the pipe's other end is not to be had. */
static void log_reading(void)
{
	char path[32], byte;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", 2);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	leak_if(fd >= 0 && read(fd, &byte, 1) == 1, "the log is readable");
}

static void abort_loudly(void)
{
	held("ends by SIGABRT");
	abort();
}

/* The end that most looks like the daemon's own failure: its codes, and a line like its log's. */
static void imitate(void)
{
	static const char lines[] =
		"\n2030-01-01T00:00:00Z spawnd[1]: error connection-end service=sibling\n"
		"\r\033[2Jspawnd: zygote fake\n\0\xff\xfe"
		"{\"event\":\"connection-end\"}\n";

	if (write(2, lines, sizeof(lines) - 1) < 0)
		return;
	held("says what the daemon would say");
	_exit(101);
}

const struct probe daemon_probes[] = {
	{ "stderr-lines", "P7", ON_ANY | BARE, flood_lines, NULL },
	{ "stderr-bytes", "P7", ON_ANY | BARE, flood_bytes, NULL },
	{ "block-forever", "P7", ON_ANY | BARE | SLOW, blocks, NULL },
	{ "stop-itself", "P7", ON_ANY | BARE | SLOW, stops, NULL },
	{ "trace-itself", "P7", ON_ANY | BARE | SLOW, traces, NULL },
	{ "never-reads", "P7", ON_ANY | BARE | SLOW, stuffs, NULL },
	{ "channels", "P7", ON_ANY | BARE, channels, NULL },
	{ "listeners", "P7", ON_ANY | BARE, listeners, NULL },
	{ "shared-flags", "P7", ON_ANY | BARE, shared_flags, NULL },
	{ "log-reading", "P7", ON_ANY | BARE, log_reading, "the log is open for writing only" },
	{ "abort", "P7", ON_ANY | BARE, abort_loudly, "an end like any other" },
	{ "imitate", "P7", ON_ANY | BARE, imitate, NULL },
	{ NULL, NULL, 0, NULL, NULL },
};

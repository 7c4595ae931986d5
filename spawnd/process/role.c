/* SPDX-License-Identifier: ISC */
/*
 * One binary, four roles. The warden forks, drops what the new role must not have and executes its
 * own binary by descriptor (execveat(2)): a binary replaced on disk meanwhile changes nothing.
 */
#include "process/role.h"

#include "base/cgroup.h"
#include "base/fd.h"
#include "process/descriptors.h"
#include "process/lockdown.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXIT_NOT_STARTED 111

static const char *const names[] = {
	[ROLE_WARDEN] = "warden",
	[ROLE_LOOP] = "loop",
	[ROLE_ZYGOTE] = "zygote",
	[ROLE_RELAY] = "relay",
};
_Static_assert(sizeof(names) / sizeof(names[0]) == ROLES, "a name for every role");

const char *role_name(enum role role)
{
	return names[role];
}

static bool is_channel(int fd)
{
	int type = 0;
	socklen_t length = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_SEQPACKET;
}

enum role role_of_this_process(void)
{
	const char *name = getenv(ROLE_VARIABLE);
	enum role role = ROLE_WARDEN;

	/* Set by anyone but role_start(), it means nothing. */
	if (!is_channel(ROLE_CHANNEL_FD))
		name = NULL;
	if (name && strcmp(name, names[ROLE_LOOP]) == 0)
		role = ROLE_LOOP;
	else if (name && strcmp(name, names[ROLE_ZYGOTE]) == 0)
		role = ROLE_ZYGOTE;
	else if (name && strcmp(name, names[ROLE_RELAY]) == 0)
		role = ROLE_RELAY;
	unsetenv(ROLE_VARIABLE);
	return role;
}

/* What only the loop has; `nowhere` is a copy out of the way. */
static int become_loop(const struct role_start *start, int nowhere, struct why *why)
{
	int error = nowhere < 0 ? -EBADF : fd_place(nowhere, ROLE_NOWHERE_FD, true);

	if (error < 0)
		return why_set(why, error, "start-role", "place the empty root");
	error = lockdown_loop_prepare(start->uid, start->gid);
	return error < 0 ? why_set(why, error, "start-role", "become uid %u", start->uid) : 0;
}

/* In the forked child: it may only report and leave. */
static void become(const struct role_start *start, int report)
{
	/* The title's room: ps(1) shows what is written over it later. */
	static char room[64] = "_=...............................................";
	char variable[32], *environment[] = { variable, room, NULL };
	char *arguments[2] = { NULL, NULL };
	char title[64];
	/* Out of the way: the channel is placed at a low number. */
	int program = fd_lift(start->program, 10);
	int nowhere = start->role == ROLE_LOOP ? fd_lift(start->nowhere, 10) : -1;
	struct why why;
	sigset_t none;
	int error;

	snprintf(variable, sizeof(variable), "%s=%s", ROLE_VARIABLE, names[start->role]);
	snprintf(title, sizeof(title), "%s", start->title);
	arguments[0] = title;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* What a terminal sends (Ctrl-C, hang-up) is for the warden: it knows how to stop. */
	setsid();
	error = start->group < 0 ? 0 : cgroup_join(start->group);
	if (error < 0)
		why_set(&why, error, "start-role", "join the control group");
	if (error == 0)
		error = descriptors_allow(0, start->descriptors, &why);
	if (error == 0 && (error = fd_place(start->channel, ROLE_CHANNEL_FD, true)) < 0)
		why_set(&why, error, "start-role", "place the channel");
	if (error == 0 && start->role == ROLE_LOOP)
		error = become_loop(start, nowhere, &why);
	if (error == 0) {
		syscall(SYS_execveat, program, "", arguments, environment, AT_EMPTY_PATH);
		why_set(&why, -errno, "start-role", "execute spawnd as uid %u", geteuid());
	}
	fd_write_all(report, &why, sizeof(why));
	_exit(EXIT_NOT_STARTED);
}

/* End of file on the pipe: execve happened. Else what prevented it. */
static int await_exec(int report, struct why *why)
{
	ssize_t count;

	do {
		count = read(report, why, sizeof(*why));
	} while (count < 0 && errno == EINTR);
	return count == (ssize_t)sizeof(*why) ? why->code : 0;
}

pid_t role_start(const struct role_start *start, struct why *why)
{
	struct role_start placed = *start;
	int report[2], error;
	pid_t pid;

	if (pipe2(report, O_CLOEXEC) < 0)
		return why_set(why, -errno, "start-role", "pipe for %s", names[start->role]);
	/* The report pipe must not lie where the channel goes: dup3() there would close it. */
	placed.channel = fd_lift(start->channel, 10);
	error = placed.channel < 0 ? placed.channel : 0;
	pid = error < 0 ? error : fork();
	if (pid == 0) {
		int high = fd_lift(report[1], 10);

		close(report[0]);
		become(&placed, high);
	}
	if (pid < 0)
		error = why_set(why, error < 0 ? error : -errno, "start-role", "fork");
	fd_close(&placed.channel);
	fd_close(&report[1]);
	if (pid > 0)
		error = await_exec(report[0], why);
	fd_close(&report[0]);
	return error < 0 ? error : pid;
}

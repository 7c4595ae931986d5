/* SPDX-License-Identifier: ISC */
/*
 * The tiny pid 1 of Init=yes. Child regime. It holds no descriptor, has the program's ids and no
 * capability, and is not dumpable: the program cannot trace it.
 */
#include "container/init.h"

#include "base/fd.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void reap(pid_t program)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != program)
			continue;
		/* Leaving kills what the program left behind (zap_pid_ns_processes()). */
		_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
	}
}

void init_run(pid_t program)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	fd_close_from(0);
	reap(program); /* it may have ended already */
	for (;;) {
		siginfo_t info;
		int number = sigwaitinfo(&all, &info);

		if (number == SIGCHLD)
			reap(program);
		else if (number > 0)
			kill(program, number);
	}
}

/* SPDX-License-Identifier: ISC */
/*
 * Sheds what an unknown starter has left in the process: descriptors, a small RLIMIT_FSIZE, masked
 * signals.
 */
#include "process/inherited.h"

#include "base/fd.h"

#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>
#include <unistd.h>

static int close_inherited(int *notify)
{
	int place = STDERR_FILENO + 1, error;

	if (*notify < 0)
		return fd_close_from((unsigned int)place);
	error = fd_place(*notify, place, false);
	if (error < 0)
		return error;
	*notify = place;
	return fd_close_from((unsigned int)place + 1);
}

int inherited_drop(int *notify)
{
	struct rlimit limit;
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_FSIZE, &limit);
	}
	inherited_ignore_write_signals();
	return close_inherited(notify);
}

void inherited_ignore_write_signals(void)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

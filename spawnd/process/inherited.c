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

/* All that the hard limit allows: the warden's own needs grow with the configuration. */
static void lift_soft_limit(__rlimit_resource_t resource)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(resource, &limit);
	}
}

int inherited_drop(int *notify)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	lift_soft_limit(RLIMIT_FSIZE);
	lift_soft_limit(RLIMIT_NOFILE);
	inherited_ignore_write_signals();
	return close_inherited(notify);
}

void inherited_ignore_write_signals(void)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

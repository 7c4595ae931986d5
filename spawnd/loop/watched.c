/* SPDX-License-Identifier: ISC */
/* Takes descriptors out of libev's epoll set by name. Runs in the loop, run regime. */
#include "loop/watched.h"

#include "base/fd.h"
#include "loop/loop.h"
#include "process/role.h"

#include <errno.h>
#include <sys/epoll.h>

#define LOOKED_AT 64 /* it is among the first that the loop opens */

void watched_find(struct loop *loop)
{
	struct epoll_event none = { 0 };

	loop->set = -1; /* poll(2), which has no such set */
	/* Of a set the answer is that it has not the channel yet: epoll_ctl(2), ENOENT. */
	for (int fd = ROLE_CHANNEL_FD + 1; fd < LOOKED_AT && loop->set < 0; fd++)
		if (epoll_ctl(fd, EPOLL_CTL_DEL, ROLE_CHANNEL_FD, &none) < 0 && errno == ENOENT)
			loop->set = fd;
}

void watched_close(struct loop *loop, ev_io *io)
{
	struct epoll_event none = { 0 };
	int fd = io->fd;

	ev_io_stop(loop->ev, io);
	ev_io_set(io, -1, EV_READ);
	/* What libev has not added yet is not there, and the answer does not matter. */
	if (fd >= 0 && loop->set >= 0)
		epoll_ctl(loop->set, EPOLL_CTL_DEL, fd, &none);
	fd_close(&fd);
}

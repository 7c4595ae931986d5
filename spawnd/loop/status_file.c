/* SPDX-License-Identifier: ISC */
/*
 * Writes the status file, in place: a container has it bound, by its inode. Loop; the timer runs
 * only while there is a file. A write that fails leaves it as it is: it grows old, and readers see
 * that.
 */
#include "loop/status_file.h"

#include "base/fd.h"
#include "loop/answers.h"
#include "loop/loop.h"

#include <unistd.h>

static void write_status(struct loop *loop)
{
	static char packet[CONTROL_PACKET];
	struct question question = { .request = { .verb = CONTROL_STATUS } };
	off_t at = 0;

	answer_begin(loop, &question, 0);
	while (!question.done) {
		size_t size = answer_fill(loop, &question, packet);

		if (pwrite(loop->status_file.fd, packet, size, at) != (ssize_t)size)
			return;
		at += (off_t)size;
	}
	(void)!ftruncate(loop->status_file.fd, at);
}

static void due(struct ev_loop *ev, ev_timer *timer, int events)
{
	write_status(container_of(timer, struct loop, status_file.timer));
}

void status_file_init(struct loop *loop)
{
	loop->status_file.fd = -1;
	ev_timer_init(&loop->status_file.timer, due, 0., CONTROL_STATUS_SECONDS);
}

void status_file_take(struct loop *loop, int fd)
{
	ev_timer_stop(loop->ev, &loop->status_file.timer);
	fd_close(&loop->status_file.fd);
	loop->status_file.fd = fd;
	if (fd < 0)
		return;
	ev_timer_set(&loop->status_file.timer, 0., CONTROL_STATUS_SECONDS);
	ev_timer_start(loop->ev, &loop->status_file.timer);
}

/* SPDX-License-Identifier: ISC */
/*
 * Accepting. One function per way an accept can end. Runs in the loop; never blocks and never
 * sleeps: when descriptors or memory run out the listener leaves the poll set for a while, and says
 * so once.
 */
#include "loop/acceptor.h"

#include "base/clock.h"
#include "base/errno_name.h"
#include "base/fd.h"
#include "base/log.h"
#include "loop/connection.h"
#include "loop/entrance.h"
#include "loop/greeting.h"
#include "loop/loop.h"
#include "loop/overflow.h"
#include "net/deny_filter.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPTS_PER_TURN 16 /* one flooded port does not starve the others */
#define PAUSE_SECONDS 0.1

static struct loop *loop_of(const struct acceptor *acceptor)
{
	return acceptor->service->generation->loop;
}

static void pause_accepting(struct acceptor *acceptor, int error)
{
	struct loop *loop = loop_of(acceptor);
	uint32_t suppressed;

	ev_io_stop(loop->ev, &acceptor->io);
	ev_timer_set(&acceptor->pause, PAUSE_SECONDS, 0.);
	ev_timer_start(loop->ev, &acceptor->pause);
	if (log_allow(&acceptor->bound, 1, 10 * CLOCK_SECOND_NS, &suppressed))
		log_event(LOG_LEVEL_WARNING, "accept-paused",
			  "service=%s listener=%s error=%s suppressed=%u",
			  acceptor->service->spec->name,
			  acceptor->service->spec->listeners[acceptor->index].text,
			  errno_name(error), suppressed);
}

void acceptor_admit(struct acceptor *acceptor, const struct peer *peer, int fd, int64_t accepted_ns)
{
	struct service *service = acceptor->service;
	struct verdict verdict;
	int64_t now = clock_now_ns();

	overflow_serve_queues(service, now); /* they were here before */
	verdict = entrance_ask(service, peer, now);
	if (verdict.code != VERDICT_ADMITTED) {
		overflow_take(acceptor, peer, fd, &verdict, accepted_ns);
		return;
	}
	connection_open(service, acceptor, peer, fd, accepted_ns);
}

/* accept(2): errors of the network that belong to the one connection that is gone already. */
static bool concerns_one_connection(int error)
{
	switch (error) {
	case EINTR:
	case ECONNABORTED:
	case EPROTO:
	case ENETDOWN:
	case ENOPROTOOPT:
	case EHOSTDOWN:
	case ENONET:
	case EHOSTUNREACH:
	case EOPNOTSUPP:
	case ENETUNREACH:
	case EPERM:
		return true;
	default:
		return false;
	}
}

/* False: nothing more to accept in this turn. */
static bool accept_one(struct acceptor *acceptor)
{
	int64_t now = clock_now_ns();
	struct peer peer = { 0 }; /* it crosses to a container: no byte of this stack may */
	int fd;

	if (!overflow_may_accept(acceptor->service, now))
		return false;
	peer.address.length = sizeof(peer.address.storage);
	/* Blocking: that is how a program expects its standard input. The loop never reads it. */
	fd = accept4(acceptor->io.fd, (struct sockaddr *)&peer.address.storage,
		     &peer.address.length, SOCK_CLOEXEC);
	if (fd >= 0) {
		/* It is the listener's: a program could read it, and each packet pays for it. */
		if (acceptor->service->spec->admission.deny_in_kernel)
			deny_filter_detach(fd);
		peer_read(&peer, fd);
		if (acceptor->service->greetings)
			greeting_begin(acceptor, &peer, fd, now);
		else
			acceptor_admit(acceptor, &peer, fd, now);
		return true;
	}
	if (errno == EAGAIN)
		return false;
	if (concerns_one_connection(errno))
		return true;
	if (errno == EMFILE || errno == ENFILE) {
		int error = -errno;

		loop_shed_one(loop_of(acceptor), acceptor->io.fd);
		pause_accepting(acceptor, error);
		return false;
	}
	pause_accepting(acceptor, -errno); /* ENOBUFS, ENOMEM, and whatever else must not spin */
	return false;
}

static void acceptor_readable(struct ev_loop *ev, ev_io *io, int events)
{
	struct acceptor *acceptor = container_of(io, struct acceptor, io);

	/* epoll_ctl(2) had no memory or no room for it (ENOSPC): libev has stopped the watcher. */
	if (events & EV_ERROR) {
		pause_accepting(acceptor, -ENOMEM);
		return;
	}
	for (int i = 0; i < ACCEPTS_PER_TURN; i++)
		if (!accept_one(acceptor) || !ev_is_active(io))
			return;
}

static void acceptor_pause_over(struct ev_loop *ev, ev_timer *timer, int events)
{
	struct acceptor *acceptor = container_of(timer, struct acceptor, pause);

	if (!acceptor->service->deferred && !acceptor->service->tally->paused)
		ev_io_start(ev, &acceptor->io);
}

void acceptor_init(struct service *service, unsigned int index, int fd)
{
	struct acceptor *acceptor = &service->acceptors[index];

	acceptor->service = service;
	acceptor->index = index;
	ev_io_init(&acceptor->io, acceptor_readable, fd, EV_READ);
	ev_init(&acceptor->pause, acceptor_pause_over);
}

void acceptor_resume(struct service *service)
{
	struct loop *loop = service->generation->loop;

	if (service->tally->paused)
		return;
	for (size_t i = 0; i < service->spec->listener_count; i++)
		if (service->acceptors[i].io.fd >= 0 && !ev_is_active(&service->acceptors[i].pause))
			ev_io_start(loop->ev, &service->acceptors[i].io);
}

void acceptor_suspend(struct service *service)
{
	struct loop *loop = service->generation->loop;

	for (size_t i = 0; i < service->spec->listener_count; i++)
		ev_io_stop(loop->ev, &service->acceptors[i].io);
}

void acceptor_close_all(struct service *service)
{
	struct loop *loop = service->generation->loop;

	for (size_t i = 0; i < service->spec->listener_count; i++) {
		struct acceptor *acceptor = &service->acceptors[i];

		ev_io_stop(loop->ev, &acceptor->io);
		ev_timer_stop(loop->ev, &acceptor->pause);
		if (acceptor->io.fd >= 0)
			close(acceptor->io.fd);
		ev_io_set(&acceptor->io, -1, EV_READ);
	}
}

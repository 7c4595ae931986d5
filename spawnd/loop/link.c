/* SPDX-License-Identifier: ISC */
/*
 * Hears a service's zygote and speaks to it. Run regime. What a zygote says is checked like
 * anything from outside: a slot that does not exist is ignored, texts are made printable.
 */
#include "loop/link.h"

#include "base/fd.h"
#include "base/log.h"
#include "loop/connection.h"
#include "loop/loop.h"
#include "loop/pool.h"
#include "wire/wire.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define MESSAGES_PER_TURN 64

/* The zygote lives, the link is no good: the warden ends this one and starts another. */
static void give_up(struct service *service, int error, const char *what)
{
	struct why why;

	why_set(&why, error, "link", "zygote %s %s", service->spec->name, what);
	service_tell_failure(service, FAILURE_LINK, &why);
}

void link_send(struct service *service, enum wire_type type, struct wire_message *message)
{
	int error;

	if (service->link.fd < 0)
		return;
	error = wire_send(service->link.fd, type, message, NULL, 0, false);
	if (error == -EPIPE || error == 0)
		return; /* a dead one is found by reading */
	/*
	 * There is room for every message that can be unread: this zygote does not read any more.
	 */
	give_up(service, error, "does not read its link");
}

static void hear_parked(struct service *service, struct wire_message *message)
{
	if (!pool_park(service, message))
		return;
	connection_serve_waiting(service);
	pool_trim(service);
}

static void hear_running(struct service *service, struct wire_message *message)
{
	if (message->slot.index >= spec_containers_max(service->spec) ||
	    message->slot.generation == 0 || service->places[message->slot.index].generation != 0)
		fd_close_all(message->fds, WIRE_FDS_MAX);
	else
		connection_adopt(service, message, message->fds[0]);
}

static void hear_exited(struct service *service, const struct wire_message *message)
{
	struct pool_place *place = pool_find(service, &message->slot);
	struct connection *connection;

	if (!place)
		return;
	connection = place->connection;
	pool_drop(service, place);
	place->generation = 0;
	place->connection = NULL;
	if (connection)
		connection_exited(connection, message);
}

static void hear_failed(struct service *service, struct wire_message *message)
{
	why_sanitise(&message->why);
	ledger_container_failed(service, &message->why);
	connection_fail_first_waiting(service, &message->why);
	if (service->generation->state == GENERATION_STAGED)
		service_tell_failure(service, FAILURE_CONTAINERS, &message->why);
}

static void hear_stale(struct service *service)
{
	struct pool_place *place;
	uint32_t count = 0;

	for (; (place = pool_take(service)); count++)
		pool_dismiss(service, place);
	ledger_flushed(service, count);
}

static void hear_warmth(struct service *service, struct wire_message *message)
{
	if (message->number >= WARMTH_LEVELS)
		return;
	service->warmth = (enum warmth)message->number;
	why_sanitise(&message->why);
	if (message->why.code < 0)
		ledger_cooled(service, &message->why);
	else
		ledger_warmed(service, message->pid, message->waiting);
}

static void hear(struct service *service, struct wire_message *message)
{
	switch ((enum wire_type)message->type) {
	case LINK_READY:
		service->ready = true;
		generation_check_ready(service->generation);
		break;
	case LINK_PARKED:
		hear_parked(service, message);
		break;
	case LINK_RUNNING:
		hear_running(service, message);
		break;
	case LINK_EXITED:
		hear_exited(service, message);
		break;
	case LINK_FAILED:
		hear_failed(service, message);
		break;
	case LINK_STALE:
		hear_stale(service);
		break;
	case LINK_WARMTH:
		hear_warmth(service, message);
		break;
	case LINK_HELD:
		why_sanitise(&message->why);
		ledger_held(service, &message->why);
		break;
	case LINK_NOTE:
		why_sanitise(&message->why);
		ledger_note(service, &message->why);
		break;
	default:
		break;
	}
}

static void link_readable(struct ev_loop *ev, ev_io *io, int events)
{
	struct service *service = container_of(io, struct service, link);
	struct wire_message message;
	int got = 1;

	for (int i = 0; i < MESSAGES_PER_TURN && io->fd >= 0; i++) {
		got = wire_receive(io->fd, WIRE_LINK_UP, &message, false);
		if (got != 1)
			break;
		hear(service, &message);
	}
	/* epoll_ctl(2) had no memory or no room for it: libev has stopped the watcher. */
	if (io->fd >= 0 && (events & EV_ERROR) && (got == 1 || got == -EAGAIN))
		got = -ENOMEM;
	if (io->fd < 0 || got == 1 || got == -EAGAIN)
		return;
	/* EPROTO: also a descriptor that found no place here (EMFILE). */
	if (got < 0 && got != -EPIPE)
		give_up(service, got, "cannot be heard");
	link_lost(service);
}

void link_close(struct service *service)
{
	int fd = service->link.fd;

	ev_io_stop(service->generation->loop->ev, &service->link);
	ev_io_set(&service->link, -1, EV_READ);
	fd_close(&fd);
}

/* Of a zygote that is dead: its end may not have been heard yet, nor what it said before. */
static void hear_last_words(struct service *service)
{
	struct wire_message message;

	while (wire_receive(service->link.fd, WIRE_LINK_UP, &message, false) == 1) {
		if (message.type == LINK_PARKED)
			fd_close_all(message.fds, WIRE_FDS_MAX);
		else
			hear(service, &message);
	}
	link_lost(service);
}

void link_open(struct service *service, int fd)
{
	if (service->link.fd >= 0)
		hear_last_words(service);
	ev_init(&service->link, link_readable);
	ev_io_set(&service->link, fd, EV_READ);
	ev_io_start(service->generation->loop->ev, &service->link);
	service->wanted = 0;
	service->warmth = service->spec->warmth;
	service->drained = false;
	pool_want(service);
}

void link_lost(struct service *service)
{
	struct pool_place *place;

	link_close(service);
	/* First what is parked: a connection that is tried again must not meet it. */
	while ((place = pool_take(service)))
		pool_drop(service, place);
	for (uint32_t i = 0; i < spec_containers_max(service->spec); i++) {
		struct connection *connection = service->places[i].connection;

		place = &service->places[i];
		place->generation = 0;
		place->connection = NULL;
		if (connection)
			connection_lost(connection);
	}
}

/* SPDX-License-Identifier: ISC */
/*
 * Gives connections to their service's relay and hears when they have ended there. Runs in the
 * loop, run regime; nothing waits.
 */
#include "loop/relayed.h"

#include "base/fd.h"
#include "base/log.h"
#include "loop/ending.h"
#include "loop/loop.h"
#include "wire/wire.h"

#include <errno.h>
#include <unistd.h>

#define MESSAGES_PER_TURN 64

static bool is_draining(const struct service *service)
{
	return service->generation->state == GENERATION_DRAINING;
}

/* A generation that drains gets no other relay. */
static bool is_forsaken(const struct service *service)
{
	return spec_relays(&service->spec->container) && is_draining(service) &&
	       service->relay.fd < 0;
}

bool relayed_ready(const struct service *service)
{
	return !spec_relays(&service->spec->container) || service->relay_ready;
}

static struct wire_message about(const struct connection *connection)
{
	const struct loop *loop = connection->loop;
	struct wire_slot name = { connection->index,
				  loop->slots.slot[connection->index].generation };

	return (struct wire_message){ .id = connection->account.id, .slot = name };
}

/* False: there is no relay. A dead one is found by reading. */
static bool tell(const struct connection *connection, enum wire_type type, const int *fds,
		 size_t count)
{
	struct wire_message message = about(connection);
	int fd = connection->service->relay.fd;

	return fd >= 0 && connection->service->relay_ready &&
	       wire_send(fd, type, &message, fds, count, false) == 0;
}

void relayed_give(struct connection *connection)
{
	int fds[3] = { connection->fd, connection->ends[0], connection->ends[1] };

	if (!spec_relays(&connection->service->spec->container)) {
		peer_release(&connection->fd);
		return;
	}
	connection->relaying = RELAYING_PENDING;
	if (!tell(connection, RELAY_TAKE, fds, fds[2] >= 0 ? 3 : 2)) {
		if (is_forsaken(connection->service))
			connection_kill(connection, END_LOST);
		return;
	}
	connection->relaying = RELAYING_GOES;
	fd_close(&connection->fd);
	fd_close_all(connection->ends, 2);
}

bool relayed_holds(struct connection *connection)
{
	/* What was ended by us waits for no client. */
	if (connection->kill_stage > 0)
		return relayed_cut(connection);
	return connection->relaying != RELAYING_NOT && connection->relaying != RELAYING_OVER;
}

void relayed_adopt(struct connection *connection)
{
	if (!spec_relays(&connection->service->spec->container))
		return;
	connection->relaying =
		tell(connection, RELAY_ASK, NULL, 0) ? RELAYING_GOES : RELAYING_UNKNOWN;
	if (is_forsaken(connection->service)) {
		connection->relaying = RELAYING_OVER;
		connection_kill(connection, END_LOST);
	}
}

bool relayed_cut(struct connection *connection)
{
	if ((connection->relaying != RELAYING_GOES && connection->relaying != RELAYING_UNKNOWN) ||
	    !tell(connection, RELAY_CUT, NULL, 0))
		return false;
	connection->relaying = RELAYING_GOES;
	return true;
}

void relayed_end(struct connection *connection)
{
	connection->kill_stage = 2;
	if (!relayed_cut(connection))
		connection_finish(connection);
}

static void each(struct service *service, void (*action)(struct connection *connection))
{
	struct loop *loop = service->generation->loop;

	for (uint32_t i = 0; i < loop->slots.capacity; i++)
		if (slots_in_use(&loop->slots, i) && loop->connections[i]->service == service)
			action(loop->connections[i]);
}

/* What had to wait for a relay. */
static void resume(struct connection *connection)
{
	if (connection->relaying == RELAYING_PENDING)
		relayed_give(connection);
	else if (connection->relaying == RELAYING_UNKNOWN)
		relayed_adopt(connection);
}

static void hear_ready(struct service *service)
{
	if (service->relay_ready)
		return;
	service->relay_ready = true;
	each(service, resume);
	generation_check_ready(service->generation);
	connection_serve_waiting(service);
}

/* It ends, and the warden starts another; but a generation that is staged has failed. */
static void hear_failed(struct service *service, struct wire_message *message)
{
	why_sanitise(&message->why);
	ledger_container_failed(service, &message->why);
	if (service->generation->state == GENERATION_STAGED)
		service_tell_failure(service, FAILURE_CONTAINERS, &message->why);
}

static void over(struct connection *connection, const struct wire_message *message)
{
	connection->relaying = RELAYING_OVER;
	connection->account.relayed = message->number > 0;
	connection->account.moved = message->moved;
	if (connection->state == CONNECTION_FLUSHING)
		connection_finish(connection);
}

static void hear_over(struct service *service, const struct wire_message *message)
{
	struct loop *loop = service->generation->loop;
	struct connection *connection;

	if (!slots_is(&loop->slots, message->slot.index, message->slot.generation))
		return;
	connection = loop->connections[message->slot.index];
	if (connection->service == service && connection->account.id == message->id &&
	    connection->relaying == RELAYING_GOES)
		over(connection, message);
}

/* The connections that the relay had are gone with it; whatever waits for one waits on. */
static void lose(struct connection *connection)
{
	if (connection->relaying == RELAYING_PENDING && !is_draining(connection->service))
		return;
	if (connection->relaying == RELAYING_NOT || connection->relaying == RELAYING_OVER)
		return;
	connection->relaying = RELAYING_OVER;
	if (connection->state != CONNECTION_FLUSHING) {
		connection_kill(connection, END_LOST);
		return;
	}
	connection->account.end = END_LOST;
	connection_finish(connection);
}

/* The relay lives, the link is no good: the warden ends this one and starts another. */
static void give_up(struct service *service, int error)
{
	struct why why;

	why_set(&why, error, "link", "relay %s cannot be heard", service->spec->name);
	service_tell_failure(service, FAILURE_RELAY_LINK, &why);
}

static void hear(struct service *service, struct wire_message *message)
{
	if (message->type == RELAY_READY)
		hear_ready(service);
	else if (message->type == RELAY_FAILED)
		hear_failed(service, message);
	else
		hear_over(service, message);
}

static void relayed_lost(struct service *service)
{
	relayed_close(service);
	each(service, lose);
}

static void relay_readable(struct ev_loop *ev, ev_io *io, int events)
{
	struct service *service = container_of(io, struct service, relay);
	struct wire_message message;
	int got = 1;

	for (int i = 0; i < MESSAGES_PER_TURN && io->fd >= 0; i++) {
		got = wire_receive(io->fd, WIRE_RELAY_UP, &message, false);
		if (got != 1)
			break;
		hear(service, &message);
	}
	/* epoll_ctl(2) had no memory or no room for it: libev has stopped the watcher. */
	if (io->fd >= 0 && (events & EV_ERROR) && (got == 1 || got == -EAGAIN))
		got = -ENOMEM;
	if (io->fd < 0 || got == 1 || got == -EAGAIN)
		return;
	if (got < 0 && got != -EPIPE)
		give_up(service, got);
	relayed_lost(service);
}

void relayed_close(struct service *service)
{
	int fd = service->relay.fd;

	ev_io_stop(service->generation->loop->ev, &service->relay);
	ev_io_set(&service->relay, -1, EV_READ);
	service->relay_ready = false;
	fd_close(&fd);
}

void relayed_open(struct service *service, int fd)
{
	struct wire_message message;

	/* Of a relay that is dead: its end may not have been heard yet, nor what it said before. */
	if (service->relay.fd >= 0) {
		while (wire_receive(service->relay.fd, WIRE_RELAY_UP, &message, false) == 1)
			if (message.type == RELAY_OVER)
				hear_over(service, &message);
		relayed_lost(service);
	}
	service->relay_drained = false;
	ev_init(&service->relay, relay_readable);
	ev_io_set(&service->relay, fd, EV_READ);
	ev_io_start(service->generation->loop->ev, &service->relay);
}

void relayed_drain(struct service *service)
{
	if (is_forsaken(service))
		each(service, lose);
}

void relayed_dismiss(struct service *service)
{
	struct wire_message drain = { 0 };

	if (service->relay.fd < 0 || service->relay_drained)
		return;
	service->relay_drained = true;
	wire_send(service->relay.fd, RELAY_DRAIN, &drain, NULL, 0, false);
}

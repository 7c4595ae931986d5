/* SPDX-License-Identifier: ISC */
/*
 * A connection's life in the loop: opened by an acceptor, handed over to a parked container or
 * waiting for one, watched by its deadline, closed when its container has ended. Run regime; no
 * allocation, nothing blocks.
 */
#include "loop/connection.h"

#include "base/clock.h"
#include "base/fd.h"
#include "loop/counts.h"
#include "loop/ending.h"
#include "loop/entrance.h"
#include "loop/link.h"
#include "loop/loop.h"
#include "loop/overflow.h"
#include "loop/pool.h"
#include "loop/watched.h"
#include "wire/wire.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <string.h>
#include <unistd.h>

#define TRIES_MAX 3 /* containers that may die with a connection before it is given up */
#define WAITING_MAX_NS                                                                             \
	(30 * CLOCK_SECOND_NS) /* for a container, before the connection is given up */

static const char *const state_names[] = {
	[CONNECTION_QUEUED] = "queued",	    [CONNECTION_WAITING] = "waiting",
	[CONNECTION_STARTING] = "starting", [CONNECTION_RUNNING] = "running",
	[CONNECTION_FLUSHING] = "flushing", [CONNECTION_ENDED] = "ended",
};
_Static_assert(sizeof(state_names) / sizeof(state_names[0]) == CONNECTION_STATES, "all named");

const char *connection_state_name(enum connection_state state)
{
	return state_names[state];
}

/* What is left of a time that began with the hand-over. */
static int64_t after_hand_over(const struct connection *connection, int64_t span_ns)
{
	int64_t passed_ns = clock_now_ns() - connection->account.handed_ns;

	if (span_ns == CLOCK_NEVER_NS)
		return span_ns;
	return passed_ns < span_ns ? span_ns - passed_ns : 0;
}

void connection_arm(struct connection *connection, int64_t after_ns)
{
	struct ev_loop *ev = connection->loop->ev;

	ev_timer_stop(ev, &connection->deadline);
	if (after_ns == CLOCK_NEVER_NS)
		return;
	ev_now_update(ev);
	ev_timer_set(&connection->deadline, (double)after_ns / CLOCK_SECOND_NS, 0.);
	ev_timer_start(ev, &connection->deadline);
}

void connection_close_channel(struct connection *connection)
{
	watched_close(connection->loop, &connection->channel);
}

static void wait_for_container(struct connection *connection)
{
	struct service *service = connection->service;

	connection->state = CONNECTION_WAITING;
	connection->account.waited = true;
	connection->account.warmth = WARMTH_NONE;
	list_append(&service->waiting, &connection->waiting);
	service->waiting_count++;
	pool_want(service);
	connection_arm(connection, WAITING_MAX_NS);
}

void connection_leave_waiting(struct connection *connection)
{
	if (list_empty(&connection->waiting))
		return;
	list_remove(&connection->waiting);
	connection->service->waiting_count--;
}

/*
 * The container went with its connection unread: the socket is still here, and another container
 * gets it. False: it has been tried often enough.
 */
static bool try_again(struct connection *connection)
{
	struct service *service = connection->service;
	struct pool_place *place = pool_find(service, &connection->container);

	if (connection->kill_stage > 0 || connection->tries++ >= TRIES_MAX)
		return false;
	if (place && place->connection == connection)
		place->connection = NULL;
	connection_end_container(connection);
	murmur_finish(connection);
	connection->container = (struct wire_slot){ 0, 0 };
	fd_close_all(connection->ends, 2);
	wait_for_container(connection);
	connection_serve_waiting(service);
	return true;
}

static void runs(struct connection *connection)
{
	int64_t runtime_ns = connection->service->spec->runtime_max_ns;

	connection->state = CONNECTION_RUNNING;
	connection->account.started_ns = clock_now_ns();
	ledger_started(connection);
	relayed_give(connection); /* the container's alone now, or the relay's */
	if (connection->kill_stage > 0)
		return;
	if (runtime_ns > CONNECTION_STARTING_MAX_NS)
		connection_arm(connection, after_hand_over(connection, runtime_ns));
	deadlines_start(connection);
}

/*
 * The child says what failed, or closes the channel by execve: then the program runs. False: it
 * went before it had received its connection (-EPIPE), which is not in this container any more.
 */
bool connection_hear(struct connection *connection)
{
	struct wire_message message;
	int got;

	if (connection->channel.fd < 0)
		return true;
	got = wire_receive(connection->channel.fd, WIRE_PARKED, &message, false);
	if (got == -EAGAIN)
		return true;
	connection_close_channel(connection);
	if (got == -EPIPE && try_again(connection))
		return false;
	if (got == 1)
		fd_close_all(message.fds, WIRE_FDS_MAX); /* nothing of that is wanted here */
	if (got == 1 && message.type == PARKED_FAILED) {
		why_sanitise(&message.why);
		ledger_failed(connection, &message.why);
	} else if (got == 0 && connection->state == CONNECTION_STARTING) {
		runs(connection);
	} else if (got != 0) {
		if (got != -EPIPE) { /* nobody of ours says that */
			why_set(&message.why, got == 1 ? -EPROTO : got, "hand-over",
				"the container says something else");
			ledger_failed(connection, &message.why);
		}
		connection_end_container(connection);
	}
	return true;
}

static void channel_readable(struct ev_loop *ev, ev_io *io, int events)
{
	(void)connection_hear(container_of(io, struct connection, channel));
}

/* A free place, with everything of its last user gone. */
static struct connection *take_place(struct service *service)
{
	struct loop *loop = service->generation->loop;
	struct connection *connection;
	uint32_t index;

	/* Rather an account without the last word than a client without a place. */
	if (loop->slots.used == loop->slots.capacity && !list_empty(&loop->lingering))
		connection_settle(container_of(loop->lingering.next, struct connection, waiting));
	if (!slots_take(&loop->slots, &index))
		return NULL;
	connection = loop->connections[index];
	connection->index = index;
	connection->loop = loop;
	connection->service = service;
	connection->source = NULL;
	connection->watched = (struct watched){ 0 };
	connection->watched_cookie = false;
	connection->fd = connection->ends[0] = connection->ends[1] = -1;
	connection->relaying = RELAYING_NOT;
	connection->kill_stage = connection->tries = 0;
	connection->container = (struct wire_slot){ 0, 0 };
	list_init(&connection->waiting);
	ev_io_init(&connection->channel, channel_readable, -1, EV_READ);
	ev_init(&connection->deadline, connection_deadline_over);
	deadlines_init(connection);
	murmur_start(connection, -1);
	connection->account = (struct account){ .accepted_wall_ns = clock_wall_ns() };
	service->generation->live++;
	return connection;
}

/* 0, or an error that says that this container is no good. */
static int hand_over(struct connection *connection, const struct pool_place *place)
{
	struct account *account = &connection->account;
	struct wire_message message = { .id = account->id };

	message.handover = (struct wire_handover){ .id = account->id,
						   .cookie = account->peer.cookie,
						   .peer = account->peer.address,
						   .local = account->peer.local,
						   .peer_pid = account->peer.pid,
						   .peer_uid = account->peer.uid,
						   .peer_gid = account->peer.gid };
	/* The relay gets the socket, when the program runs: until then another may try. */
	return wire_send(place->channel, HANDOVER, &message, &connection->fd,
			 spec_relays(&connection->service->spec->container) ? 0 : 1, false);
}

static void set_running(struct connection *connection, struct pool_place *place)
{
	struct service *service = connection->service;
	struct ev_loop *ev = connection->loop->ev;
	struct wire_message taken = { .id = connection->account.id };

	place->connection = connection;
	connection->container = pool_slot(service, place);
	connection->account.pid = place->pid;
	if (!connection->account.waited)
		connection->account.warmth = place->warmth;
	connection->account.handed_ns = clock_now_ns();
	connection->state = CONNECTION_STARTING;
	ev_io_set(&connection->channel, place->channel, EV_READ);
	ev_io_start(ev, &connection->channel);
	murmur_start(connection, place->log);
	connection->ends[0] = place->ends[0];
	connection->ends[1] = place->ends[1];
	/* They are the connection's now. */
	place->channel = place->log = place->ends[0] = place->ends[1] = -1;
	service->wanted = pool_wanted(service);
	taken.slot = connection->container;
	taken.number = service->wanted;
	taken.waiting = service->waiting_count;
	link_send(service, LINK_TAKEN, &taken);
	connection_arm(connection, service->spec->runtime_max_ns < CONNECTION_STARTING_MAX_NS
					   ? service->spec->runtime_max_ns
					   : CONNECTION_STARTING_MAX_NS);
}

/*
 * True: it has its container. A parked one that died meanwhile is dropped, and the next one tried.
 */
static bool serve(struct connection *connection)
{
	struct service *service = connection->service;
	struct pool_place *place;

	while (relayed_ready(service) && (place = pool_take(service))) {
		if (hand_over(connection, place) < 0) {
			pool_dismiss(service, place);
			continue;
		}
		connection_leave_waiting(connection);
		set_running(connection, place); /* the socket stays until the program has it */
		return true;
	}
	return false;
}

/* A place in the table for a client that was accepted, with what is known of it. */
static struct connection *take_client(struct service *service, const struct acceptor *acceptor,
				      const struct peer *peer, int fd, int64_t accepted_ns)
{
	struct connection *connection = take_place(service);

	if (!connection)
		return NULL;
	connection->fd = fd;
	connection->account.id = connection->loop->next_id++;
	connection->account.listener = acceptor->index;
	connection->account.peer = *peer;
	connection->account.accepted_ns = accepted_ns;
	entrance_enter(connection, accepted_ns);
	ledger_accepted(connection);
	counts_watch(connection);
	deadlines_watch(connection);
	return connection;
}

static void begin(struct connection *connection, int64_t now_ns)
{
	entrance_admit(connection->service, now_ns);
	pool_arrival(connection->service, now_ns);
	if (!serve(connection))
		wait_for_container(connection);
}

struct connection *connection_queue(struct service *service, const struct acceptor *acceptor,
				    const struct peer *peer, int fd, int64_t accepted_ns)
{
	struct connection *connection = take_client(service, acceptor, peer, fd, accepted_ns);

	if (!connection)
		return NULL;
	connection->state = CONNECTION_QUEUED;
	list_append(&service->queue, &connection->waiting);
	service->tally->queued++;
	connection->loop->queued++;
	connection_arm(connection, service->spec->admission.queue_timeout_ns);
	return connection;
}

void connection_promote(struct connection *connection, int64_t now_ns)
{
	overflow_leave_queue(connection);
	begin(connection, now_ns);
}

struct connection *connection_open(struct service *service, const struct acceptor *acceptor,
				   const struct peer *peer, int fd, int64_t accepted_ns)
{
	struct connection *connection = take_client(service, acceptor, peer, fd, accepted_ns);

	if (!connection)
		fd_close(&fd);
	else
		begin(connection, accepted_ns);
	return connection;
}

void connection_serve_waiting(struct service *service)
{
	while (!list_empty(&service->waiting))
		if (!serve(container_of(service->waiting.next, struct connection, waiting)))
			return;
}

void connection_fail_first_waiting(struct service *service, const struct why *why)
{
	struct connection *connection;

	if (list_empty(&service->waiting))
		return;
	connection = container_of(service->waiting.next, struct connection, waiting);
	ledger_failed(connection, why);
	connection_finish(connection);
}

void connection_adopt(struct service *service, const struct wire_message *running, int log)
{
	struct connection *connection = take_place(service);
	struct pool_place *place = &service->places[running->slot.index];
	struct wire_message message = { .slot = running->slot, .number = SIGKILL };

	if (!connection) {
		fd_close(&log);
		link_send(service, LINK_KILL, &message);
		return;
	}
	place->generation = running->slot.generation;
	place->pid = running->pid;
	place->connection = connection;
	connection->container = running->slot;
	connection->state = CONNECTION_RUNNING;
	connection->account.id = running->id;
	connection->account.adopted = true;
	connection->account.pid = running->pid;
	connection->account.accepted_ns = running->when_ns;
	connection->account.handed_ns = connection->account.started_ns = running->when_ns;
	connection->account.accepted_wall_ns -= clock_now_ns() - running->when_ns;
	murmur_start(connection, log);
	ledger_accepted(connection);
	connection_arm(connection, after_hand_over(connection, service->spec->runtime_max_ns));
	relayed_adopt(connection);
}

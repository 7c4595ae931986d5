/* SPDX-License-Identifier: ISC */
/*
 * Looks at the socket's counters when the first of its deadlines would be over, and not before:
 * what has moved since then moves the deadline. Loop; one netlink question of some microseconds for
 * each look.
 */
#include "loop/deadlines.h"

#include "base/clock.h"
#include "loop/connection.h"
#include "loop/counts.h"
#include "loop/loop.h"

#include <errno.h>
#include <sys/epoll.h>

#define LOOK_AGAIN_NS CLOCK_SECOND_NS /* after a question that had no answer */
#define EVENTS_PER_TURN 64

static int64_t earlier(int64_t left, int64_t right)
{
	return left < right ? left : right;
}

/* A time from a span that may be infinite. */
static int64_t after(int64_t from_ns, int64_t span_ns)
{
	return span_ns == CLOCK_NEVER_NS ? CLOCK_NEVER_NS : from_ns + span_ns;
}

static void note_progress(struct watched *watched, const struct inet_counts *counts, int64_t now_ns)
{
	uint32_t quiet_ms = counts->quiet_in_ms < counts->quiet_out_ms ? counts->quiet_in_ms
								       : counts->quiet_out_ms;
	int64_t at_ns = now_ns - (int64_t)quiet_ms * CLOCK_MILLISECOND_NS;

	watched->spoke = watched->spoke || counts->bytes_in > 0;
	/* Segments that are only sent again, to a client that is not there, are no progress. */
	if (counts->bytes_in == watched->bytes_in && counts->bytes_out == watched->bytes_out)
		return;
	watched->bytes_in = counts->bytes_in;
	watched->bytes_out = counts->bytes_out;
	if (at_ns > watched->progress_ns)
		watched->progress_ns = at_ns;
}

/*
 * When the client counts as gone. A reset, or a close that was answered: from then on. A FIN alone
 * may be a half-close: from when no byte moves any more.
 */
static int64_t gone_at(struct watched *watched, const struct deadline_spec *spec, int64_t now_ns)
{
	int64_t since_ns = watched->left_ns;

	if (spec->client_gone == CLIENT_GONE_IGNORE || since_ns == 0)
		return CLOCK_NEVER_NS;
	if (!watched->hung_up && watched->progress_ns > since_ns)
		since_ns = watched->progress_ns;
	return since_ns + spec->client_gone_ns;
}

/* Looks at the socket. 0, or -errno: it cannot be told now. */
static int look(struct connection *connection, int64_t now_ns)
{
	struct watched *watched = &connection->watched;
	struct inet_counts counts;
	int error = counts_ask(connection, &counts);

	if (error == 0 && counts.counted) {
		note_progress(watched, &counts, now_ns);
		if (counts.fin_in && watched->left_ns == 0)
			watched->left_ns = now_ns;
	} else if (error == 0 || error == -ENOENT) {
		/* Not among the connected any more, but the program still has it. */
		if (!watched->hung_up)
			watched->left_ns = now_ns;
		watched->hung_up = true;
	} else if (error != -EOPNOTSUPP) {
		return error;
	}
	return 0;
}

static void arm(struct connection *connection, int64_t due_ns, int64_t now_ns)
{
	struct ev_loop *ev = connection->loop->ev;
	int64_t wait_ns = due_ns > now_ns ? due_ns - now_ns : 0;

	ev_timer_stop(ev, &connection->watch);
	if (due_ns == CLOCK_NEVER_NS)
		return;
	ev_now_update(ev);
	ev_timer_set(&connection->watch, (double)wait_ns / CLOCK_SECOND_NS, 0.);
	ev_timer_start(ev, &connection->watch);
}

static void check(struct connection *connection)
{
	const struct deadline_spec *spec = &connection->service->spec->deadlines;
	struct watched *watched = &connection->watched;
	int64_t now_ns = clock_now_ns(), first_ns = CLOCK_NEVER_NS, idle_ns, gone_ns;

	if (look(connection, now_ns) < 0) {
		arm(connection, now_ns + LOOK_AGAIN_NS, now_ns);
		return;
	}
	if (!watched->spoke)
		first_ns = after(connection->account.accepted_ns, spec->first_byte_ns);
	idle_ns = after(watched->progress_ns, spec->idle_ns);
	gone_ns = gone_at(watched, spec, now_ns);
	if (gone_ns <= now_ns)
		connection_kill(connection, END_CLIENT);
	else if (first_ns <= now_ns)
		connection_kill(connection, END_FIRST_BYTE);
	else if (idle_ns <= now_ns)
		connection_kill(connection, END_IDLE);
	else
		arm(connection, earlier(gone_ns, earlier(first_ns, idle_ns)), now_ns);
}

static void look_due(struct ev_loop *ev, ev_timer *timer, int events)
{
	check(container_of(timer, struct connection, watch));
}

static void client_left(struct connection *connection, uint32_t events)
{
	struct watched *watched = &connection->watched;
	bool hung_up = events & (EPOLLHUP | EPOLLERR);

	/* A reset comes with both; a FIN with the first alone. */
	watched->fin_seen = watched->fin_seen || !hung_up;
	watched->hung_up = hung_up;
	watched->left_ns = clock_now_ns();
	if (connection->state == CONNECTION_RUNNING &&
	    connection->service->spec->deadlines.client_gone != CLIENT_GONE_IGNORE)
		check(connection);
}

static void clients_readable(struct ev_loop *ev, ev_io *io, int events)
{
	struct loop *loop = container_of(io, struct loop, clients);
	struct epoll_event got[EVENTS_PER_TURN];
	int count = epoll_wait(io->fd, got, EVENTS_PER_TURN, 0);

	for (int i = 0; i < count; i++) {
		uint32_t index = (uint32_t)got[i].data.u64;

		if (slots_is(&loop->slots, index, (uint32_t)(got[i].data.u64 >> 32)))
			client_left(loop->connections[index], got[i].events);
	}
}

void deadlines_init(struct connection *connection)
{
	ev_init(&connection->watch, look_due);
}

void deadlines_open(struct loop *loop)
{
	ev_io_init(&loop->clients, clients_readable, epoll_create1(EPOLL_CLOEXEC), EV_READ);
	if (loop->clients.fd >= 0)
		ev_io_start(loop->ev, &loop->clients);
}

void deadlines_watch(struct connection *connection)
{
	struct loop *loop = connection->loop;
	uint32_t generation = loop->slots.slot[connection->index].generation;
	/* Once: a program could have this event again and again, by shutdown(2). */
	struct epoll_event event = { .events = EPOLLONESHOT };

	/* A half-close of AF_UNIX would use up the one event, and says nothing of its end. */
	if (peer_near_end(&connection->account.peer)->storage.ss_family != AF_UNIX)
		event.events |= EPOLLRDHUP;
	event.data.u64 = (uint64_t)generation << 32 | connection->index;
	(void)epoll_ctl(loop->clients.fd, EPOLL_CTL_ADD, connection->fd, &event);
}

void deadlines_start(struct connection *connection)
{
	const struct deadline_spec *spec = &connection->service->spec->deadlines;
	const struct watched *watched = &connection->watched;
	int64_t accepted_ns = connection->account.accepted_ns;
	int64_t due_ns =
		earlier(after(accepted_ns, spec->first_byte_ns), after(accepted_ns, spec->idle_ns));

	connection->watched.progress_ns = accepted_ns;
	if (watched->left_ns > 0 && spec->client_gone != CLIENT_GONE_IGNORE)
		check(connection); /* it left while it waited */
	else
		arm(connection, due_ns, clock_now_ns());
}

void deadlines_stop(struct connection *connection)
{
	ev_timer_stop(connection->loop->ev, &connection->watch);
}

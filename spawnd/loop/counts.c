/* SPDX-License-Identifier: ISC */
/*
 * Cookies to connections, and destroyed sockets to accounts. Loop; one hash table over the places
 * of connections. The kernel tells of every TCP socket of the host's network; most are not ours.
 */
#include "loop/counts.h"

#include "base/clock.h"
#include "base/errno_name.h"
#include "base/log.h"
#include "loop/connection.h"
#include "loop/ending.h"
#include "loop/loop.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#define MESSAGES_PER_TURN 256

static uint32_t *bucket_of(struct counts *counts, uint64_t cookie)
{
	/* Cookies count upwards, a batch for each processor: nobody chooses them. */
	return &counts->buckets[(cookie * UINT64_C(0x9e3779b97f4a7c15)) >> 32 & counts->mask];
}

static struct connection *find(struct loop *loop, uint64_t cookie)
{
	uint32_t at = loop->counts.buckets ? *bucket_of(&loop->counts, cookie) : 0;

	while (at > 0 && loop->connections[at - 1]->account.peer.cookie != cookie)
		at = loop->connections[at - 1]->next_cookie;
	return at > 0 ? loop->connections[at - 1] : NULL;
}

static void insert(struct loop *loop, struct connection *connection)
{
	uint32_t *bucket = bucket_of(&loop->counts, connection->account.peer.cookie);

	connection->next_cookie = *bucket;
	*bucket = connection->index + 1;
}

void counts_watch(struct connection *connection)
{
	const struct peer *peer = &connection->account.peer;
	struct loop *loop = connection->loop;

	connection->watched_cookie = loop->counts.ask >= 0 && loop->counts.destroyed.fd >= 0 &&
				     peer->cookie != 0 && loop->counts.buckets &&
				     peer_near_end(peer)->storage.ss_family != AF_UNIX;
	if (connection->watched_cookie)
		insert(loop, connection);
}

void counts_forget(struct connection *connection)
{
	struct loop *loop = connection->loop;
	uint32_t *link;

	if (!connection->watched_cookie)
		return;
	connection->watched_cookie = false;
	link = bucket_of(&loop->counts, connection->account.peer.cookie);
	while (*link != connection->index + 1)
		link = &loop->connections[*link - 1]->next_cookie;
	*link = connection->next_cookie;
}

int counts_grow(struct loop *loop, uint32_t places)
{
	uint32_t size = 64, *buckets;

	while (size < places)
		size *= 2;
	if (loop->counts.buckets && size <= loop->counts.mask + 1)
		return 0;
	buckets = calloc(size, sizeof(*buckets));
	if (!buckets)
		return -ENOMEM;
	free(loop->counts.buckets);
	loop->counts.buckets = buckets;
	loop->counts.mask = size - 1;
	for (uint32_t i = 0; i < loop->slots.capacity; i++)
		if (slots_in_use(&loop->slots, i) && loop->connections[i]->watched_cookie)
			insert(loop, loop->connections[i]);
	return 0;
}

int counts_ask(const struct connection *connection, struct inet_counts *counts)
{
	if (!connection->watched_cookie)
		return -EOPNOTSUPP;
	return inet_diag_ask(connection->loop->counts.ask, &connection->account.peer, counts);
}

bool counts_pending(const struct connection *connection)
{
	return connection->watched_cookie && !connection->account.counted;
}

/*
 * Whether the peer's FIN is one of the bytes that a destroyed socket has received. What was seen of
 * it while the program ran; else by what follows from the states of tcp(7): without our FIN
 * acknowledged it was a reset. With it, and nothing left in TIME_WAIT, the peer closed first
 * (LAST_ACK). In FIN_WAIT2 its FIN is not there yet. In TIME_WAIT it came to this socket if it is
 * unread (unread data would have been answered by a reset), else to what was left of it.
 */
static bool fin_is_counted(const struct connection *connection, const struct inet_counts *last)
{
	struct inet_counts left;
	int error;

	if (connection->watched.fin_seen)
		return true;
	if (!last->fin_out)
		return false;
	error = counts_ask(connection, &left);
	return error == -ENOENT || (error == 0 && left.state == TCP_TIME_WAIT && last->unread > 0);
}

static void hear_destroyed(struct loop *loop, struct inet_counts *last)
{
	struct connection *connection = find(loop, last->cookie);
	struct account *account;

	if (!connection || !last->counted)
		return;
	account = &connection->account;
	if (last->bytes_in > 0 && fin_is_counted(connection, last))
		last->bytes_in--;
	account->counts = *last;
	account->counted = account->counts_final = true;
	counts_forget(connection);
	if (connection->state == CONNECTION_ENDED)
		connection_settle(connection);
}

void counts_sample(struct connection *connection)
{
	struct account *account = &connection->account;
	struct inet_counts now;

	if (!counts_pending(connection))
		return;
	account->counted = counts_ask(connection, &now) == 0 && now.counted;
	if (account->counted)
		account->counts = now;
}

/*
 * The kernel had no room for some messages: whose socket is gone, of that one they were. Those that
 * are alive will tell yet.
 */
static void resync(struct loop *loop)
{
	struct list *next;
	struct inet_counts now;
	uint32_t suppressed;

	if (log_allow(&loop->counts.bound, 1, 10 * CLOCK_SECOND_NS, &suppressed))
		log_event(LOG_LEVEL_WARNING, "counts-lost", "suppressed=%u", suppressed);
	for (struct list *at = loop->lingering.next; at != &loop->lingering; at = next) {
		struct connection *connection = container_of(at, struct connection, waiting);

		next = at->next;
		if (counts_ask(connection, &now) == -ENOENT)
			connection_settle(connection);
	}
}

static void destroyed_readable(struct ev_loop *ev, ev_io *io, int events)
{
	struct loop *loop = container_of(io, struct loop, counts.destroyed);
	struct inet_counts last;
	int got = 1;

	for (int i = 0; i < MESSAGES_PER_TURN && got != 0; i++) {
		got = inet_diag_hear(io->fd, &last);
		if (got == 1)
			hear_destroyed(loop, &last);
		else if (got == -ENOBUFS)
			resync(loop);
	}
}

void counts_open(struct loop *loop)
{
	struct counts *counts = &loop->counts;
	int destroyed = inet_diag_open_destroyed();

	counts->ask = destroyed < 0 ? destroyed : inet_diag_open();
	ev_io_init(&counts->destroyed, destroyed_readable, destroyed, EV_READ);
	if (counts->ask < 0)
		log_event(LOG_LEVEL_WARNING, "counts-missing", "error=%s", errno_name(counts->ask));
	else
		ev_io_start(loop->ev, &counts->destroyed);
}

/* SPDX-License-Identifier: ISC */
/*
 * How connections end: their deadlines, kills, exits. Loop, run regime; no allocation, nothing
 * blocks. However a connection ends, it comes to connection_finish().
 */
#include "loop/ending.h"

#include "base/clock.h"
#include "base/fd.h"
#include "loop/counts.h"
#include "loop/deadlines.h"
#include "loop/entrance.h"
#include "loop/link.h"
#include "loop/loop.h"
#include "loop/overflow.h"
#include "loop/pool.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

void connection_settle(struct connection *connection)
{
	struct loop *loop = connection->loop;

	counts_sample(connection);
	counts_forget(connection);
	ev_timer_stop(loop->ev, &connection->deadline);
	list_remove(&connection->waiting);
	entrance_judge(connection);
	ledger_close(connection);
	connection->service->generation->live--;
	slots_give(&loop->slots, connection->index);
}

/* Its socket is not destroyed yet: the account waits for the kernel's last word, for a moment. */
static void linger(struct connection *connection)
{
	connection->state = CONNECTION_ENDED;
	list_append(&connection->loop->lingering, &connection->waiting);
	connection_arm(connection, COUNTS_WAIT_NS);
}

/* The end of every connection, whichever way it came: the place is free, then the account is
 * closed. */
void connection_finish(struct connection *connection)
{
	struct loop *loop = connection->loop;

	ev_timer_stop(loop->ev, &connection->deadline);
	if (connection->state == CONNECTION_QUEUED)
		overflow_leave_queue(connection);
	else
		connection_leave_waiting(connection);
	pool_want(connection->service); /* one container fewer, if it was waiting for one */
	connection_close_channel(connection);
	murmur_finish(connection);
	if (connection->fd >= 0 && connection->account.end == END_REFUSED)
		overflow_dismiss(connection->service, &connection->fd,
				 connection->account.verdict.code);
	else if (connection->fd >= 0)
		peer_dismiss(connection->fd);
	peer_release(&connection->fd);
	fd_close_all(connection->ends, 2);
	relayed_cut(connection);
	deadlines_stop(connection);
	connection->account.ended_ns = clock_now_ns();
	entrance_leave(connection);
	ledger_ended(connection);
	loop->place_freed = true;
	if (connection->account.started_ns > 0 && counts_pending(connection))
		linger(connection);
	else
		connection_settle(connection);
}

void connection_end_container(const struct connection *connection)
{
	struct wire_message message = { .slot = connection->container, .number = SIGKILL };

	link_send(connection->service, LINK_KILL, &message);
}

static void kill_now(struct connection *connection)
{
	struct wire_message message = { .slot = connection->container,
					.number =
						(uint64_t)connection->service->spec->kill_signal };
	int64_t grace = connection->service->spec->timeout_stop_ns;

	if (connection->state == CONNECTION_FLUSHING) {
		relayed_end(connection);
		return;
	}
	if (connection->kill_stage == 0 && grace > 0) {
		connection->kill_stage = 1;
		link_send(connection->service, LINK_KILL, &message);
		connection_arm(connection, grace);
	} else {
		connection->kill_stage = 2;
		connection_end_container(connection);
	}
}

void connection_kill(struct connection *connection, enum end_reason reason)
{
	if (connection->state <= CONNECTION_WAITING) {
		connection->account.end = reason;
		connection_finish(connection);
		return;
	}
	if (connection->kill_stage > 0 || connection->state == CONNECTION_ENDED)
		return;
	if (connection->account.end != END_FAILED)
		connection->account.end = reason;
	kill_now(connection);
}

/* The time that a program has to start, or RuntimeMaxSec=, which may be shorter. */
static void start_due(struct connection *connection)
{
	struct why why;

	if (!connection_hear(connection)) /* it may run since this very moment */
		return;
	if (connection->service->spec->runtime_max_ns <= CONNECTION_STARTING_MAX_NS) {
		connection_kill(connection, END_TIMEOUT);
	} else if (connection->state == CONNECTION_STARTING) {
		why_set(&why, -ETIMEDOUT, "hand-over", "the program did not run in time");
		ledger_failed(connection, &why);
		connection_kill(connection, END_FAILED);
	}
}

void connection_deadline_over(struct ev_loop *ev, ev_timer *timer, int events)
{
	struct connection *connection = container_of(timer, struct connection, deadline);
	struct why why;

	if (connection->state == CONNECTION_ENDED) {
		connection_settle(connection);
	} else if (connection->state == CONNECTION_QUEUED) {
		connection->account.end = END_REFUSED;
		connection->account.verdict =
			(struct verdict){ VERDICT_QUEUE_TIMEOUT, connection->service->tally->queued,
					  connection->service->spec->admission.queue_max, 0 };
		connection_finish(connection);
	} else if (connection->state == CONNECTION_WAITING) {
		why_set(&why, -ETIMEDOUT, "container", "none became ready in time");
		ledger_failed(connection, &why);
		connection_finish(connection);
	} else if (connection->kill_stage > 0) {
		kill_now(connection);
	} else if (connection->state == CONNECTION_STARTING) {
		start_due(connection);
	} else {
		connection_kill(connection, END_TIMEOUT);
	}
}

static bool was_killed_by_us(const struct account *account)
{
	switch (account->end) {
	case END_TIMEOUT:
	case END_IDLE:
	case END_FIRST_BYTE:
	case END_CLIENT:
	case END_OPERATOR:
	case END_LOST:
		return true;
	default:
		return false;
	}
}

static enum end_reason how_it_ended(const struct account *account)
{
	if (!WIFSIGNALED(account->status))
		return END_EXIT;
	/* All of its group went with the process that the kernel chose: memory.oom.group. */
	if (WTERMSIG(account->status) == SIGKILL && account->usage.oom_kills > 0)
		return END_LIMIT;
	return END_SIGNAL;
}

void connection_exited(struct connection *connection, const struct wire_message *exited)
{
	struct account *account = &connection->account;
	struct why why;

	if (!connection_hear(connection)) /* a report that came with the end */
		return;
	account->reaped = true;
	account->status = (int)exited->number;
	account->usage = exited->usage;
	if (connection->state == CONNECTION_STARTING && account->end != END_FAILED) {
		why_set(&why, -ECHILD, "hand-over", "the container ended before the program ran");
		ledger_failed(connection, &why);
	} else if (account->end != END_FAILED && !was_killed_by_us(account)) {
		account->end = how_it_ended(account);
	}
	if (relayed_holds(connection))
		connection->state = CONNECTION_FLUSHING;
	else
		connection_finish(connection);
}

void connection_lost(struct connection *connection)
{
	if (!connection_hear(connection))
		return;
	connection->account.end = END_LOST;
	connection_finish(connection);
}

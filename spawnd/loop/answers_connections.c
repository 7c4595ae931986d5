/* SPDX-License-Identifier: ISC */
/*
 * Answers about connections. Loop; what the loop itself knows. What the kernel knows (bytes,
 * memory, processor time) is asked by spawnctl, which has the rights and the time.
 */
#include "loop/answers.h"

#include "base/clock.h"
#include "loop/connection.h"
#include "loop/loop.h"
#include "loop/sources.h"

#include <errno.h>
#include <stdio.h>

static int64_t since(int64_t from_ns, int64_t to_ns)
{
	return from_ns > 0 && to_ns > from_ns ? to_ns - from_ns : 0;
}

/* The first of its timers, or -1. */
static int64_t next_deadline_ns(struct connection *connection)
{
	ev_timer *timers[] = { &connection->deadline, &connection->watch };
	int64_t first_ns = -1;

	for (size_t i = 0; i < sizeof(timers) / sizeof(timers[0]); i++) {
		int64_t left_ns;

		if (!ev_is_active(timers[i]))
			continue;
		left_ns = (int64_t)(ev_timer_remaining(connection->loop->ev, timers[i]) *
				    CLOCK_SECOND_NS);
		if (left_ns < 0)
			left_ns = 0;
		if (first_ns < 0 || left_ns < first_ns)
			first_ns = left_ns;
	}
	return first_ns;
}

static void fill_source(const struct connection *connection, struct control_connection *record)
{
	char text[NETWORK_TEXT_SIZE];

	if (!connection->source)
		return;
	snprintf(record->source, sizeof(record->source), "%s",
		 source_key_text(&connection->source->key, text));
	record->source_live = connection->source->live;
}

static void fill(struct connection *connection, struct control_connection *record)
{
	const struct account *account = &connection->account;
	int64_t now_ns = clock_now_ns();

	record->id = account->id;
	snprintf(record->service, sizeof(record->service), "%s", connection->service->spec->name);
	if (!account->adopted)
		snprintf(record->listener, sizeof(record->listener), "%s",
			 ledger_listener(connection->service, account->listener));
	snprintf(record->state, sizeof(record->state), "%s",
		 connection_state_name(connection->state));
	snprintf(record->warmth, sizeof(record->warmth), "%s", warmth_name(account->warmth));
	if (connection->kill_stage > 0)
		snprintf(record->ending, sizeof(record->ending), "%s",
			 end_reason_name(account->end));
	fill_source(connection, record);
	record->peer = account->peer;
	record->generation = connection->service->generation->number;
	record->stderr_bytes = account->stderr_bytes;
	record->accepted_wall_ns = account->accepted_wall_ns;
	record->age_ns = since(account->accepted_ns, now_ns);
	record->queue_ns = since(account->accepted_ns, account->handed_ns);
	record->spawn_ns = since(account->accepted_ns, account->started_ns);
	record->deadline_ns = next_deadline_ns(connection);
	record->client_left_ns = since(connection->watched.left_ns, now_ns);
	record->pid = account->pid;
	record->relayed = spec_relays(&connection->service->spec->container);
	record->adopted = account->adopted;
}

enum control_type connections_next(struct loop *loop, struct question *question,
				   union control_record *record)
{
	const struct control_request *request = &question->request;

	while (question->index < loop->slots.capacity) {
		uint32_t index = question->index++;
		struct connection *connection = loop->connections[index];

		if (!slots_in_use(&loop->slots, index) || connection->state == CONNECTION_ENDED)
			continue;
		if (request->verb == CONTROL_SHOW && connection->account.id != request->id)
			continue;
		question->number++;
		fill(connection, &record->connection);
		return CONTROL_CONNECTION;
	}
	if (request->verb == CONTROL_SHOW && question->number == 0) {
		question->code = -ENOENT;
		question->text = "there is no such connection";
	}
	return CONTROL_END;
}

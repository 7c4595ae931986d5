/* SPDX-License-Identifier: ISC */
/*
 * What an operator does to services and connections. Loop, run regime. Each act is a line in the
 * log with the process that asked for it.
 */
#include "loop/answers.h"

#include "base/log.h"
#include "loop/acceptor.h"
#include "loop/connection.h"
#include "loop/loop.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static const char *verb_name(uint32_t verb)
{
	return verb == CONTROL_KILL    ? "kill"
	       : verb == CONTROL_DRAIN ? "drain"
	       : verb == CONTROL_PAUSE ? "pause"
				       : "resume";
}

static void tell(const struct question *question, int asker)
{
	const struct control_request *request = &question->request;

	log_event(LOG_LEVEL_NOTICE, "operator",
		  "verb=%s service=%s id=%" PRIu64 " count=%" PRIu64 " asker=%d",
		  verb_name(request->verb), request->service[0] ? request->service : "-",
		  request->id, question->number, asker);
}

void act_kill(struct loop *loop, struct question *question, int asker)
{
	const struct control_request *request = &question->request;

	for (uint32_t i = 0; i < loop->slots.capacity; i++) {
		struct connection *connection = loop->connections[i];

		if (!slots_in_use(&loop->slots, i) || connection->state == CONNECTION_ENDED)
			continue;
		if (request->service[0]
			    ? strcmp(connection->service->spec->name, request->service) != 0
			    : connection->account.id != request->id)
			continue;
		connection_kill(connection, END_OPERATOR);
		question->number++;
	}
	if (question->number == 0 && !request->service[0]) {
		question->code = -ENOENT;
		question->text = "there is no such connection";
		return;
	}
	tell(question, asker);
}

/* Of one service or of all; number is of those that were not so before. */
static void set_paused(struct loop *loop, struct question *question, bool paused)
{
	const char *name = question->request.service;

	for (struct list *at = loop->tallies.next; at != &loop->tallies; at = at->next) {
		struct tally *tally = container_of(at, struct tally, in_loop);
		struct service *service = answers_service(loop, tally->name);

		if ((name[0] && strcmp(tally->name, name) != 0) || !service ||
		    tally->paused == paused)
			continue;
		tally->paused = paused;
		question->number++;
		if (paused)
			acceptor_suspend(service);
		else if (!service->deferred)
			acceptor_resume(service);
	}
}

void act_pause(struct loop *loop, struct question *question, int asker)
{
	set_paused(loop, question, true);
	tell(question, asker);
}

void act_resume(struct loop *loop, struct question *question, int asker)
{
	set_paused(loop, question, false);
	tell(question, asker);
}

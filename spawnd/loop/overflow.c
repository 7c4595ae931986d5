/* SPDX-License-Identifier: ISC */
/*
 * Refusing, deferring, queueing. A service that defers or has a queue is in the loop's list of
 * those to be looked at when a connection has ended or a rate has room again; no other costs
 * anything.
 */
#include "loop/overflow.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "loop/acceptor.h"
#include "loop/connection.h"
#include "loop/ending.h"
#include "loop/entrance.h"
#include "loop/loop.h"

#include <string.h>
#include <sys/socket.h>

#define RETRY_MIN_NS CLOCK_MILLISECOND_NS

static void wait_for_room(struct service *service, const struct verdict *verdict, int64_t now_ns)
{
	struct loop *loop = service->generation->loop;
	int64_t wait_ns = verdict->until_ns - now_ns;

	if (list_empty(&service->in_overflowing))
		list_append(&loop->overflowing, &service->in_overflowing);
	if (verdict->until_ns == 0)
		return; /* an end will tell */
	if (wait_ns < RETRY_MIN_NS)
		wait_ns = RETRY_MIN_NS;
	ev_timer_stop(loop->ev, &service->retry);
	ev_now_update(loop->ev);
	ev_timer_set(&service->retry, (double)wait_ns / CLOCK_SECOND_NS, 0.);
	ev_timer_start(loop->ev, &service->retry);
}

static void retry_over(struct ev_loop *ev, ev_timer *timer, int events)
{
	container_of(timer, struct service, retry)->generation->loop->place_freed = true;
}

void overflow_init(struct service *service)
{
	list_init(&service->in_overflowing);
	list_init(&service->queue);
	ev_init(&service->retry, retry_over);
}

bool overflow_defers(const struct service *service, const struct verdict *verdict)
{
	if (verdict->code == VERDICT_ADMITTED || verdict_is_of_source(verdict->code))
		return false;
	/* A host under pressure is not helped by accepting and refusing. */
	return verdict->code == VERDICT_PRESSURE ||
	       service->spec->admission.overflow == OVERFLOW_DEFER;
}

bool overflow_may_accept(struct service *service, int64_t now_ns)
{
	struct verdict verdict = entrance_ask_service(service, now_ns);
	uint32_t suppressed;

	if (!overflow_defers(service, &verdict))
		return true;
	service->deferred = true;
	service->tally->counters.deferred++;
	acceptor_suspend(service);
	wait_for_room(service, &verdict, now_ns);
	if (log_allow(&service->tally->deferrals, 1, 10 * CLOCK_SECOND_NS, &suppressed))
		log_event(LOG_LEVEL_NOTICE, "accept-deferred",
			  "service=%s reason=%s live=%u limit=%u suppressed=%u",
			  service->spec->name, verdict_name(verdict.code), verdict.live,
			  verdict.limit, suppressed);
	return false;
}

void overflow_dismiss(const struct service *service, int *fd, enum verdict_code code)
{
	const struct admission_spec *spec = &service->spec->admission;
	struct linger at_once = { 1, 0 };

	if (spec->overflow == OVERFLOW_RESET) {
		/* socket(7): the close sends RST. It takes nothing of either end's memory after. */
		setsockopt(*fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	} else {
		/* One who is denied by address is told nothing. */
		if (spec->overflow_message && code != VERDICT_DENIED)
			(void)!send(*fd, spec->overflow_message, strlen(spec->overflow_message),
				    MSG_DONTWAIT | MSG_NOSIGNAL);
		peer_dismiss(*fd);
	}
	fd_close(fd);
}

static bool enqueue(struct acceptor *acceptor, const struct peer *peer, int fd,
		    const struct verdict *verdict, int64_t now_ns)
{
	struct service *service = acceptor->service;

	if (service->tally->queued >= service->spec->admission.queue_max ||
	    !connection_queue(service, acceptor, peer, fd, now_ns))
		return false;
	wait_for_room(service, verdict, now_ns);
	return true;
}

void overflow_take(struct acceptor *acceptor, const struct peer *peer, int fd,
		   const struct verdict *verdict, int64_t now_ns)
{
	struct service *service = acceptor->service;
	struct verdict given = *verdict;

	if (service->spec->admission.overflow == OVERFLOW_QUEUE &&
	    !verdict_is_of_source(verdict->code)) {
		if (enqueue(acceptor, peer, fd, verdict, now_ns))
			return;
		given = (struct verdict){ VERDICT_QUEUE_FULL, service->tally->queued,
					  service->spec->admission.queue_max, 0 };
	}
	ledger_refused(service->generation->loop, service, acceptor, peer, &given);
	overflow_dismiss(service, &fd, given.code);
}

void overflow_leave_queue(struct connection *connection)
{
	list_remove(&connection->waiting);
	connection->service->tally->queued--;
	connection->loop->queued--;
}

/* False: it still has to wait for something. */
static bool tend_queue(struct service *service, int64_t now_ns)
{
	while (!list_empty(&service->queue)) {
		struct verdict verdict = entrance_ask_service(service, now_ns);

		if (verdict.code != VERDICT_ADMITTED) {
			wait_for_room(service, &verdict, now_ns);
			return false;
		}
		connection_promote(container_of(service->queue.next, struct connection, waiting),
				   now_ns);
	}
	return true;
}

void overflow_serve_queues(const struct service *service, int64_t now_ns)
{
	struct loop *loop = service->generation->loop;

	if (service->tally->queued == 0)
		return;
	for (struct list *at = loop->overflowing.next; at != &loop->overflowing; at = at->next) {
		struct service *other = container_of(at, struct service, in_overflowing);

		if (other->tally == service->tally)
			tend_queue(other, now_ns);
	}
}

static bool tend_deferred(struct service *service, int64_t now_ns)
{
	struct verdict verdict;

	if (!service->deferred)
		return true;
	verdict = entrance_ask_service(service, now_ns);
	if (overflow_defers(service, &verdict)) {
		wait_for_room(service, &verdict, now_ns);
		return false;
	}
	service->deferred = false;
	acceptor_resume(service);
	return true;
}

void overflow_tend(struct loop *loop)
{
	struct list *next;
	int64_t now_ns;

	if (!loop->place_freed || list_empty(&loop->overflowing))
		return;
	loop->place_freed = false;
	now_ns = clock_now_ns();
	for (struct list *at = loop->overflowing.next; at != &loop->overflowing; at = next) {
		struct service *service = container_of(at, struct service, in_overflowing);

		next = at->next;
		if (tend_queue(service, now_ns) && tend_deferred(service, now_ns))
			list_remove(at);
	}
}

void overflow_stop(struct service *service)
{
	service->deferred = false;
	if (list_empty(&service->queue)) {
		ev_timer_stop(service->generation->loop->ev, &service->retry);
		list_remove(&service->in_overflowing);
	}
}

/* SPDX-License-Identifier: ISC */
/*
 * The loop's view of a service's containers. Run regime; allocates when the service is made only.
 */
#include "loop/pool.h"

#include "base/clock.h"
#include "base/fd.h"
#include "loop/connection.h"
#include "loop/link.h"
#include "loop/loop.h"
#include "loop/service.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

static uint32_t capacity(const struct service *service)
{
	return spec_containers_max(service->spec);
}

int pool_init(struct service *service)
{
	list_init(&service->parked);
	service->places = calloc(capacity(service), sizeof(*service->places));
	if (!service->places)
		return -ENOMEM;
	for (uint32_t i = 0; i < capacity(service); i++) {
		list_init(&service->places[i].parked);
		service->places[i].channel = service->places[i].log = -1;
		service->places[i].ends[0] = service->places[i].ends[1] = -1;
	}
	return 0;
}

static void forget(struct service *service, struct pool_place *place)
{
	if (!list_empty(&place->parked)) {
		list_remove(&place->parked);
		service->parked_count--;
	}
	fd_close(&place->channel);
	fd_close(&place->log);
	fd_close_all(place->ends, 2);
}

void pool_free(struct service *service)
{
	for (uint32_t i = 0; service->places && i < capacity(service); i++)
		forget(service, &service->places[i]);
	free(service->places);
	service->places = NULL;
}

/* The channel, with StandardError=log its pipe, with a relay one descriptor or two. */
static unsigned int descriptors_of(const struct container_spec *spec)
{
	unsigned int count = spec->standard_error == STANDARD_ERROR_LOG ? 2 : 1;

	if (spec_relays(spec))
		count += spec->standard_input == STANDARD_INPUT_NULL ? 1 : 2;
	return count;
}

static bool is_complete(const struct service *service, const struct wire_message *message)
{
	unsigned int count = 0;

	while (count < WIRE_FDS_MAX && message->fds[count] >= 0)
		count++;
	return count == descriptors_of(&service->spec->container);
}

bool pool_park(struct service *service, struct wire_message *message)
{
	struct pool_place *place = message->slot.index < capacity(service)
					   ? &service->places[message->slot.index]
					   : NULL;
	const struct container_spec *spec = &service->spec->container;
	unsigned int next = 0;

	/* Its connection would never end. LINK_EXITED comes first, if the zygote is sane. */
	if (!place || place->connection || message->slot.generation == 0 ||
	    !is_complete(service, message)) {
		fd_close_all(message->fds, WIRE_FDS_MAX);
		return false;
	}
	forget(service, place);
	place->generation = message->slot.generation;
	place->pid = message->pid;
	place->channel = message->fds[next++];
	if (spec->standard_error == STANDARD_ERROR_LOG)
		place->log = message->fds[next++];
	for (unsigned int i = 0; spec_relays(spec) && i < 2; i++)
		place->ends[i] = message->fds[next++]; /* of a pair the second is -1 */
	place->warmth =
		message->number < WARMTH_LEVELS ? (enum warmth)message->number : WARMTH_READY;
	forecast_refill(&service->tally->forecast, message->when_ns, (int64_t)message->id);
	list_append(&service->parked, &place->parked);
	service->parked_count++;
	return true;
}

struct pool_place *pool_take(struct service *service)
{
	struct pool_place *place;

	if (list_empty(&service->parked))
		return NULL;
	place = container_of(service->parked.next, struct pool_place, parked);
	list_remove(&place->parked);
	service->parked_count--;
	return place;
}

void pool_drop(struct service *service, struct pool_place *place)
{
	forget(service, place); /* its generation stays: LINK_EXITED will name it */
}

void pool_dismiss(struct service *service, struct pool_place *place)
{
	struct wire_message message = { .slot = pool_slot(service, place), .number = SIGKILL };

	pool_drop(service, place);
	link_send(service, LINK_KILL, &message);
}

void pool_trim(struct service *service)
{
	struct pool_place *place;

	while (service->parked_count > pool_wanted(service) && (place = pool_take(service)))
		pool_dismiss(service, place);
}

struct pool_place *pool_find(struct service *service, const struct wire_slot *slot)
{
	struct pool_place *place;

	if (slot->index >= capacity(service))
		return NULL;
	place = &service->places[slot->index];
	return place->generation == slot->generation ? place : NULL;
}

struct wire_slot pool_slot(const struct service *service, const struct pool_place *place)
{
	return (struct wire_slot){ (uint32_t)(place - service->places), place->generation };
}

/* What the forecast says, between WarmMin= and WarmMax=, and not more than fits WarmMemoryMax=. */
static uint32_t pool_depth(const struct service *service)
{
	const struct service_spec *spec = service->spec;
	const struct forecast *forecast = &service->tally->forecast;
	uint32_t depth = forecast_depth(forecast);

	if (spec->warmth == WARMTH_NONE)
		return 0;
	if (forecast->bytes_each > 0 &&
	    depth > spec->warm_memory_bytes / (uint64_t)forecast->bytes_each)
		depth = (uint32_t)(spec->warm_memory_bytes / (uint64_t)forecast->bytes_each);
	if (depth > spec->warm_max)
		depth = spec->warm_max;
	return depth < spec->warm_min ? spec->warm_min : depth;
}

/*
 * The pool's depth and one for each connection that waits: a service without a pool is one of depth
 * 0. While the service is being staged one container is made in any case, as proof that it can be.
 */
uint32_t pool_wanted(const struct service *service)
{
	uint32_t depth = pool_depth(service);

	if (service->generation->state == GENERATION_STAGED && depth == 0)
		depth = 1;
	if (service->generation->state == GENERATION_DRAINING)
		depth = 0;
	return depth + service->waiting_count;
}

void pool_want(struct service *service)
{
	struct wire_message message = { .number = pool_wanted(service),
					.waiting = service->waiting_count };

	if (service->wanted == message.number)
		return;
	service->wanted = (uint32_t)message.number;
	link_send(service, LINK_WANT, &message);
}

/* The past fades, and pools with it. Once a second, as long as there is one. */
static void fade(struct ev_loop *ev, ev_timer *timer, int events)
{
	struct loop *loop = container_of(timer, struct loop, fade);
	struct generation *serving = loop->serving;
	int64_t now = clock_now_ns();
	bool more = false;

	for (size_t i = 0; serving && i < serving->config.service_count; i++) {
		struct service *service = &serving->services[i];
		struct forecast *forecast = &service->tally->forecast;

		if (forecast->rate == 0 && forecast->surge == 0)
			continue;
		more = true;
		forecast_pass(forecast, now);
		pool_want(service);
		pool_trim(service);
	}
	if (!more)
		ev_timer_stop(ev, timer);
}

void pool_init_fading(struct loop *loop)
{
	ev_init(&loop->fade, fade);
	loop->fade.repeat = 1.;
}

void pool_arrival(struct service *service, int64_t now_ns)
{
	struct loop *loop = service->generation->loop;

	forecast_arrival(&service->tally->forecast, now_ns, service->parked_count == 0,
			 pool_depth(service));
	if (!ev_is_active(&loop->fade))
		ev_timer_again(loop->ev, &loop->fade);
}

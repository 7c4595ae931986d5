/* SPDX-License-Identifier: ISC */
/*
 * Generations and their services in the loop: staged, committed, drained, freed. Run regime: a
 * generation that cannot be staged is refused, and the one that serves goes on.
 */
#include "loop/service.h"

#include "base/clock.h"
#include "base/log.h"
#include "loop/acceptor.h"
#include "loop/connection.h"
#include "loop/counts.h"
#include "loop/entrance.h"
#include "loop/greeting.h"
#include "loop/link.h"
#include "loop/loop.h"
#include "loop/overflow.h"
#include "loop/pool.h"
#include "loop/relayed.h"
#include "loop/sources.h"
#include "process/descriptors.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TOLD_APART_NS CLOCK_SECOND_NS

uint64_t counters_refused(const struct counters *counters)
{
	uint64_t sum = 0;

	for (int code = 0; code < VERDICT_CODES; code++)
		sum += counters->refused[code];
	return sum;
}

static struct tally *tally_of(struct loop *loop, const char *name)
{
	struct tally *tally;

	for (struct list *at = loop->tallies.next; at != &loop->tallies; at = at->next) {
		tally = container_of(at, struct tally, in_loop);
		if (strcmp(tally->name, name) == 0)
			return tally;
	}
	tally = calloc(1, sizeof(*tally));
	if (!tally)
		return NULL;
	snprintf(tally->name, sizeof(tally->name), "%s", name);
	tally->number = loop->tally_count++;
	list_append(&loop->tallies, &tally->in_loop);
	return tally;
}

static int init_service(struct generation *generation, size_t index)
{
	struct service *service = &generation->services[index];

	service->spec = &generation->config.services[index];
	service->generation = generation;
	service->tally = tally_of(generation->loop, service->spec->name);
	list_init(&service->waiting);
	overflow_init(service);
	ev_io_set(&service->link, -1, EV_READ);
	ev_io_set(&service->relay, -1, EV_READ);
	for (unsigned int i = 0; i < SPEC_LISTENERS_MAX; i++)
		acceptor_init(service, i, -1);
	if (!service->tally || greeting_init(service) < 0)
		return -ENOMEM;
	return pool_init(service);
}

/* gcc 12's analyser does not see that a pointer into the chunk keeps it. */
#pragma GCC diagnostic push
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif
/*
 * Places for as many connections as it allows; they never move, for watchers are embedded in them.
 */
static int grow_connections(struct loop *loop, uint32_t wanted)
{
	uint32_t have = loop->slots.capacity, more = wanted - have;
	struct connection **table;
	struct connection_chunk *chunk;

	if (wanted <= have)
		return 0;
	chunk = calloc(1, sizeof(*chunk) + more * sizeof(chunk->connections[0]));
	table = chunk ? realloc(loop->connections, wanted * sizeof(struct connection *)) : NULL;
	if (!table) {
		free(chunk);
		return -ENOMEM;
	}
	loop->connections = table;
	chunk->next = loop->chunks;
	loop->chunks = chunk;
	for (uint32_t i = 0; i < more; i++)
		table[have + i] = &chunk->connections[i];
	if (slots_grow(&loop->slots, wanted) < 0)
		return -ENOMEM;
	return counts_grow(loop, wanted);
}
#pragma GCC diagnostic pop

/* A table of another shape than the one in use, for the commit to put in its place. */
static int prepare_sources(struct generation *generation)
{
	const struct daemon_spec *spec = &generation->config.daemon;
	const struct sources *now = generation->loop->sources;

	if (now && now->parts[0].capacity == spec->source_table_size &&
	    now->v4_bits == spec->source_v4_bits && now->v6_bits == spec->source_v6_bits)
		return 0;
	generation->sources =
		sources_new(spec->source_table_size, spec->source_v4_bits, spec->source_v6_bits);
	return generation->sources ? 0 : -ENOMEM;
}

/* The connections that live are counted anew; penalties and rates of the old table are forgotten */
static void use_sources(struct generation *generation)
{
	struct loop *loop = generation->loop;

	if (!generation->sources)
		return;
	for (uint32_t i = 0; i < loop->slots.capacity; i++) {
		struct connection *connection = loop->connections[i];

		if (!slots_in_use(&loop->slots, i) || !connection->source)
			continue;
		connection->source = NULL;
		entrance_recount(connection, generation->sources);
	}
	sources_free(loop->sources);
	loop->sources = generation->sources;
	generation->sources = NULL;
}

static void generation_free(struct generation *generation)
{
	for (size_t i = 0; generation->services && i < generation->config.service_count; i++) {
		struct service *service = &generation->services[i];

		if (!service->spec)
			continue;
		acceptor_close_all(service);
		overflow_stop(service);
		greeting_free(service);
		link_close(service);
		relayed_dismiss(service);
		relayed_close(service);
		pool_free(service);
	}
	free(generation->services);
	sources_free(generation->sources);
	config_free(&generation->config);
	list_remove(&generation->in_loop);
	free(generation);
}

static int parse(struct generation *generation, int fd, struct why *why)
{
	struct config_errors errors;
	struct snapshot snapshot;
	int error = snapshot_adopt(&snapshot, fd, why);

	if (error < 0)
		return error;
	config_errors_init(&errors);
	error = config_parse(&generation->config, &snapshot, NULL, &errors);
	config_errors_free(&errors);
	snapshot_close(&snapshot);
	if (error < 0)
		return why_set(why, error, "stage", "the snapshot does not parse");
	return descriptors_allow(0, config_descriptors(&generation->config), why);
}

static int fill(struct generation *generation, int fd, struct why *why)
{
	int error = parse(generation, fd, why);

	if (error < 0)
		return error;
	generation->services =
		calloc(generation->config.service_count + 1, sizeof(*generation->services));
	if (!generation->services)
		return why_set(why, -ENOMEM, "stage", "memory for services");
	for (size_t i = 0; i < generation->config.service_count && error == 0; i++)
		error = init_service(generation, i);
	if (error == 0)
		error = grow_connections(generation->loop, config_connections(&generation->config));
	if (error == 0)
		error = prepare_sources(generation);
	return error < 0 ? why_set(why, error, "stage", "memory for connections") : 0;
}

struct generation *generation_stage(struct loop *loop, uint32_t number, int fd, struct why *why)
{
	struct generation *generation = calloc(1, sizeof(*generation));

	if (!generation) {
		close(fd);
		why_set(why, -ENOMEM, "stage", "memory");
		return NULL;
	}
	generation->loop = loop;
	generation->number = number;
	generation->state = GENERATION_STAGED;
	list_append(&loop->generations, &generation->in_loop);
	if (fill(generation, fd, why) == 0)
		return generation;
	generation_free(generation);
	return NULL;
}

struct generation *generation_find(struct loop *loop, uint32_t number)
{
	for (struct list *at = loop->generations.next; at != &loop->generations; at = at->next) {
		struct generation *generation = container_of(at, struct generation, in_loop);

		if (generation->number == number)
			return generation;
	}
	return NULL;
}

struct service *generation_service(struct generation *generation, uint32_t index)
{
	return index < generation->config.service_count ? &generation->services[index] : NULL;
}

/*
 * A service that serves no longer: its waiting connections still get containers, then its zygote
 * may go.
 */
static void drain_service(struct service *service)
{
	struct wire_message drain = { 0 };

	pool_want(service);
	pool_trim(service);
	if (service->waiting_count > 0 || !list_empty(&service->queue) || greeting_waits(service) ||
	    service->drained)
		return;
	service->drained = true;
	link_send(service, LINK_DRAIN, &drain);
}

void generation_drain(struct generation *generation)
{
	generation->state = GENERATION_DRAINING;
	for (size_t i = 0; i < generation->config.service_count; i++) {
		acceptor_close_all(&generation->services[i]);
		overflow_stop(&generation->services[i]);
		drain_service(&generation->services[i]);
		relayed_drain(&generation->services[i]);
	}
}

static bool is_done(struct generation *generation)
{
	bool done = generation->live == 0;

	/* A zygote closes its link when it ends; until then it may have something to tell. */
	for (size_t i = 0; i < generation->config.service_count; i++) {
		drain_service(&generation->services[i]);
		/* Its last program has ended; what is still to go to a client may take longer. */
		if (generation->services[i].drained && generation->services[i].link.fd < 0)
			relayed_dismiss(&generation->services[i]);
		done = done && generation->services[i].link.fd < 0;
	}
	return done;
}

void generations_sweep(struct loop *loop)
{
	struct list *next;

	for (struct list *at = loop->generations.next; at != &loop->generations; at = next) {
		struct generation *generation = container_of(at, struct generation, in_loop);

		next = at->next;
		if (generation->state != GENERATION_DRAINING || !is_done(generation))
			continue;
		if (generation == loop->serving)
			loop->serving = NULL;
		generation_free(generation);
	}
}

void generation_commit(struct generation *generation)
{
	struct loop *loop = generation->loop;
	struct generation *old = loop->serving;

	loop->staged = NULL;
	loop->serving = generation;
	loop->place_freed = true; /* there may be more of them now */
	loop->live_limit = generation->config.daemon.max_connections;
	use_sources(generation);
	pressure_watch(loop);
	log_set_level(generation->config.daemon.log_level);
	generation->state = GENERATION_SERVING;
	for (size_t i = 0; i < generation->config.service_count; i++) {
		pool_want(&generation->services[i]);
		pool_trim(&generation->services[i]);
		acceptor_resume(&generation->services[i]);
	}
	if (old)
		generation_drain(old);
}

void generation_abort(struct generation *generation)
{
	generation->loop->staged = NULL;
	/* A loop that follows a dead one takes connections over before it serves. */
	if (generation->live > 0)
		generation_drain(generation);
	else
		generation_free(generation);
}

void service_tell_failure(const struct service *service, enum failure failure,
			  const struct why *why)
{
	struct wire_message message = { .generation = service->generation->number,
					.service = service->spec->index,
					.number = failure,
					.why = *why };

	loop_tell_warden(service->generation->loop, WARDEN_FAILED, &message);
}

void generation_check_ready(struct generation *generation)
{
	struct wire_message message = { .generation = generation->number };
	int64_t now_ns = clock_now_ns();

	if (generation->state != GENERATION_STAGED)
		return;
	for (size_t i = 0; i < generation->config.service_count; i++)
		if (!generation->services[i].ready || !relayed_ready(&generation->services[i]))
			message.waiting++;
	/*
	 * That it goes on is told now and then: the warden may be busy with the others' start. What
	 * is no news it ignores.
	 */
	if (message.waiting > 0 && now_ns < generation->told_ns + TOLD_APART_NS)
		return;
	generation->told_ns = now_ns;
	loop_tell_warden(generation->loop, WARDEN_READY, &message);
}

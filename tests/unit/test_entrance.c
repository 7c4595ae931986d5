/* SPDX-License-Identifier: ISC */
/*
 * loop/entrance, admission, sources and rate together, against a naive model over random sequences:
 * the model keeps a list of every connection and counts it anew each time.
 */
/* link: spawnd/loop/entrance.c spawnd/loop/sources.c spawnd/loop/admission.c */
#include "loop/entrance.h"

#include "base/clock.h"
#include "loop/connection.h"
#include "loop/loop.h"
#include "loop/sources.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SERVICES = 2, PLACES = 64, SOURCES = 12, STEPS = 60000 };

static unsigned int penalties_told;

enum pressure_kind pressure_above(const struct service *service)
{
	return PRESSURE_KINDS;
}

void ledger_penalty(struct service *service, const struct source *source,
		    const struct account *account)
{
	penalties_told++;
}

struct world {
	struct loop loop;
	struct generation generation;
	struct service_spec specs[SERVICES];
	struct service services[SERVICES];
	struct tally tallies[SERVICES];
	struct connection connections[PLACES];
	bool live[PLACES];
	int from[PLACES]; /* the source's number */
	int64_t now_ns;
};

static struct world world;

/* Sources 0..3 are IPv4, 4..7 two addresses of four IPv6 prefixes, 8.. users. */
static struct peer peer_of(int source)
{
	struct peer peer = { .address.length = 0 };
	struct sockaddr_in *in = (struct sockaddr_in *)&peer.address.storage;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&peer.address.storage;

	if (source < 4) {
		in->sin_family = AF_INET;
		in->sin_addr.s_addr = htonl(0x0a000001u + (uint32_t)source);
		if (rand() % 2) { /* the same by an IPv6 socket */
			memset(&peer, 0, sizeof(peer));
			in6->sin6_family = AF_INET6;
			in6->sin6_addr.s6_addr[10] = in6->sin6_addr.s6_addr[11] = 0xff;
			in6->sin6_addr.s6_addr[12] = 10;
			in6->sin6_addr.s6_addr[15] = (uint8_t)(source + 1);
		}
	} else if (source < 8) {
		in6->sin6_family = AF_INET6;
		in6->sin6_addr.s6_addr[0] = 0x20;
		in6->sin6_addr.s6_addr[7] = (uint8_t)source;
		in6->sin6_addr.s6_addr[15] = (uint8_t)rand(); /* anywhere in its /64 */
	} else {
		peer.address.storage.ss_family = AF_UNIX;
		peer.local.storage.ss_family = AF_UNIX;
		peer.uid = (uint32_t)source;
	}
	return peer;
}

static void make_world(uint32_t table_size)
{
	struct daemon_spec *daemon = &world.generation.config.daemon;

	if (world.loop.sources)
		sources_free(world.loop.sources);
	memset(&world, 0, sizeof(world));
	world.loop.sources = sources_new(table_size, 32, 64);
	assert_non_null(world.loop.sources);
	world.loop.live_limit = 30;
	world.generation.loop = &world.loop;
	daemon->source_overflow = SOURCE_OVERFLOW_DENY_NEW;
	world.now_ns = 1000 * CLOCK_SECOND_NS;
	for (uint32_t i = 0; i < SERVICES; i++) {
		world.specs[i].max_connections = 20;
		world.services[i].spec = &world.specs[i];
		world.services[i].tally = &world.tallies[i];
		world.services[i].generation = &world.generation;
		world.tallies[i].number = i;
	}
}

static struct verdict try(int service, int source)
{
	struct peer peer = peer_of(source);
	struct verdict verdict = entrance_ask(&world.services[service], &peer, world.now_ns);

	for (int i = 0; verdict.code == VERDICT_ADMITTED && i < PLACES; i++) {
		struct connection *connection = &world.connections[i];

		if (world.live[i])
			continue;
		*connection = (struct connection){ .loop = &world.loop,
						   .service = &world.services[service],
						   .account.peer = peer };
		world.live[i] = true;
		world.from[i] = source;
		entrance_enter(connection, world.now_ns);
		entrance_admit(&world.services[service], world.now_ns);
		world.tallies[service].live++;
		world.loop.live++;
		return verdict;
	}
	assert_int_not_equal(verdict.code, VERDICT_ADMITTED);
	entrance_refused(&world.services[service], &peer);
	return verdict;
}

static void end(int place, enum end_reason reason)
{
	struct connection *connection = &world.connections[place];

	connection->account.end = reason;
	connection->account.ended_ns = world.now_ns;
	entrance_leave(connection);
	connection->service->tally->live--;
	world.loop.live--;
	world.live[place] = false;
}

static int pick_live(void)
{
	int start = rand() % PLACES;

	for (int i = 0; i < PLACES; i++)
		if (world.live[(start + i) % PLACES])
			return (start + i) % PLACES;
	return -1;
}

/* ---- the model ----------------------------------------------------------------------------- */

struct bucket { /* in ns of refill: full at `interval`, a token is interval / burst */
	int64_t level, at;
};

static struct {
	struct bucket service[SERVICES], source[SERVICES][SOURCES];
	int64_t owed[SERVICES][SOURCES]; /* penalty: until when */
	bool enforced[SERVICES][SOURCES];
} model;

static bool bucket_has(struct bucket *bucket, const struct rate_spec *rate, bool take)
{
	int64_t token = rate->burst ? rate->interval_ns / rate->burst : 0;

	if (!rate->burst)
		return true;
	bucket->level += world.now_ns - bucket->at;
	bucket->at = world.now_ns;
	if (bucket->level > rate->interval_ns)
		bucket->level = rate->interval_ns;
	if (bucket->level < token)
		return false;
	if (take)
		bucket->level -= token;
	return true;
}

static uint32_t count(int service, int source)
{
	uint32_t live = 0;

	for (int i = 0; i < PLACES; i++)
		live += world.live[i] &&
			(service < 0 || world.connections[i].service == &world.services[service]) &&
			(source < 0 || world.from[i] == source);
	return live;
}

static enum verdict_code model_verdict(int service, int source)
{
	const struct admission_spec *spec = &world.specs[service].admission;

	if (world.specs[service].admission.deny.count > 0 && source < 4 && source != 2)
		return VERDICT_DENIED;
	if (model.enforced[service][source] && model.owed[service][source] > world.now_ns)
		return VERDICT_PENALTY;
	if (spec->max_per_source && count(service, source) >= spec->max_per_source)
		return VERDICT_SOURCE_FULL;
	if (!bucket_has(&model.source[service][source], &spec->source_rate, false))
		return VERDICT_SOURCE_RATE;
	if (count(service, -1) >= world.specs[service].max_connections)
		return VERDICT_SERVICE_FULL;
	if (count(-1, -1) >= world.loop.live_limit)
		return VERDICT_DAEMON_FULL;
	if (!bucket_has(&model.service[service], &spec->rate, true))
		return VERDICT_SERVICE_RATE;
	bucket_has(&model.source[service][source], &spec->source_rate, true);
	return VERDICT_ADMITTED;
}

static void model_end(int service, int source, enum end_reason reason)
{
	const struct penalty_spec *spec = &world.specs[service].admission.penalties;
	int64_t add = reason == END_SIGNAL    ? spec->crash_ns
		      : reason == END_TIMEOUT ? spec->limit_ns
					      : 0;
	int64_t *owed = &model.owed[service][source];

	if (!add)
		return;
	if (*owed <= world.now_ns) {
		*owed = world.now_ns;
		model.enforced[service][source] = false;
	}
	*owed += add;
	if (*owed > world.now_ns + spec->max_ns)
		*owed = world.now_ns + spec->max_ns;
	if (*owed - world.now_ns >= spec->min_ns)
		model.enforced[service][source] = true;
}

static struct network denied[] = { { 4, 24, { 10 } } }, allowed[] = { { 4, 32, { 10, 0, 0, 3 } } };

static void configure(void)
{
	for (int i = 0; i < SERVICES; i++) {
		struct admission_spec *spec = &world.specs[i].admission;

		/* 10.0.0.0/24 is denied, but for source 2, which is 10.0.0.3 */
		spec->deny = (struct network_set){ denied, rand() % 3 == 0 };
		spec->allow = (struct network_set){ allowed, 1 };
		spec->max_per_source = rand() % 3 ? (unsigned int)rand() % 6 + 1 : 0;
		spec->rate = (struct rate_spec){ 6 * CLOCK_SECOND_NS,
						 rand() % 2 ? 10u << rand() % 3 : 0 };
		spec->source_rate = (struct rate_spec){ 8 * CLOCK_SECOND_NS,
							rand() % 2 ? 4u << rand() % 2 : 0 };
		spec->penalties = (struct penalty_spec){
			.crash_ns = 2 * CLOCK_SECOND_NS,
			.limit_ns = rand() % 2 * CLOCK_SECOND_NS,
			.min_ns = 3 * CLOCK_SECOND_NS,
			.max_ns = 9 * CLOCK_SECOND_NS,
		};
	}
	memset(&model, 0, sizeof(model));
}

static void agrees_with_the_model(void **state)
{
	static const enum end_reason ends[] = { END_EXIT, END_EXIT, END_SIGNAL, END_TIMEOUT };
	uint64_t seen[VERDICT_CODES] = { 0 };

	srand(11);
	for (int step = 0; step < STEPS; step++) {
		int service = rand() % SERVICES, source = rand() % SOURCES;

		if (step % 3000 == 0) {
			make_world(64);
			configure();
		}
		if (rand() % 4 == 0)
			world.now_ns += rand() % 700 * CLOCK_MILLISECOND_NS;
		for (int i = rand() % 20 ? 0 : 8; i > 0; i--) { /* a burst from one source */
			enum verdict_code wanted = model_verdict(service, source);

			assert_int_equal(try(service, source).code, wanted);
		}
		if (rand() % 3) {
			enum verdict_code wanted = model_verdict(service, source);

			assert_int_equal(try(service, source).code, wanted);
			seen[wanted]++;
		} else {
			int place = pick_live();
			enum end_reason reason = ends[rand() % 4];

			if (place < 0)
				continue;
			service = (int)(world.connections[place].service - world.services);
			model_end(service, world.from[place], reason);
			end(place, reason);
		}
		for (int i = 0; i < SERVICES; i++) /* never one more */
			assert_true(count(i, -1) <= world.specs[i].max_connections);
		assert_true(count(-1, -1) <= world.loop.live_limit);
	}
	for (int code = 0; code < VERDICT_CODES; code++)
		if (code != VERDICT_TABLE_FULL && code < VERDICT_QUEUE_FULL &&
		    code != VERDICT_PRESSURE &&
		    (code == VERDICT_ADMITTED || code >= VERDICT_DENIED))
			assert_true(seen[code] > 0);
	assert_true(penalties_told > 0);
}

/* Whatever one source does, the others get what their limits allow. */
static void a_flood_from_one_refuses_no_other(void **state)
{
	srand(5);
	make_world(64);
	world.specs[0].admission.max_per_source = 5;
	world.specs[0].admission.source_rate = (struct rate_spec){ CLOCK_SECOND_NS, 10 };
	world.specs[0].admission.rate = (struct rate_spec){ CLOCK_SECOND_NS, 40 };
	for (int round = 0; round < 2000; round++) {
		int other = rand() % 7 + 1, refused = 0;

		world.now_ns += CLOCK_SECOND_NS / 4;
		for (int i = 0; i < 50; i++)
			refused += try(0, 0).code != VERDICT_ADMITTED;
		assert_true(refused >= 45);
		assert_int_equal(try(0, other).code, VERDICT_ADMITTED);
		for (int i = 0; i < PLACES; i++)
			if (world.live[i])
				end(i, END_EXIT);
	}
}

/* A table of 16 places, thousands of sources: the idle go, the live and the penalised stay. */
static void the_table_keeps_what_matters(void **state)
{
	struct sources *sources = sources_new(16, 32, 64);
	struct penalty_spec penalties = { .min_ns = 1, .max_ns = CLOCK_SECOND_NS };
	struct source *held[8], *punished;
	struct source_key key = { .network = { 4, 32, { 10 } } };
	int64_t now_ns = CLOCK_SECOND_NS;
	uint64_t at = 0;
	int walked = 0;

	for (uint32_t i = 0; i < 8; i++) {
		key.id = i;
		held[i] = sources_enter(sources, &key, now_ns);
	}
	key.id = 8;
	punished = sources_enter(sources, &key, now_ns);
	assert_true(source_punish(punished, &penalties, CLOCK_SECOND_NS, now_ns));
	sources_leave(sources, punished, now_ns);
	for (uint32_t i = 100; i < 5000; i++) {
		key.id = i;
		sources_leave(sources, sources_enter(sources, &key, now_ns), now_ns);
	}
	for (uint32_t i = 0; i < 8; i++) {
		key.id = i;
		assert_ptr_equal(sources_find(sources, &key), held[i]);
	}
	key.id = 8;
	assert_ptr_equal(sources_find(sources, &key), punished);
	for (uint32_t i = 4993; i < 5000; i++) { /* the seven that came last */
		key.id = i;
		assert_non_null(sources_enter(sources, &key, now_ns));
	}
	key.id = 6000; /* all live, one penalised: full, until the penalty is over */
	assert_false(sources_have_room(sources, &key, now_ns));
	assert_null(sources_enter(sources, &key, now_ns));
	now_ns += CLOCK_SECOND_NS;
	assert_true(sources_have_room(sources, &key, now_ns));
	assert_non_null(sources_enter(sources, &key, now_ns));
	key.network.family = 6; /* the other parts are untouched */
	assert_true(sources_have_room(sources, &key, now_ns));
	while (sources_next(sources, &at))
		walked++;
	assert_int_equal(walked, 16);
	sources_free(sources);
}

static void a_full_table_denies_or_lets_in(void **state)
{
	make_world(1);
	assert_int_equal(try(0, 0).code, VERDICT_ADMITTED);
	assert_int_equal(try(0, 1).code, VERDICT_ADMITTED); /* nothing limits sources: no need */
	world.specs[0].admission.max_per_source = 1;
	assert_int_equal(try(0, 2).code, VERDICT_TABLE_FULL);
	assert_int_equal(try(0, 5).code, VERDICT_ADMITTED); /* IPv6 has its own part */
	world.generation.config.daemon.source_overflow = SOURCE_OVERFLOW_PERMISSIVE;
	assert_int_equal(try(0, 2).code, VERDICT_ADMITTED);
	end(0, END_EXIT);
	world.generation.config.daemon.source_overflow = SOURCE_OVERFLOW_DENY_NEW;
	assert_int_equal(try(0, 3).code, VERDICT_ADMITTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_model),
		cmocka_unit_test(a_flood_from_one_refuses_no_other),
		cmocka_unit_test(the_table_keeps_what_matters),
		cmocka_unit_test(a_full_table_denies_or_lets_in),
	};

	return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * What admission costs: nanoseconds of processor time for each client that is asked about, admitted
 * or refused, while the table of sources is full: admission [TABLE_SIZE]. The loop's own code,
 * without the loop; no system call but clock_gettime(2) around all of it.
 */
#include "loop/entrance.h"

#include "base/clock.h"
#include "loop/connection.h"
#include "loop/loop.h"
#include "loop/sources.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 2000000
#define DENIED 10000 /* networks of IPAddressDeny= */

static struct loop loop;
static struct generation generation;
static struct service_spec spec;
static struct tally tally;
static struct service service;
static struct peer *peers;

enum pressure_kind pressure_above(const struct service *of)
{
	return PRESSURE_KINDS;
}

void ledger_penalty(struct service *of, const struct source *source, const struct account *account)
{
}

static struct peer peer_of(uint32_t number, bool v6)
{
	struct peer peer = { .address.length = 0 };
	struct sockaddr_in *in = (struct sockaddr_in *)&peer.address.storage;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&peer.address.storage;

	number *= 2654435761u; /* apart from one another */
	if (v6) {
		in6->sin6_family = AF_INET6;
		in6->sin6_addr.s6_addr[0] = 0x20;
		memcpy(&in6->sin6_addr.s6_addr[4], &number, sizeof(number));
		peer.address.length = sizeof(*in6);
	} else {
		in->sin_family = AF_INET;
		in->sin_addr.s_addr = number;
		peer.address.length = sizeof(*in);
	}
	return peer;
}

static void make_world(uint32_t size)
{
	struct network *denied = calloc(DENIED, sizeof(*denied));

	loop.sources = sources_new(size, 32, 64);
	peers = calloc(2 * size, sizeof(*peers));
	if (!loop.sources || !peers || !denied)
		abort();
	loop.live_limit = UINT32_MAX;
	generation.loop = &loop;
	generation.config.daemon.source_overflow = SOURCE_OVERFLOW_DENY_NEW;
	spec.max_connections = UINT32_MAX;
	spec.admission.max_per_source = 4;
	spec.admission.source_rate = (struct rate_spec){ CLOCK_SECOND_NS, 1000000000 };
	spec.admission.penalties.crash_ns = CLOCK_SECOND_NS;
	for (int i = 0; i < DENIED; i++) /* 240.0.0.0/4: nobody here */
		denied[i] = (struct network){ 4, 24, { 240, (uint8_t)(i >> 8), (uint8_t)i } };
	spec.admission.deny = (struct network_set){ denied, DENIED };
	network_set_seal(&spec.admission.deny);
	service = (struct service){ .spec = &spec, .generation = &generation, .tally = &tally };
}

/* The half of the peers has a live connection each, and so the table is full. */
static void fill(uint32_t size, bool v6)
{
	for (uint32_t i = 0; i < 2 * size; i++)
		peers[i] = peer_of(i, v6);
	for (uint32_t i = 0; i < size; i++) {
		struct source_key key = sources_key(loop.sources, &peers[i], 0);

		if (!sources_enter(loop.sources, &key, clock_now_ns()))
			abort();
	}
}

/* One that is let in, and leaves; one that is not. */
static void turn(const struct peer *peer, int64_t now_ns, uint64_t *admitted)
{
	struct connection connection;
	struct verdict verdict = entrance_ask(&service, peer, now_ns);

	if (verdict.code != VERDICT_ADMITTED) {
		entrance_refused(&service, peer);
		return;
	}
	connection.loop = &loop;
	connection.service = &service;
	connection.account = (struct account){ .peer = *peer, .ended_ns = now_ns };
	entrance_enter(&connection, now_ns);
	entrance_admit(&service, now_ns);
	entrance_leave(&connection);
	++*admitted;
}

/* Of this process: what else the machine does counts as little as can be. */
static int64_t processor_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * CLOCK_SECOND_NS + now.tv_nsec;
}

static void measure(const char *what, uint32_t first, uint32_t count)
{
	int64_t now = clock_now_ns(), start = processor_ns(), took;
	uint64_t admitted = 0;
	uint32_t at = 0;

	for (int i = 0; i < ROUNDS; i++) {
		at = (at + 40503u) % count; /* no two of one line of the cache */
		turn(&peers[first + at], now, &admitted);
	}
	took = processor_ns() - start;
	printf("%-44s %6.0f ns, %3.0f %% admitted\n", what, (double)took / ROUNDS,
	       (double)admitted * 100 / ROUNDS);
}

int main(int argc, char **argv)
{
	uint32_t size = argc > 1 ? (uint32_t)atoi(argv[1]) : 16384;

	make_world(size);
	printf("table of %u sources, full; %d networks denied; %d clients each\n", size, DENIED,
	       ROUNDS);
	fill(size, false);
	measure("IPv4, its source is in the table", 0, size);
	measure("IPv4, its source finds no place", size, size);
	fill(size, true);
	measure("IPv6, its source is in the table", 0, size);
	measure("IPv6, its source finds no place", size, size);
	generation.config.daemon.source_overflow = SOURCE_OVERFLOW_PERMISSIVE;
	measure("IPv6, none, SourceOverflow=permissive", size, size);
	return 0;
}

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_LOOP_SOURCES_H
#define SPAWND_LOOP_SOURCES_H

/*
 * Where connections come from: one entry for each service and source. A source is a network (the
 * client's address with SourcePrefixIPv4= or SourcePrefixIPv6= bits) or, over AF_UNIX, a user. The
 * table has a fixed size, in three parts, so that one kind of address never pushes out another; its
 * hash has a secret. An entry is made when a connection is admitted, never by one that is refused.
 * Run regime; allocates when it is made only.
 */
#include "base/list.h"
#include "base/siphash.h"
#include "config/spec.h"
#include "net/network.h"
#include "net/peer.h"

#include <stdbool.h>
#include <stdint.h>

struct source_key {
	struct network network; /* family 0: AF_UNIX */
	uint16_t zero;		/* no padding: the bytes are hashed and compared */
	uint32_t id;		/* the scope of a link-local address, or the user */
	uint32_t service;	/* tally->number */
};

struct source {
	struct list in_order; /* of idle ones, by the time since they are; live ones are alone */
	struct source_key key;
	uint32_t next; /* in its bucket: place + 1, 0 ends */
	uint32_t live;
	int64_t bucket_full_ns;				 /* SourceRateLimit*=: rate.h */
	int64_t penalty_ns;				 /* when what it has incurred is over */
	bool penalised;					 /* it came to the least that is enforced */
	uint64_t accepted, refused, bytes_in, bytes_out; /* totals since the entry was made */
};

enum source_part { SOURCE_V4, SOURCE_V6, SOURCE_UNIX, SOURCE_PARTS };

struct source_table {
	struct source *places;
	uint32_t *buckets; /* first place + 1 */
	uint32_t capacity, used, mask;
	struct list idle, penalised; /* oldest first */
};

struct sources {
	struct source_table parts[SOURCE_PARTS];
	unsigned int v4_bits, v6_bits;
	uint8_t secret[SIPHASH_KEY_SIZE];
};

/* size: entries of each part. NULL: no memory, or no randomness. */
struct sources *sources_new(uint32_t size, unsigned int v4_bits, unsigned int v6_bits);
void sources_free(struct sources *sources);

struct source_key sources_key(const struct sources *sources, const struct peer *peer,
			      uint32_t service);

/* The entry, or NULL: there is none. */
struct source *sources_find(struct sources *sources, const struct source_key *key);

/*
 * Counts a connection, with a new entry if there is none; of idle entries without a penalty the
 * oldest gives up its place. NULL: all entries are live or under a penalty.
 */
struct source *sources_enter(struct sources *sources, const struct source_key *key, int64_t now_ns);

/* Whether sources_enter() would find a place. */
bool sources_have_room(struct sources *sources, const struct source_key *key, int64_t now_ns);

/* An idle source has incurred something: it is kept. */
void sources_keep(struct sources *sources, struct source *source, int64_t now_ns);

/* The connection has ended. source: what sources_enter() returned, NULL too. */
void sources_leave(struct sources *sources, struct source *source, int64_t now_ns);

/*
 * Adds to what the source has incurred, up to the greatest; from the least on it is enforced until
 * it is over. True: it is enforced from now on and was not before.
 */
bool source_punish(struct source *source, const struct penalty_spec *spec, int64_t add_ns,
		   int64_t now_ns);

/* Until when it is refused; 0: it is not. */
int64_t source_penalty_until(const struct source *source, int64_t now_ns);

/* "192.0.2.7", "2001:db8::/64", "fe80::/64%2", "uid:1000". Returns text. */
const char *source_key_text(const struct source_key *key, char text[NETWORK_TEXT_SIZE]);

/* Walks the entries, for whoever reports on them: NULL ends. at: 0 first, then left alone. */
const struct source *sources_next(const struct sources *sources, uint64_t *at);

#endif

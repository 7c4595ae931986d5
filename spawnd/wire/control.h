/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_WIRE_CONTROL_H
#define SPAWND_WIRE_CONTROL_H

/*
 * What spawnctl may ask of the loop, and how it answers. AF_UNIX SOCK_SEQPACKET: one request of one
 * fixed-size struct for each connection; the answer is packets of records, each a head and a body
 * of a fixed size, and ends with CONTROL_END: without it, it was cut short. The loop formats
 * nothing: numbers and names go out as they are, and spawnctl makes tables, JSON or metrics of
 * them. So the two must be of one version; CONTROL_MAGIC changes with the layout.
 */
#include "net/peer.h"

#include <stdint.h>

#define CONTROL_MAGIC 0x73706432u /* "spd2" */
#define CONTROL_PACKET 16384
#define CONTROL_NAME_SIZE 40
#define CONTROL_WORD_SIZE 24
#define CONTROL_TEXT_SIZE 168
#define CONTROL_BUCKETS_MAX 16
#define CONTROL_STATUS_SECONDS 5 /* between two writings of StatusFile= */

enum control_verb {
	CONTROL_STATUS,	 /* DAEMON; of each service SERVICE, COUNT, HISTOGRAM */
	CONTROL_LIST,	 /* CONNECTION */
	CONTROL_SHOW,	 /* id: CONNECTION */
	CONTROL_KILL,	 /* id, or service: END has the number */
	CONTROL_PAUSE,	 /* service, or "" for all */
	CONTROL_RESUME,	 /* the same */
	CONTROL_DRAIN,	 /* as PAUSE: that nobody is left is for the asker to find out */
	CONTROL_RELOAD,	 /* END comes when it is decided, with the errors as a descriptor */
	CONTROL_EXPLAIN, /* client, and service or "": VERDICT */
	CONTROL_VERBS
};

struct control_request {
	uint32_t magic;
	uint32_t verb; /* enum control_verb */
	uint64_t id;   /* of a connection; 0: none is named */
	char service[CONTROL_NAME_SIZE];
	struct peer client; /* address, or uid */
};

enum control_type {
	CONTROL_END,
	CONTROL_DAEMON,
	CONTROL_SERVICE,
	CONTROL_COUNT,
	CONTROL_HISTOGRAM,
	CONTROL_CONNECTION,
	CONTROL_VERDICT,
	CONTROL_TYPES
};

struct control_head {
	uint32_t magic;
	uint16_t type; /* enum control_type */
	uint16_t size; /* of the body that follows */
};

struct control_end {
	int32_t code; /* 0 or negative errno: the text says why */
	uint32_t reserved;
	uint64_t number; /* connections, services: whatever the verb has touched */
	char text[CONTROL_TEXT_SIZE];
};

struct control_counters {
	/* accepted = served + refused + aborted + live */
	uint64_t accepted, served, refused, aborted, live;
	uint64_t queued; /* of the live ones: without a place yet */
	uint64_t bytes_in, bytes_out, deferred;
};

struct control_daemon {
	char version[CONTROL_WORD_SIZE];
	int64_t wall_ns, uptime_ns;
	uint64_t generation, live_limit, accounting_lost;
	struct control_counters counters; /* of all services */
};

struct control_service {
	char name[CONTROL_NAME_SIZE];
	char warmth[CONTROL_WORD_SIZE]; /* in force */
	uint32_t configured, paused, deferred;
	uint32_t parked, waiting, limit; /* limit: MaxConnections= */
	struct control_counters counters;
};

/* One of a family of counters of the service before it: "refused" "denied", "ended" "exit". */
struct control_count {
	char family[CONTROL_WORD_SIZE], reason[CONTROL_WORD_SIZE];
	uint64_t count;
};

/* Of the service before it. Bucket i: at most bound i; the last one has no bound. */
struct control_histogram {
	char name[CONTROL_WORD_SIZE]; /* "queue", "spawn", "wall" */
	uint32_t bounds, reserved;    /* how many bounds there are: one bucket more */
	uint64_t bound_us[CONTROL_BUCKETS_MAX - 1];
	uint64_t count[CONTROL_BUCKETS_MAX]; /* each by itself, not added up */
	uint64_t sum_us;
};

/* Times are 0 when it did not come so far. */
struct control_connection {
	uint64_t id;
	char service[CONTROL_NAME_SIZE], listener[CONTROL_TEXT_SIZE];
	char state[CONTROL_WORD_SIZE], warmth[CONTROL_WORD_SIZE];
	char ending[CONTROL_WORD_SIZE]; /* why it is being killed, or "" */
	char source[CONTROL_TEXT_SIZE]; /* what its client counts as, or "" */
	struct peer peer;
	uint64_t generation, stderr_bytes;
	uint64_t source_live; /* connections of its source to this service */
	int64_t accepted_wall_ns, age_ns, queue_ns, spawn_ns;
	int64_t deadline_ns;	   /* until the next timer; -1: none runs */
	int64_t client_left_ns;	   /* since the client closed or half-closed */
	int32_t pid;		   /* of its container's first process */
	uint32_t relayed, adopted; /* adopted: from a loop that died */
};

/* What a client from there would get at one listener. */
struct control_verdict {
	char service[CONTROL_NAME_SIZE], listener[CONTROL_TEXT_SIZE];
	char verdict[CONTROL_WORD_SIZE]; /* of admission, or "paused" */
	char outcome[CONTROL_WORD_SIZE]; /* "served", "waits", "queued", "refused", "reset" */
	char source[CONTROL_TEXT_SIZE];
	uint32_t live, limit;	       /* what was compared */
	int64_t wait_ns;	       /* until it may be another; 0: that depends on others */
	uint32_t source_live, proxied; /* proxied: if a trusted proxy says so */
};

union control_record {
	struct control_end end;
	struct control_daemon daemon;
	struct control_service service;
	struct control_count count;
	struct control_histogram histogram;
	struct control_connection connection;
	struct control_verdict verdict;
};

/* Of the body. 0: there is no such type. */
static inline uint16_t control_size(enum control_type type)
{
	static const uint16_t sizes[] = {
		[CONTROL_END] = sizeof(struct control_end),
		[CONTROL_DAEMON] = sizeof(struct control_daemon),
		[CONTROL_SERVICE] = sizeof(struct control_service),
		[CONTROL_COUNT] = sizeof(struct control_count),
		[CONTROL_HISTOGRAM] = sizeof(struct control_histogram),
		[CONTROL_CONNECTION] = sizeof(struct control_connection),
		[CONTROL_VERDICT] = sizeof(struct control_verdict),
	};

	return type < CONTROL_TYPES ? sizes[type] : 0;
}

#endif

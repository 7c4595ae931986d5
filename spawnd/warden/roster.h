/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_WARDEN_ROSTER_H
#define SPAWND_WARDEN_ROSTER_H

/*
 * The zygotes of one generation: started, linked to the loop, started again when they die. And the
 * id ranges, which belong to service names for the daemon's lifetime: two services never share one,
 * two generations of a service do.
 */
#include "base/list.h"
#include "config/config.h"
#include "warden/arena.h"
#include "warden/post.h"

struct roster {
	struct list in_all;
	uint32_t generation;
	struct snapshot snapshot;
	struct config config;
	struct post *posts;  /* one for each service, and behind them */
	struct post *relays; /* as many; only services with SocketSeal=relay have one: relays.h */
	bool draining;	     /* its zygotes end by themselves and are not replaced */
};

struct id_ranges {
	char names[SPEC_SERVICES_MAX]
		  [SPEC_NAME_MAX + 1]; /* names[k] has the range k + 1; range 0 is the daemon's */
	size_t count;
};

/* The first host id of the service's range; 0: all ranges are given away. */
uint32_t id_range_of(struct id_ranges *ranges, uint32_t id_base, const char *service);

/* Where the warden's children come from and go to. */
struct roster_context {
	int program; /* spawnd's own binary */
	int loop;    /* the channel to the loop; -1: none now */
	struct id_ranges *ranges;
	struct arena *arena;   /* for the self-tests */
	bool only_rehearse;    /* zygotes test, report and end: spawnd --selftest */
	struct groups *groups; /* NULL: none are used */
};

/* Takes snapshot and config (both emptied). NULL: memory. */
struct roster *roster_new(uint32_t generation, struct snapshot *snapshot, struct config *config);
void roster_free(struct roster *roster);

/* Starts the zygote of one service, and sends its link to the loop. 0 or -errno. */
int roster_start_one(struct roster *roster, size_t index, const struct roster_context *context,
		     struct why *why);

/*
 * Starts every zygote that has none and whose time has come, and sends its link to the loop. 0 or
 * the first -errno.
 */
int roster_start(struct roster *roster, const struct roster_context *context, struct why *why);

/*
 * To a loop that has just been started: new links to the zygotes and relays that live. 0, or
 * -ENOTCONN: the loop does not read.
 */
int roster_relink(struct roster *roster, const struct roster_context *context);

/* Its zygote or relay with that pid, or NULL. */
struct post *roster_find(const struct roster *roster, pid_t pid);

bool roster_empty(const struct roster *roster);		   /* no zygote lives, no relay */
int64_t roster_next_retry_ns(const struct roster *roster); /* CLOCK_NEVER_NS: nothing is due */

/* Closes the channels: each zygote kills its containers and ends, and so does each relay. */
void roster_dismiss(struct roster *roster);

#endif

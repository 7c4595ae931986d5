/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_LOOP_ADMISSION_H
#define SPAWND_LOOP_ADMISSION_H

/*
 * Whether a connection may have a container: one pure function, asked before anything is spent on
 * it. gate.h collects what it is asked about.
 */
#include "loop/rate.h"

#include <stdbool.h>
#include <stdint.h>

enum verdict_code {
	VERDICT_ADMITTED,
	/* of the source: it alone is refused, whatever Overflow= says */
	VERDICT_PROXY_UNTRUSTED, /* ProxyProtocolFrom=: before admission is asked */
	VERDICT_PROXY_HEADER,	 /* none, a wrong one, or too late */
	VERDICT_DENIED,		 /* IPAddressDeny= */
	VERDICT_PENALTY,	 /* SourcePenalties= */
	VERDICT_TABLE_FULL,	 /* SourceTableSize=, with SourceTableOverflow=deny-new */
	VERDICT_SOURCE_FULL,	 /* MaxConnectionsPerSource= */
	VERDICT_SOURCE_RATE,	 /* SourceRateLimitBurst= */
	/* of the service, from here on: the next one from anywhere would have the same */
	VERDICT_PRESSURE,     /* PauseOnPressure= */
	VERDICT_SERVICE_FULL, /* MaxConnections= of the service */
	VERDICT_DAEMON_FULL,  /* MaxConnections= of [spawnd] */
	VERDICT_SERVICE_RATE, /* RateLimitBurst= */
	/* with Overflow=queue, of those who have one of the four above; never admission's own */
	VERDICT_QUEUE_FULL,    /* QueueMax= */
	VERDICT_QUEUE_TIMEOUT, /* QueueTimeoutSec= */
	VERDICT_CODES
};

struct verdict {
	enum verdict_code code;
	uint32_t live, limit; /* what was compared; penalty: seconds that are left, 0 */
	int64_t until_ns;     /* monotonic: not before then; 0: it depends on others */
};

const char *verdict_name(enum verdict_code code); /* "service-full": in the log and the account */

/* True: it concerns one source, not the service. */
bool verdict_is_of_source(enum verdict_code code);

struct admission {
	uint32_t service_live, service_limit;
	uint32_t daemon_live, daemon_limit;
	uint32_t source_live, source_limit; /* limit 0: none */
	struct rate service_rate, source_rate;
	int64_t service_bucket_ns, source_bucket_ns; /* when they are full */
	int64_t penalty_until_ns;		     /* 0: none */
	bool denied;
	uint32_t pressure, pressure_limit; /* percent; limit 0: none is asked about */
	bool table_full; /* no entry can be made for this source, and it would need one */
	int64_t now_ns;
};

/* First what is the source's own, so that a flood from one source costs the others nothing. */
struct verdict admission_check(const struct admission *state);

/* The service's part alone: before a client is accepted, when nobody knows yet who it will be. */
struct verdict admission_check_service(const struct admission *state);

#endif

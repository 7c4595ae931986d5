/* SPDX-License-Identifier: ISC */
/* Admission: numbers in, verdict out. Loop; no state, no system call, nothing allocated. */
#include "loop/admission.h"

#include "base/clock.h"

static const char *const names[] = {
	[VERDICT_ADMITTED] = "admitted",	 [VERDICT_PROXY_UNTRUSTED] = "proxy-untrusted",
	[VERDICT_PROXY_HEADER] = "proxy-header", [VERDICT_DENIED] = "denied",
	[VERDICT_PENALTY] = "penalty",		 [VERDICT_TABLE_FULL] = "source-table-full",
	[VERDICT_SOURCE_FULL] = "source-full",	 [VERDICT_SOURCE_RATE] = "source-rate",
	[VERDICT_PRESSURE] = "pressure",	 [VERDICT_SERVICE_FULL] = "service-full",
	[VERDICT_DAEMON_FULL] = "daemon-full",	 [VERDICT_SERVICE_RATE] = "service-rate",
	[VERDICT_QUEUE_FULL] = "queue-full",	 [VERDICT_QUEUE_TIMEOUT] = "queue-timeout",
};
_Static_assert(sizeof(names) / sizeof(names[0]) == VERDICT_CODES, "a name for every verdict");

const char *verdict_name(enum verdict_code code)
{
	return names[code];
}

bool verdict_is_of_source(enum verdict_code code)
{
	return code > VERDICT_ADMITTED && code < VERDICT_PRESSURE;
}

/* How many of a burst are used up: what there would be in the bucket is not counted in tokens. */
static struct verdict rate_verdict(enum verdict_code code, const struct rate *rate,
				   int64_t bucket_ns)
{
	return (struct verdict){ code, rate->burst, rate->burst, rate_next_ns(rate, bucket_ns) };
}

static struct verdict check_source(const struct admission *state)
{
	int64_t left_ns = state->penalty_until_ns - state->now_ns;

	if (state->denied)
		return (struct verdict){ .code = VERDICT_DENIED };
	if (left_ns > 0)
		return (struct verdict){ VERDICT_PENALTY,
					 (uint32_t)((left_ns - 1) / CLOCK_SECOND_NS + 1), 0,
					 state->penalty_until_ns };
	if (state->table_full)
		return (struct verdict){ .code = VERDICT_TABLE_FULL };
	if (state->source_limit > 0 && state->source_live >= state->source_limit)
		return (struct verdict){ VERDICT_SOURCE_FULL, state->source_live,
					 state->source_limit, 0 };
	if (rate_next_ns(&state->source_rate, state->source_bucket_ns) > state->now_ns)
		return rate_verdict(VERDICT_SOURCE_RATE, &state->source_rate,
				    state->source_bucket_ns);
	return (struct verdict){ .code = VERDICT_ADMITTED };
}

struct verdict admission_check_service(const struct admission *state)
{
	if (state->pressure_limit > 0 && state->pressure >= state->pressure_limit)
		return (struct verdict){ VERDICT_PRESSURE, state->pressure, state->pressure_limit,
					 0 };
	if (state->service_live >= state->service_limit)
		return (struct verdict){ VERDICT_SERVICE_FULL, state->service_live,
					 state->service_limit, 0 };
	if (state->daemon_live >= state->daemon_limit)
		return (struct verdict){ VERDICT_DAEMON_FULL, state->daemon_live,
					 state->daemon_limit, 0 };
	if (rate_next_ns(&state->service_rate, state->service_bucket_ns) > state->now_ns)
		return rate_verdict(VERDICT_SERVICE_RATE, &state->service_rate,
				    state->service_bucket_ns);
	return (struct verdict){ VERDICT_ADMITTED, state->service_live, state->service_limit, 0 };
}

struct verdict admission_check(const struct admission *state)
{
	struct verdict verdict = check_source(state);

	return verdict.code == VERDICT_ADMITTED ? admission_check_service(state) : verdict;
}

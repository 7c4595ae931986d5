/* SPDX-License-Identifier: ISC */
/*
 * The entrance: live counts, buckets and sources into admission's numbers, and back. Loop; O(1), no
 * system call.
 */
#include "loop/entrance.h"

#include "loop/connection.h"
#include "loop/loop.h"
#include "loop/sources.h"

static struct rate rate_of(const struct rate_spec *spec)
{
	return (struct rate){ spec->interval_ns, spec->burst };
}

/*
 * The bucket may have been filled by the rate of an older generation. Once and for all: what is
 * bounded at each question anew moves on with the clock.
 */
static void bound(const struct service *service, const struct rate *rate, int64_t *bucket_full_ns,
		  int64_t now_ns)
{
	if (service->generation->state != GENERATION_DRAINING)
		*bucket_full_ns = rate_bound(rate, *bucket_full_ns, now_ns);
}

static bool limits_sources(const struct admission_spec *spec)
{
	const struct penalty_spec *penalties = &spec->penalties;

	return spec->max_per_source > 0 || spec->source_rate.burst > 0 || penalties->crash_ns > 0 ||
	       penalties->limit_ns > 0 || penalties->no_bytes_ns > 0;
}

/* The narrowest network that the client is in decides; who is in none may come. */
static bool is_denied(const struct admission_spec *spec, const struct address *address)
{
	int denied = network_set_match(&spec->deny, address);

	return denied >= 0 && denied > network_set_match(&spec->allow, address);
}

static void ask_source(struct admission *state, const struct service *service,
		       const struct peer *peer)
{
	const struct admission_spec *spec = &service->spec->admission;
	const struct daemon_spec *daemon = &service->generation->config.daemon;
	struct sources *sources = service->generation->loop->sources;
	struct source_key key = sources_key(sources, peer, service->tally->number);
	struct source *source = sources_find(sources, &key);

	state->denied = is_denied(spec, &peer->address);
	state->source_limit = spec->max_per_source;
	state->source_rate = rate_of(&spec->source_rate);
	if (source) {
		state->source_live = source->live;
		bound(service, &state->source_rate, &source->bucket_full_ns, state->now_ns);
		state->source_bucket_ns = source->bucket_full_ns;
		state->penalty_until_ns = source_penalty_until(source, state->now_ns);
		if (network_set_match(&spec->exempt, &peer->address) >= 0)
			state->penalty_until_ns = 0;
	} else if (limits_sources(spec) && daemon->source_overflow == SOURCE_OVERFLOW_DENY_NEW) {
		state->table_full = !sources_have_room(sources, &key, state->now_ns);
	}
}

static void ask_service(struct admission *state, const struct service *service)
{
	const struct loop *loop = service->generation->loop;
	enum pressure_kind above = pressure_above(service);

	if (above < PRESSURE_KINDS) {
		state->pressure = loop->pressure.percent[above];
		state->pressure_limit = service->spec->admission.pressure[above];
	}
	state->service_live = service->tally->live - service->tally->queued;
	state->service_limit = service->spec->max_connections;
	state->daemon_live = loop->live - loop->queued;
	state->daemon_limit = loop->live_limit;
	state->service_rate = rate_of(&service->spec->admission.rate);
	bound(service, &state->service_rate, &service->tally->bucket_full_ns, state->now_ns);
	state->service_bucket_ns = service->tally->bucket_full_ns;
}

struct verdict entrance_ask_service(const struct service *service, int64_t now_ns)
{
	struct admission state = { .now_ns = now_ns };

	ask_service(&state, service);
	return admission_check_service(&state);
}

struct verdict entrance_ask(const struct service *service, const struct peer *peer, int64_t now_ns)
{
	struct admission state = { .now_ns = now_ns };

	ask_service(&state, service);
	ask_source(&state, service, peer);
	return admission_check(&state);
}

void entrance_refused(const struct service *service, const struct peer *peer)
{
	struct sources *sources = service->generation->loop->sources;
	struct source_key key = sources_key(sources, peer, service->tally->number);
	struct source *source = sources_find(sources, &key);

	if (source)
		source->refused++;
}

void entrance_enter(struct connection *connection, int64_t now_ns)
{
	struct service *service = connection->service;
	const struct admission_spec *spec = &service->spec->admission;
	struct rate rate = rate_of(&spec->source_rate);
	struct sources *sources = connection->loop->sources;
	struct source_key key =
		sources_key(sources, &connection->account.peer, service->tally->number);

	connection->source = sources_enter(sources, &key, now_ns);
	if (connection->source)
		connection->source->bucket_full_ns =
			rate_take(&rate, connection->source->bucket_full_ns, now_ns);
}

void entrance_admit(struct service *service, int64_t now_ns)
{
	struct rate rate = rate_of(&service->spec->admission.rate);

	service->tally->bucket_full_ns = rate_take(&rate, service->tally->bucket_full_ns, now_ns);
}

void entrance_recount(struct connection *connection, struct sources *sources)
{
	const struct account *account = &connection->account;
	struct source_key key =
		sources_key(sources, &account->peer, connection->service->tally->number);

	connection->source = sources_enter(sources, &key, account->accepted_ns);
}

static int64_t penalty_of(const struct account *account, const struct penalty_spec *spec)
{
	switch (account->end) {
	case END_SIGNAL:
		return spec->crash_ns;
	case END_TIMEOUT:
	case END_LIMIT:
	case END_IDLE:
	case END_FIRST_BYTE:
		return spec->limit_ns;
	default:
		return 0;
	}
}

static void punish(struct connection *connection, struct source *source, int64_t add_ns)
{
	const struct admission_spec *spec = &connection->service->spec->admission;
	const struct account *account = &connection->account;

	if (add_ns > 0 && network_set_match(&spec->exempt, &account->peer.address) < 0 &&
	    source_punish(source, &spec->penalties, add_ns, account->ended_ns))
		ledger_penalty(connection->service, source, account);
}

void entrance_leave(struct connection *connection)
{
	const struct account *account = &connection->account;
	struct source *source = connection->source;

	connection->source = NULL;
	if (!source)
		return;
	punish(connection, source,
	       penalty_of(account, &connection->service->spec->admission.penalties));
	sources_leave(connection->loop->sources, source, account->ended_ns);
}

void entrance_judge(struct connection *connection)
{
	const struct penalty_spec *spec = &connection->service->spec->admission.penalties;
	const struct account *account = &connection->account;
	struct sources *sources = connection->loop->sources;
	struct source_key key;
	struct source *source;

	if (!account->counted || !sources)
		return;
	key = sources_key(sources, &account->peer, connection->service->tally->number);
	source = sources_find(sources, &key);
	if (!source)
		return; /* forgotten already: others have come */
	source->bytes_in += account->counts.bytes_in;
	source->bytes_out += account->counts.bytes_out;
	if (account->started_ns > 0 && account->counts.bytes_in == 0 &&
	    penalty_of(account, spec) == 0)
		punish(connection, source, spec->no_bytes_ns);
	sources_keep(sources, source, account->ended_ns);
}

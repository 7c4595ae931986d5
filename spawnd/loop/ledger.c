/* SPDX-License-Identifier: ISC */
/*
 * The log's lines about connections, and the counters. Runs in the loop; nothing blocks.
 */
#include "loop/ledger.h"

#include "base/clock.h"
#include "base/errno_name.h"
#include "base/log.h"
#include "base/text.h"
#include "loop/account.h"
#include "loop/connection.h"
#include "loop/entrance.h"
#include "loop/loop.h"
#include "loop/sources.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/wait.h>

#define REFUSAL_LINES 5 /* a second and service; the rest is counted */

static const char *const reasons[] = {
	[END_EXIT] = "exit",	     [END_SIGNAL] = "signal",	      [END_TIMEOUT] = "timeout",
	[END_IDLE] = "idle",	     [END_FIRST_BYTE] = "first-byte", [END_CLIENT] = "client",
	[END_OPERATOR] = "operator", [END_LIMIT] = "limit",	      [END_FAILED] = "failed",
	[END_LOST] = "lost",	     [END_REFUSED] = "refused",
};
_Static_assert(sizeof(reasons) / sizeof(reasons[0]) == END_REASONS, "a name for every reason");

const char *end_reason_name(enum end_reason reason)
{
	return reasons[reason];
}

int64_t ledger_between_us(int64_t from_ns, int64_t to_ns)
{
	return from_ns > 0 && to_ns > from_ns ? (to_ns - from_ns) / CLOCK_MICROSECOND_NS : 0;
}

const char *ledger_listener(const struct service *service, unsigned int index)
{
	return index < service->spec->listener_count ? service->spec->listeners[index].text : "?";
}

#define ANONYMOUS_V4_BITS 24
#define ANONYMOUS_V6_BITS 48

/* A hash tells one client from another as long as this process lives, and no longer. */
static const char *hash_text(const struct service *service, const void *bytes, size_t size,
			     char text[ADDRESS_TEXT_SIZE])
{
	snprintf(text, ADDRESS_TEXT_SIZE, "anonymous:%016" PRIx64,
		 siphash(service->generation->loop->anonymous, bytes, size));
	return text;
}

const char *ledger_peer(const struct service *service, const struct peer *peer,
			char text[ADDRESS_TEXT_SIZE])
{
	enum anonymize how = service->generation->config.daemon.anonymize;
	bool hash = how == ANONYMIZE_HASH;
	struct network network;

	if (how == ANONYMIZE_NONE ||
	    !network_of(&network, &peer->address, hash ? 32 : ANONYMOUS_V4_BITS,
			hash ? 128 : ANONYMOUS_V6_BITS))
		return address_text(&peer->address, text);
	return hash ? hash_text(service, &network, sizeof(network), text)
		    : network_text(&network, text);
}

const char *ledger_source(const struct service *service, const struct source_key *key,
			  char text[ADDRESS_TEXT_SIZE])
{
	enum anonymize how = service->generation->config.daemon.anonymize;
	struct network network = key->network;

	if (how == ANONYMIZE_NONE || network.family == 0)
		return source_key_text(key, text);
	if (how == ANONYMIZE_HASH)
		return hash_text(service, &network, sizeof(network), text);
	network_cut(&network, network.family == 4 ? ANONYMOUS_V4_BITS : ANONYMOUS_V6_BITS);
	return network_text(&network, text);
}

/* The lines about one that was not admitted: few, whatever comes. */
static void tell_refused(struct loop *loop, const struct service *service,
			 const struct account *account, const struct verdict *verdict)
{
	char address[ADDRESS_TEXT_SIZE];
	uint32_t suppressed;

	if (!log_allow(&service->tally->refusals, REFUSAL_LINES, CLOCK_SECOND_NS, &suppressed))
		return;
	log_event(LOG_LEVEL_WARNING, "connection-refused",
		  "service=%s peer=%s reason=%s live=%u limit=%u suppressed=%u",
		  service->spec->name, ledger_peer(service, &account->peer, address),
		  verdict_name(verdict->code), verdict->live, verdict->limit, suppressed);
	account_refused(loop, service, account, verdict, suppressed);
}

void ledger_refused(struct loop *loop, struct service *service, const struct acceptor *acceptor,
		    const struct peer *peer, const struct verdict *verdict)
{
	struct account account = { .listener = acceptor->index,
				   .peer = *peer,
				   .accepted_wall_ns = clock_wall_ns(),
				   .accepted_ns = clock_now_ns() };

	entrance_refused(service, peer);
	loop->total.accepted++;
	loop->total.refused[verdict->code]++;
	service->tally->counters.accepted++;
	service->tally->counters.refused[verdict->code]++;
	tell_refused(loop, service, &account, verdict);
}

void ledger_accepted(struct connection *connection)
{
	connection->loop->total.accepted++;
	connection->loop->live++;
	connection->service->tally->counters.accepted++;
	connection->service->tally->live++;
}

void ledger_started(const struct connection *connection)
{
	const struct account *account = &connection->account;
	struct histogram *histograms = connection->service->tally->histograms;
	int64_t queue_us = ledger_between_us(account->accepted_ns, account->handed_ns);
	int64_t spawn_us = ledger_between_us(account->accepted_ns, account->started_ns);
	char address[ADDRESS_TEXT_SIZE];

	histogram_add(&histograms[HISTOGRAM_QUEUE], HISTOGRAM_QUEUE, queue_us);
	histogram_add(&histograms[HISTOGRAM_SPAWN], HISTOGRAM_SPAWN, spawn_us);
	log_event(LOG_LEVEL_INFO, "connection-start",
		  "id=%" PRIu64 " service=%s listener=%s peer=%s pid=%d queue_us=%" PRId64
		  " spawn_us=%" PRId64 " warmth=%s",
		  account->id, connection->service->spec->name,
		  ledger_listener(connection->service, account->listener),
		  ledger_peer(connection->service, &account->peer, address), account->pid, queue_us,
		  spawn_us, warmth_name(account->warmth));
}

void ledger_failed(struct connection *connection, const struct why *why)
{
	struct account *account = &connection->account;
	struct tally *tally = connection->service->tally;
	char address[ADDRESS_TEXT_SIZE], bytes[WHY_TEXT_SIZE * 2];
	uint32_t suppressed;
	struct text text;

	account->end = END_FAILED;
	account->why = *why;
	if (!log_allow(&tally->failures, REFUSAL_LINES, CLOCK_SECOND_NS, &suppressed))
		return;
	text_init(&text, bytes, sizeof(bytes));
	text_add_escaped(&text, why->text, __builtin_strlen(why->text));
	log_event(LOG_LEVEL_ERROR, "connection-failed",
		  "id=%" PRIu64 " service=%s peer=%s step=%s error=%s text=\"%s\" suppressed=%u",
		  account->id, connection->service->spec->name,
		  ledger_peer(connection->service, &account->peer, address), why->step,
		  errno_name(why->code), bytes, suppressed);
}

/* Aborted: the program never ran. Served: it did, however it ended. */
static void count_end(struct connection *connection)
{
	struct counters *counters = &connection->service->tally->counters;
	struct counters *total = &connection->loop->total;
	const struct account *account = &connection->account;
	bool refused = account->end == END_REFUSED;
	bool served = account->started_ns > 0 && account->end != END_FAILED;

	connection->loop->live--;
	connection->service->tally->live--;
	total->served += served;
	total->aborted += !served && !refused;
	total->refused[account->verdict.code] += refused;
	counters->served += served;
	counters->aborted += !served && !refused;
	counters->refused[account->verdict.code] += refused;
	counters->ended[account->end]++;
	if (served)
		histogram_add(&connection->service->tally->histograms[HISTOGRAM_WALL],
			      HISTOGRAM_WALL,
			      ledger_between_us(account->accepted_ns, account->ended_ns));
}

static void log_end(const struct connection *connection)
{
	const struct account *account = &connection->account;
	char outcome[48] = "", traffic[80] = "";

	if (account->reaped && WIFEXITED(account->status))
		snprintf(outcome, sizeof(outcome), " status=%d", WEXITSTATUS(account->status));
	else if (account->reaped)
		snprintf(outcome, sizeof(outcome), " signal=%d", WTERMSIG(account->status));
	if (account->counted)
		snprintf(traffic, sizeof(traffic), " bytes_in=%" PRIu64 " bytes_out=%" PRIu64,
			 account->counts.bytes_in, account->counts.bytes_out);
	log_event(LOG_LEVEL_INFO, "connection-end",
		  "id=%" PRIu64 " service=%s end=%s%s wall_us=%" PRId64 " user_us=%" PRId64
		  " system_us=%" PRId64 " max_rss_bytes=%" PRId64 "%s",
		  account->id, connection->service->spec->name, reasons[account->end], outcome,
		  ledger_between_us(account->accepted_ns, account->ended_ns),
		  account->usage.user_ns / CLOCK_MICROSECOND_NS,
		  account->usage.system_ns / CLOCK_MICROSECOND_NS, account->usage.max_rss_bytes,
		  traffic);
}

void ledger_ended(struct connection *connection)
{
	count_end(connection);
}

/* Of the bytes, which may be known later than the end. */
static void count_bytes(struct connection *connection)
{
	const struct inet_counts *counts = &connection->account.counts;
	struct counters *of_service = &connection->service->tally->counters;
	struct counters *total = &connection->loop->total;

	if (!connection->account.counted)
		return;
	of_service->bytes_in += counts->bytes_in;
	of_service->bytes_out += counts->bytes_out;
	total->bytes_in += counts->bytes_in;
	total->bytes_out += counts->bytes_out;
}

void ledger_close(struct connection *connection)
{
	const struct account *account = &connection->account;

	if (account->end == END_REFUSED) {
		tell_refused(connection->loop, connection->service, account, &account->verdict);
		return;
	}
	count_bytes(connection);
	if (account->started_ns > 0)
		log_end(connection);
	account_ended(connection);
}

void ledger_penalty(struct service *service, const struct source *source,
		    const struct account *account)
{
	int64_t left_ns = source_penalty_until(source, account->ended_ns) - account->ended_ns;
	char text[ADDRESS_TEXT_SIZE];
	uint32_t suppressed;

	if (log_allow(&service->tally->penalties, REFUSAL_LINES, CLOCK_SECOND_NS, &suppressed))
		log_event(LOG_LEVEL_NOTICE, "source-penalty",
			  "service=%s source=%s end=%s seconds=%" PRId64 " suppressed=%u",
			  service->spec->name, ledger_source(service, &source->key, text),
			  reasons[account->end], left_ns / CLOCK_SECOND_NS, suppressed);
}

static void log_why(enum log_level level, const char *event, const struct service *service,
		    const struct why *why, uint32_t suppressed)
{
	char bytes[WHY_TEXT_SIZE * 2];
	struct text text;

	text_init(&text, bytes, sizeof(bytes));
	text_add_escaped(&text, why->text, __builtin_strlen(why->text));
	log_event(level, event, "service=%s step=%s error=%s text=\"%s\" suppressed=%u",
		  service->spec->name, why->step, errno_name(why->code), bytes, suppressed);
}

void ledger_container_failed(struct service *service, const struct why *why)
{
	uint32_t suppressed;

	if (log_allow(&service->tally->failures, REFUSAL_LINES, CLOCK_SECOND_NS, &suppressed))
		log_why(LOG_LEVEL_ERROR, "container-failed", service, why, suppressed);
}

void ledger_note(const struct service *service, const struct why *why)
{
	log_why(LOG_LEVEL_NOTICE, "fallback", service, why, 0);
}

void ledger_held(const struct service *service, const struct why *why)
{
	log_why(LOG_LEVEL_WARNING, "containers-held", service, why, 0);
}

void ledger_cooled(const struct service *service, const struct why *why)
{
	char bytes[WHY_TEXT_SIZE * 2];
	struct text text;

	text_init(&text, bytes, sizeof(bytes));
	text_add_escaped(&text, why->text, __builtin_strlen(why->text));
	log_event(LOG_LEVEL_NOTICE, "warm-fallback",
		  "service=%s warmth=%s step=%s error=%s text=\"%s\"", service->spec->name,
		  warmth_name(service->warmth), why->step, errno_name(why->code), bytes);
}

void ledger_flushed(const struct service *service, uint32_t parked)
{
	log_event(LOG_LEVEL_NOTICE, "warm-flush", "service=%s parked=%u", service->spec->name,
		  parked);
}

void ledger_warmed(const struct service *service, int call, uint32_t after)
{
	log_event(LOG_LEVEL_INFO, "warm-started", "service=%s warmth=%s call=%d after=%u",
		  service->spec->name, warmth_name(service->warmth), call, after);
}

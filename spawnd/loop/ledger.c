/* SPDX-License-Identifier: ISC */
/*
 * All lines about connections, and the counters. Runs in the loop; nothing blocks: the accounting
 * file is opened with O_APPEND and a line is one write(2); what the file does not take is dropped,
 * counted and reported.
 */
#include "loop/ledger.h"

#include "base/clock.h"
#include "base/errno_name.h"
#include "base/log.h"
#include "base/text.h"
#include "loop/connection.h"
#include "loop/gate.h"
#include "loop/loop.h"
#include "loop/sources.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_SIZE 2048
#define REFUSAL_LINES 5 /* a second and service; the rest is counted */

static const char *const reasons[] = {
	[END_EXIT] = "exit",	     [END_SIGNAL] = "signal",	[END_TIMEOUT] = "timeout",
	[END_OPERATOR] = "operator", [END_LIMIT] = "limit",	[END_FAILED] = "failed",
	[END_LOST] = "lost",	     [END_REFUSED] = "refused",
};
_Static_assert(sizeof(reasons) / sizeof(reasons[0]) == END_REASONS, "a name for every reason");

const char *end_reason_name(enum end_reason reason)
{
	return reasons[reason];
}

static int64_t between_us(int64_t from_ns, int64_t to_ns)
{
	return from_ns > 0 && to_ns > from_ns ? (to_ns - from_ns) / CLOCK_MICROSECOND_NS : 0;
}

static const char *listener_text(const struct service *service, unsigned int index)
{
	return index < service->spec->listener_count ? service->spec->listeners[index].text : "?";
}

static void add_string(struct text *line, const char *key, const char *value)
{
	text_addf(line, ",\"%s\":", key);
	text_add_json(line, value);
}

static void add_number(struct text *line, const char *key, int64_t value)
{
	text_addf(line, ",\"%s\":%" PRId64, key, value);
}

static void add_time(struct text *line, const char *key, int64_t wall_ns, int64_t mono_ns)
{
	char time_text[CLOCK_TEXT_SIZE];

	text_addf(line, ",\"%s\":\"%s\",\"%s_mono_ns\":%" PRId64, key,
		  clock_text(wall_ns, time_text), key, mono_ns);
}

static void add_peer(struct text *line, const struct service *service, const struct peer *peer)
{
	struct source_key key = sources_key(service->generation->loop->sources, peer, 0);
	char text[ADDRESS_TEXT_SIZE];

	add_string(line, "peer", address_text(&peer->address, text));
	add_string(line, "source", source_key_text(&key, text));
	if (peer->local.storage.ss_family == AF_UNIX) {
		add_number(line, "peer_pid", peer->pid);
		add_number(line, "peer_uid", peer->uid);
	}
	if (peer->cookie)
		text_addf(line, ",\"cookie\":%" PRIu64, peer->cookie);
}

/* What the container's control group has counted, where it had one with the controller. */
static void add_group(struct text *line, const struct wire_usage *usage)
{
	if (!usage->has_group)
		return;
	if (usage->group_cpu_us >= 0)
		add_number(line, "cpu_us", usage->group_cpu_us);
	if (usage->memory_peak_bytes >= 0)
		add_number(line, "memory_peak_bytes", usage->memory_peak_bytes);
	if (usage->oom_kills >= 0)
		add_number(line, "oom_kills", usage->oom_kills);
	if (usage->tasks_refused >= 0)
		add_number(line, "tasks_refused", usage->tasks_refused);
}

static void add_outcome(struct text *line, const struct account *account)
{
	if (account->end == END_FAILED) {
		add_string(line, "step", account->why.step);
		add_string(line, "error", errno_name(account->why.code));
		add_string(line, "text", account->why.text);
	}
	if (!account->reaped)
		return;
	if (WIFEXITED(account->status))
		add_number(line, "status", WEXITSTATUS(account->status));
	else
		add_number(line, "signal", WTERMSIG(account->status));
	add_number(line, "user_us", account->usage.user_ns / CLOCK_MICROSECOND_NS);
	add_number(line, "system_us", account->usage.system_ns / CLOCK_MICROSECOND_NS);
	add_number(line, "max_rss_bytes", account->usage.max_rss_bytes);
	add_number(line, "minor_faults", account->usage.minor_faults);
	add_number(line, "major_faults", account->usage.major_faults);
	add_group(line, &account->usage);
}

/* A full disk can take a part of a line: the next one must not be glued to it. */
static void cut_off(int file, ssize_t count)
{
	struct stat status;

	if (fstat(file, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size < count ||
	    ftruncate(file, status.st_size - count) < 0)
		(void)!write(file, "\n", 1);
}

/* One write(2), so one whole line or none. */
static void write_line(struct loop *loop, struct text *line)
{
	uint32_t suppressed;
	ssize_t count = 0;
	int error = ENOSPC; /* what a short write means */

	if (loop->accounting < 0)
		return;
	text_add(line, "}\n");
	if (!line->cut)
		count = write(loop->accounting, line->bytes, line->length);
	if (count < 0)
		error = errno;
	if (count == (ssize_t)line->length)
		return;
	if (count > 0)
		cut_off(loop->accounting, count);
	loop->accounting_lost++;
	if (log_allow(&loop->accounting_bound, 1, 10 * CLOCK_SECOND_NS, &suppressed))
		log_event(LOG_LEVEL_ERROR, "accounting-lost", "error=%s lines=%" PRIu64,
			  errno_name(error), loop->accounting_lost);
}

static void begin_line(struct text *line, char bytes[LINE_SIZE], const struct service *service,
		       const struct account *account)
{
	text_init(line, bytes, LINE_SIZE);
	text_addf(line, "{\"version\":1,\"id\":%" PRIu64, account->id);
	add_string(line, "service", service->spec->name);
	if (account->adopted) {
		text_add(line, ",\"adopted\":true");
		return;
	}
	add_string(line, "listener", listener_text(service, account->listener));
	add_peer(line, service, &account->peer);
}

/* The lines about one that was not admitted: few, whatever comes. */
static void tell_refused(struct loop *loop, const struct service *service,
			 const struct account *account, const struct verdict *verdict)
{
	char bytes[LINE_SIZE], address[ADDRESS_TEXT_SIZE];
	uint32_t suppressed;
	struct text line;

	if (!log_allow(&service->tally->refusals, REFUSAL_LINES, CLOCK_SECOND_NS, &suppressed))
		return;
	log_event(LOG_LEVEL_WARNING, "connection-refused",
		  "service=%s peer=%s reason=%s live=%u limit=%u suppressed=%u",
		  service->spec->name, address_text(&account->peer.address, address),
		  verdict_name(verdict->code), verdict->live, verdict->limit, suppressed);
	begin_line(&line, bytes, service, account);
	add_string(&line, "end", reasons[END_REFUSED]);
	add_string(&line, "reason", verdict_name(verdict->code));
	add_time(&line, "accepted", account->accepted_wall_ns, account->accepted_ns);
	add_number(&line, "suppressed", suppressed);
	write_line(loop, &line);
}

void ledger_refused(struct loop *loop, struct service *service, const struct acceptor *acceptor,
		    const struct peer *peer, const struct verdict *verdict)
{
	struct account account = { .listener = acceptor->index,
				   .peer = *peer,
				   .accepted_wall_ns = clock_wall_ns(),
				   .accepted_ns = clock_now_ns() };

	gate_refused(service, peer);
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
	char address[ADDRESS_TEXT_SIZE];

	log_event(LOG_LEVEL_INFO, "connection-start",
		  "id=%" PRIu64 " service=%s listener=%s peer=%s pid=%d queue_us=%" PRId64
		  " spawn_us=%" PRId64 " warmth=%s",
		  account->id, connection->service->spec->name,
		  listener_text(connection->service, account->listener),
		  address_text(&account->peer.address, address), account->pid,
		  between_us(account->accepted_ns, account->handed_ns),
		  between_us(account->accepted_ns, account->started_ns),
		  warmth_name(account->warmth));
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
		  address_text(&account->peer.address, address), why->step, errno_name(why->code),
		  bytes, suppressed);
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
}

static void log_end(const struct connection *connection)
{
	const struct account *account = &connection->account;
	char outcome[48] = "";

	if (account->reaped && WIFEXITED(account->status))
		snprintf(outcome, sizeof(outcome), " status=%d", WEXITSTATUS(account->status));
	else if (account->reaped)
		snprintf(outcome, sizeof(outcome), " signal=%d", WTERMSIG(account->status));
	log_event(LOG_LEVEL_INFO, "connection-end",
		  "id=%" PRIu64 " service=%s end=%s%s wall_us=%" PRId64 " user_us=%" PRId64
		  " system_us=%" PRId64 " max_rss_bytes=%" PRId64,
		  account->id, connection->service->spec->name, reasons[account->end], outcome,
		  between_us(account->accepted_ns, account->ended_ns),
		  account->usage.user_ns / CLOCK_MICROSECOND_NS,
		  account->usage.system_ns / CLOCK_MICROSECOND_NS, account->usage.max_rss_bytes);
}

void ledger_close(struct connection *connection)
{
	const struct account *account = &connection->account;
	int64_t accepted = account->accepted_ns, wall = account->accepted_wall_ns;
	char bytes[LINE_SIZE];
	struct text line;

	count_end(connection);
	if (account->end == END_REFUSED) {
		tell_refused(connection->loop, connection->service, account, &account->verdict);
		return;
	}
	if (account->started_ns > 0)
		log_end(connection);
	begin_line(&line, bytes, connection->service, account);
	add_string(&line, "end", reasons[account->end]);
	add_time(&line, "accepted", wall, accepted);
	if (account->started_ns > 0)
		add_time(&line, "started", wall + account->started_ns - accepted,
			 account->started_ns);
	add_time(&line, "ended", wall + account->ended_ns - accepted, account->ended_ns);
	add_number(&line, "queue_us", between_us(accepted, account->handed_ns));
	add_number(&line, "spawn_us", between_us(accepted, account->started_ns));
	add_number(&line, "wall_us", between_us(accepted, account->ended_ns));
	if (!account->adopted)
		add_string(&line, "warmth", warmth_name(account->warmth));
	add_number(&line, "pid", account->pid);
	add_outcome(&line, account);
	add_number(&line, "stderr_bytes", (int64_t)account->stderr_bytes);
	write_line(connection->loop, &line);
}

void ledger_penalty(struct service *service, const struct source *source,
		    const struct account *account)
{
	int64_t left_ns = source_penalty_until(source, account->ended_ns) - account->ended_ns;
	char text[NETWORK_TEXT_SIZE];
	uint32_t suppressed;

	if (log_allow(&service->tally->penalties, REFUSAL_LINES, CLOCK_SECOND_NS, &suppressed))
		log_event(LOG_LEVEL_NOTICE, "source-penalty",
			  "service=%s source=%s end=%s seconds=%" PRId64 " suppressed=%u",
			  service->spec->name, source_key_text(&source->key, text),
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
	log_event(LOG_LEVEL_INFO, "warm-started", "service=%s call=%d after=%u",
		  service->spec->name, call, after);
}

/* SPDX-License-Identifier: ISC */
/*
 * The lines of the accounting file. Runs in the loop; nothing blocks: the file is opened with
 * O_APPEND and a line is one write(2); what the file does not take is dropped, counted and
 * reported.
 */
#include "loop/account.h"

#include "base/clock.h"
#include "base/errno_name.h"
#include "base/log.h"
#include "base/text.h"
#include "loop/connection.h"
#include "loop/loop.h"
#include "loop/sources.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_SIZE 2048

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

	add_string(line, "peer", ledger_peer(service, peer, text));
	add_string(line, "source", ledger_source(service, &key, text));
	if (peer->via_local.length > 0)
		add_string(line, "proxy", address_text(&peer->via, text));
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

void account_opened(struct loop *loop)
{
	struct stat status;

	loop->accounting_bytes = 0;
	if (loop->accounting >= 0 && fstat(loop->accounting, &status) == 0 &&
	    S_ISREG(status.st_mode))
		loop->accounting_bytes = (uint64_t)status.st_size;
}

/* The warden may, this process may not. Until it has, and if it cannot, the file grows. */
static void rotate_if_full(struct loop *loop)
{
	uint64_t limit = loop->serving ? loop->serving->config.daemon.accounting_max_bytes : 0;
	struct wire_message message = { 0 };
	uint32_t suppressed;

	if (limit > 0 && loop->accounting_bytes >= limit &&
	    log_allow(&loop->rotate_bound, 1, 5 * CLOCK_SECOND_NS, &suppressed))
		loop_tell_warden(loop, WARDEN_ROTATE, &message);
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
	if (count == (ssize_t)line->length) {
		loop->accounting_bytes += (uint64_t)count;
		rotate_if_full(loop);
		return;
	}
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
	add_string(line, "listener", ledger_listener(service, account->listener));
	add_peer(line, service, &account->peer);
}

static void add_counts(struct text *line, const struct account *account)
{
	const struct inet_counts *counts = &account->counts;

	/* Of an AF_UNIX client the kernel counts nothing; a relay does. */
	if (!account->counted && account->relayed) {
		add_number(line, "bytes_in", (int64_t)account->moved.bytes_in);
		add_number(line, "bytes_out", (int64_t)account->moved.bytes_out);
	}
	if (!account->counted)
		return;
	text_addf(line, ",\"bytes_in\":%" PRIu64 ",\"bytes_out\":%" PRIu64, counts->bytes_in,
		  counts->bytes_out);
	text_addf(line, ",\"bytes_final\":%s", account->counts_final ? "true" : "false");
	add_number(line, "rtt_us", counts->rtt_us);
	add_number(line, "retransmits", counts->retransmits);
}

void account_refused(struct loop *loop, const struct service *service,
		     const struct account *account, const struct verdict *verdict,
		     uint32_t suppressed)
{
	char bytes[LINE_SIZE];
	struct text line;

	begin_line(&line, bytes, service, account);
	add_string(&line, "end", end_reason_name(END_REFUSED));
	add_string(&line, "reason", verdict_name(verdict->code));
	add_time(&line, "accepted", account->accepted_wall_ns, account->accepted_ns);
	add_number(&line, "suppressed", suppressed);
	write_line(loop, &line);
}

void account_ended(const struct connection *connection)
{
	const struct account *account = &connection->account;
	int64_t accepted = account->accepted_ns, wall = account->accepted_wall_ns;
	char bytes[LINE_SIZE];
	struct text line;

	begin_line(&line, bytes, connection->service, account);
	add_string(&line, "end", end_reason_name(account->end));
	add_time(&line, "accepted", wall, accepted);
	if (account->started_ns > 0)
		add_time(&line, "started", wall + account->started_ns - accepted,
			 account->started_ns);
	add_time(&line, "ended", wall + account->ended_ns - accepted, account->ended_ns);
	add_number(&line, "queue_us", ledger_between_us(accepted, account->handed_ns));
	add_number(&line, "spawn_us", ledger_between_us(accepted, account->started_ns));
	add_number(&line, "wall_us", ledger_between_us(accepted, account->ended_ns));
	if (!account->adopted)
		add_string(&line, "warmth", warmth_name(account->warmth));
	add_number(&line, "pid", account->pid);
	add_outcome(&line, account);
	add_counts(&line, account);
	add_number(&line, "stderr_bytes", (int64_t)account->stderr_bytes);
	write_line(connection->loop, &line);
}

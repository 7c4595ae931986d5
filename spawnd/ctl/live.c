/* SPDX-License-Identifier: ISC */
/*
 * spawnctl top: the services and the connections that use most, again and again. Where standard
 * output is no terminal: once. What happens in a time is the difference of two looks.
 */
#include "base/clock.h"
#include "ctl/list.h"
#include "ctl/screen.h"
#include "ctl/status.h"
#include "ctl/units.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DELAY_SECONDS 2
#define DELAY_MAX 3600
#define SERVICES_SHOWN 8

enum sort_key { SORT_CPU, SORT_MEMORY, SORT_BYTES, SORT_AGE, SORT_ID, SORT_KEYS };

static const struct {
	const char *name;
	char key;
} sorts[] = {
	[SORT_CPU] = { "cpu", 'c' },	 [SORT_MEMORY] = { "memory", 'm' },
	[SORT_BYTES] = { "bytes", 'b' }, [SORT_AGE] = { "age", 'a' },
	[SORT_ID] = { "id", 'i' },
};
_Static_assert(sizeof(sorts) / sizeof(sorts[0]) == SORT_KEYS, "a name and a key for every order");

/* A connection, and what it has done since the last look. */
struct row {
	uint64_t id, bytes, bytes_rate, memory;
	int64_t cpu_ns, age_ns, cpu_permille;
	enum sort_key order;
	const struct control_connection *connection;
	const struct figures *figures;
};

struct look {
	int64_t at_ns;
	struct reply status, list;
	struct figures *figures;
	struct row *rows; /* by id, until they are sorted for the eye */
	size_t count;
};

static int by_id(const void *left, const void *right)
{
	const struct row *a = left, *b = right;

	return a->id < b->id ? -1 : a->id > b->id;
}

/* The greatest first, the oldest first; and always the same order among equals. */
static int by_order(const void *left, const void *right)
{
	const struct row *a = left, *b = right;
	int64_t difference = 0;

	if (a->order == SORT_CPU)
		difference = b->cpu_permille - a->cpu_permille;
	else if (a->order == SORT_MEMORY)
		difference = (int64_t)(b->memory - a->memory);
	else if (a->order == SORT_BYTES)
		difference = (int64_t)(b->bytes_rate - a->bytes_rate);
	else if (a->order == SORT_AGE)
		difference = b->age_ns - a->age_ns;
	return difference != 0 ? (difference < 0 ? -1 : 1) : by_id(left, right);
}

static void look_free(struct look *look)
{
	free(look->rows);
	free(look->figures);
	reply_free(&look->list);
	reply_free(&look->status);
	*look = (struct look){ .at_ns = 0 };
	reply_init(&look->list);
	reply_init(&look->status);
}

/* Over its whole life, where there was no look at it before. */
static void measure(struct row *row, const struct look *last, int64_t now_ns)
{
	const struct row *old =
		last->count == 0 ? NULL
				 : bsearch(row, last->rows, last->count, sizeof(*row), by_id);
	int64_t span_ns = old ? now_ns - last->at_ns : row->age_ns;
	uint64_t bytes = row->bytes - (old && old->bytes <= row->bytes ? old->bytes : 0);

	if (span_ns < CLOCK_MILLISECOND_NS)
		span_ns = CLOCK_MILLISECOND_NS;
	row->cpu_permille = (row->cpu_ns - (old ? old->cpu_ns : 0)) * 1000 / span_ns;
	row->bytes_rate = bytes * 1000 / (uint64_t)(span_ns / CLOCK_MILLISECOND_NS);
}

static void fill_rows(struct look *look, const struct look *last)
{
	look->count = look->list.connection_count;
	for (size_t i = 0; i < look->count; i++) {
		const struct control_connection *connection = &look->list.connections[i];
		const struct figures *figures = &look->figures[i];
		const struct inet_counts *counts = &figures->counts;

		look->rows[i] = (struct row){
			.id = connection->id,
			.bytes = counts->counted ? counts->bytes_in + counts->bytes_out : 0,
			.memory = figures->memory_bytes,
			.cpu_ns = figures->cpu_ns,
			.age_ns = connection->age_ns,
			.connection = connection,
			.figures = figures,
		};
		measure(&look->rows[i], last, look->at_ns);
	}
	qsort(look->rows, look->count, sizeof(look->rows[0]), by_id);
}

/* 0, or the exit status. look_free() in both cases. */
static int look_take(const struct call *call, struct look *look, const struct look *last)
{
	struct control_request request =
		daemon_request(CONTROL_LIST, call->count > 0 ? call->operands[0] : NULL);
	int status = status_get(call, NULL, &look->status);

	reply_init(&look->list);
	if (status == 0)
		status = list_ask(call, &request, &look->list, &look->figures);
	if (status != 0)
		return status;
	look->at_ns = clock_now_ns();
	look->rows = calloc(look->list.connection_count + 1, sizeof(*look->rows));
	if (!look->rows) {
		perror("spawnctl");
		return EXIT_SYSTEM;
	}
	fill_rows(look, last);
	return 0;
}

/* What a counter has grown by in a second; 0 where there was no look before. */
static uint64_t rate(uint64_t now, uint64_t before, const struct look *look,
		     const struct look *last)
{
	int64_t span_ms = (look->at_ns - last->at_ns) / CLOCK_MILLISECOND_NS;

	if (last->at_ns == 0 || span_ms <= 0 || now < before)
		return 0;
	return ((now - before) * 1000 + (uint64_t)span_ms / 2) / (uint64_t)span_ms;
}

static const struct control_counters *counters_before(const struct look *last, const char *name)
{
	static const struct control_counters none;

	for (size_t i = 0; i < last->status.service_count; i++)
		if (strcmp(last->status.services[i].is.name, name) == 0)
			return &last->status.services[i].is.counters;
	return &none;
}

static int by_live(const void *left, const void *right)
{
	const struct control_service *a = &((const struct reply_service *)left)->is;
	const struct control_service *b = &((const struct reply_service *)right)->is;

	if (a->counters.live != b->counters.live)
		return a->counters.live < b->counters.live ? 1 : -1;
	return strcmp(a->name, b->name);
}

static void print_services(struct look *look, const struct look *last, FILE *stream)
{
	size_t shown = look->status.service_count;

	qsort(look->status.services, shown, sizeof(look->status.services[0]), by_live);
	if (shown > SERVICES_SHOWN)
		shown = SERVICES_SHOWN;
	fprintf(stream, "%-16s %6s %6s %6s %8s %8s %10s %8s\n", "SERVICE", "LIVE", "LIMIT",
		"PARKED", "NEW/s", "REFUSE/s", "SERVED", "REFUSED");
	for (size_t i = 0; i < shown; i++) {
		const struct control_service *is = &look->status.services[i].is;
		const struct control_counters *before = counters_before(last, is->name);

		fprintf(stream,
			"%-16s %6" PRIu64 " %6u %6u %8" PRIu64 " %8" PRIu64 " %10" PRIu64
			" %8" PRIu64 "%s\n",
			is->name, is->counters.live, is->limit, is->parked,
			rate(is->counters.accepted, before->accepted, look, last),
			rate(is->counters.refused, before->refused, look, last),
			is->counters.served, is->counters.refused, is->paused ? " paused" : "");
	}
}

static void print_row(const struct row *row, FILE *stream)
{
	char memory[UNITS_TEXT_SIZE] = "-", bytes[UNITS_TEXT_SIZE] = "-", age[UNITS_TEXT_SIZE];
	char cpu[UNITS_TEXT_SIZE] = "-", peer[ADDRESS_TEXT_SIZE];

	if (row->figures->processes > 0) {
		units_bytes(row->memory, memory);
		snprintf(cpu, sizeof(cpu), "%" PRId64 ".%" PRId64, row->cpu_permille / 10,
			 row->cpu_permille % 10);
	}
	if (row->figures->counts.counted)
		units_bytes(row->bytes_rate, bytes);
	fprintf(stream, "%10" PRIu64 " %-16s %-8s %8d %8s %6s %8s %8s %s\n", row->id,
		row->connection->service, row->connection->state, row->connection->pid,
		units_span(row->age_ns, age), cpu, memory, bytes,
		address_text(&row->connection->peer.address, peer));
}

/* A frame as text. NULL: no memory. */
static char *compose(struct look *look, const struct look *last, enum sort_key order, bool live)
{
	const struct control_daemon *daemon = &look->status.daemon;
	char up[UNITS_TEXT_SIZE], *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return NULL;
	fprintf(stream,
		"spawnd %s, up %s: %" PRIu64 " of %" PRIu64 " connections live, %" PRIu64
		" served, %" PRIu64 " refused\n",
		daemon->version, units_span(daemon->uptime_ns, up), daemon->counters.live,
		daemon->live_limit, daemon->counters.served, daemon->counters.refused);
	if (live)
		fprintf(stream, "by %s (keys: c m b a i), q quits", sorts[order].name);
	fputs("\n\n", stream);
	print_services(look, last, stream);
	fprintf(stream, "\n%10s %-16s %-8s %8s %8s %6s %8s %8s %s\n", "ID", "SERVICE", "STATE",
		"PID", "AGE", "CPU%", "MEMORY", "BYTES/s", "PEER");
	for (size_t i = 0; i < look->count; i++)
		look->rows[i].order = order;
	qsort(look->rows, look->count, sizeof(look->rows[0]), by_order);
	for (size_t i = 0; i < look->count; i++)
		print_row(&look->rows[i], stream);
	qsort(look->rows, look->count, sizeof(look->rows[0]), by_id); /* for the next look */
	return fclose(stream) == 0 ? text : NULL;
}

/* False: it shall end. */
static bool obey(struct screen *screen, int64_t delay_ns, enum sort_key *order)
{
	int key = screen_wait(screen, delay_ns);

	for (int i = 0; i < SORT_KEYS; i++)
		if (key == sorts[i].key)
			*order = (enum sort_key)i;
	return key >= 0 && key != 'q';
}

static int run(const struct call *call, enum sort_key order, int64_t delay_ns)
{
	struct look now, last = { .at_ns = 0 };
	struct screen screen;
	bool go_on = true;
	int status = 0;

	reply_init(&last.status);
	reply_init(&last.list);
	screen_enter(&screen);
	while (go_on && status == 0) {
		char *text = NULL;

		now = (struct look){ .at_ns = 0 };
		status = look_take(call, &now, &last);
		if (status == 0)
			text = compose(&now, &last, order, screen.terminal);
		if (text && screen.terminal)
			screen_draw(&screen, text);
		else if (text)
			fputs(text, stdout);
		free(text);
		look_free(&last);
		last = now;
		go_on = status == 0 && screen.terminal && obey(&screen, delay_ns, &order);
	}
	if (screen.terminal) {
		screen_leave(&screen);
		if (status != 0)
			fputs("spawnctl: spawnd answers no more\n", stderr);
	}
	look_free(&last);
	return status;
}

int verb_top(const struct call *call)
{
	const char *wanted = call->given[0] ? call->given[0] : sorts[SORT_CPU].name;
	long delay = call->given[1] ? strtol(call->given[1], NULL, 10) : DELAY_SECONDS;

	if (call->json) {
		fputs("spawnctl: top is for people; for programs there are status and list\n",
		      stderr);
		return EXIT_USAGE;
	}
	if (delay < 1 || delay > DELAY_MAX) {
		fprintf(stderr, "spawnctl: --delay=%s: not a number of seconds\n", call->given[1]);
		return EXIT_USAGE;
	}
	for (int i = 0; i < SORT_KEYS; i++)
		if (strcmp(sorts[i].name, wanted) == 0)
			return run(call, (enum sort_key)i, delay * CLOCK_SECOND_NS);
	fprintf(stderr, "spawnctl: --sort=%s: not cpu, memory, bytes, age or id\n", wanted);
	return EXIT_USAGE;
}

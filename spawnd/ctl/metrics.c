/* SPDX-License-Identifier: ISC */
/*
 * spawnctl metrics: OpenMetrics text. In spawnctl. A family's samples stand together, so each
 * family is a walk over the services.
 */
#include "ctl/metrics.h"

#include "base/clock.h"
#include "ctl/http.h"
#include "ctl/status.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static void family(FILE *stream, const char *name, const char *type, const char *unit,
		   const char *help)
{
	fprintf(stream, "# TYPE spawnd_%s %s\n", name, type);
	if (unit)
		fprintf(stream, "# UNIT spawnd_%s %s\n", name, unit);
	fprintf(stream, "# HELP spawnd_%s %s\n", name, help);
}

/* Microseconds as seconds: "0.0001", "1.0", exact. */
static const char *seconds(uint64_t us, char text[32])
{
	int length = snprintf(text, 32, "%" PRIu64 ".%06" PRIu64, us / 1000000, us % 1000000);

	while (text[length - 1] == '0' && text[length - 2] != '.')
		text[--length] = '\0';
	return text;
}

static void print_daemon(const struct reply *reply, FILE *stream)
{
	const struct control_daemon *daemon = &reply->daemon;
	char up[32];

	family(stream, "build", "info", NULL, "The version that runs.");
	fprintf(stream, "spawnd_build_info{version=\"%s\"} 1\n", daemon->version);
	family(stream, "uptime_seconds", "gauge", "seconds",
	       "Since the loop was started; the counters begin then.");
	fprintf(stream, "spawnd_uptime_seconds %s\n",
		seconds((uint64_t)(daemon->uptime_ns / CLOCK_MICROSECOND_NS), up));
	family(stream, "generation", "gauge", NULL, "Number of the configuration that serves.");
	fprintf(stream, "spawnd_generation %" PRIu64 "\n", daemon->generation);
	family(stream, "connections_max", "gauge", NULL, "MaxConnections= of the daemon.");
	fprintf(stream, "spawnd_connections_max %" PRIu64 "\n", daemon->live_limit);
	family(stream, "accounting_lost_lines", "counter", NULL,
	       "Lines that the accounting file did not take.");
	fprintf(stream, "spawnd_accounting_lost_lines_total %" PRIu64 "\n",
		daemon->accounting_lost);
}

/* One number of each service: where it is in struct control_service, and how wide. */
struct column {
	const char *name, *type, *unit, *help;
	size_t offset, size;
};

#define COUNTER(name, unit, member, help)                                                          \
	{                                                                                          \
		name, "counter", unit, help, offsetof(struct control_service, counters.member),    \
			sizeof(uint64_t)                                                           \
	}
#define GAUGE(name, member, help)                                                                  \
	{                                                                                          \
		name, "gauge", NULL, help, offsetof(struct control_service, member),               \
			sizeof(((struct control_service *)NULL)->member)                           \
	}

static const struct column columns[] = {
	COUNTER("connections_accepted", NULL, accepted,
		"Accepted: served, refused, aborted or live."),
	COUNTER("connections_served", NULL, served, "Ended, and their program was executed."),
	COUNTER("connections_aborted", NULL, aborted, "Ended, and their program was not."),
	GAUGE("connections_live", counters.live, "Connections now, those that wait included."),
	GAUGE("connections_queued", counters.queued, "Of the live ones: without a place yet."),
	GAUGE("connections_waiting", waiting, "Of the live ones: without a container yet."),
	GAUGE("connections_limit", limit, "MaxConnections= of the service."),
	COUNTER("received_bytes", "bytes", bytes_in,
		"Payload from clients that have gone, by TCP."),
	COUNTER("sent_bytes", "bytes", bytes_out, "Payload that such clients have acknowledged."),
	COUNTER("accept_deferrals", NULL, deferred, "How often clients were left in the backlog."),
	GAUGE("paused", paused, "1: by the operator."),
};

static uint64_t number_at(const struct control_service *service, const struct column *column)
{
	const char *place = (const char *)service + column->offset;
	uint64_t wide;
	uint32_t narrow;

	if (column->size == sizeof(wide)) {
		memcpy(&wide, place, sizeof(wide));
		return wide;
	}
	memcpy(&narrow, place, sizeof(narrow));
	return narrow;
}

static void print_column(const struct reply *reply, const struct column *column, FILE *stream)
{
	bool counts = strcmp(column->type, "counter") == 0;

	family(stream, column->name, column->type, column->unit, column->help);
	for (size_t i = 0; i < reply->service_count; i++)
		fprintf(stream, "spawnd_%s%s{service=\"%s\"} %" PRIu64 "\n", column->name,
			counts ? "_total" : "", reply->services[i].is.name,
			number_at(&reply->services[i].is, column));
}

static void print_parked(const struct reply *reply, FILE *stream)
{
	family(stream, "containers_parked", "gauge", NULL,
	       "Containers that wait for a connection, by how warm they are.");
	for (size_t i = 0; i < reply->service_count; i++)
		if (reply->services[i].is.configured)
			fprintf(stream,
				"spawnd_containers_parked{service=\"%s\",warmth=\"%s\"} %u\n",
				reply->services[i].is.name, reply->services[i].is.warmth,
				reply->services[i].is.parked);
}

static void print_counts(const struct reply *reply, const char *name, const char *key,
			 const char *help, FILE *stream)
{
	char full[64];

	snprintf(full, sizeof(full), "connections_%s", name);
	family(stream, full, "counter", NULL, help);
	for (size_t i = 0; i < reply->service_count; i++) {
		const struct reply_service *service = &reply->services[i];

		for (size_t j = 0; j < service->count_count; j++)
			if (strcmp(service->counts[j].family, name) == 0)
				fprintf(stream,
					"spawnd_%s_total{service=\"%s\",%s=\"%s\"} %" PRIu64 "\n",
					full, service->is.name, key, service->counts[j].reason,
					service->counts[j].count);
	}
}

static void print_buckets(const struct control_histogram *histogram, const char *name,
			  const char *service, FILE *stream)
{
	uint64_t count = 0;
	char text[32];

	for (uint32_t i = 0; i < histogram->bounds; i++) {
		count += histogram->count[i];
		fprintf(stream, "spawnd_%s_bucket{service=\"%s\",le=\"%s\"} %" PRIu64 "\n", name,
			service, seconds(histogram->bound_us[i], text), count);
	}
	count += histogram->count[histogram->bounds];
	fprintf(stream,
		"spawnd_%s_bucket{service=\"%s\",le=\"+Inf\"} %" PRIu64 "\n"
		"spawnd_%s_count{service=\"%s\"} %" PRIu64 "\n"
		"spawnd_%s_sum{service=\"%s\"} %s\n",
		name, service, count, name, service, count, name, service,
		seconds(histogram->sum_us, text));
}

static void print_histogram(const struct reply *reply, const char *which, const char *name,
			    const char *help, FILE *stream)
{
	family(stream, name, "histogram", "seconds", help);
	for (size_t i = 0; i < reply->service_count; i++) {
		const struct reply_service *service = &reply->services[i];

		for (size_t j = 0; j < service->histogram_count; j++)
			if (strcmp(service->histograms[j].name, which) == 0)
				print_buckets(&service->histograms[j], name, service->is.name,
					      stream);
	}
}

void metrics_print(const struct reply *reply, FILE *stream)
{
	print_daemon(reply, stream);
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		print_column(reply, &columns[i], stream);
	print_parked(reply, stream);
	print_counts(reply, "refused", "reason", "Not admitted, by the verdict.", stream);
	print_counts(reply, "ended", "end", "Admitted or queued, and ended, by how.", stream);
	print_histogram(reply, "queue", "queue_seconds", "From accept to a container.", stream);
	print_histogram(reply, "spawn", "spawn_seconds", "From accept to the running program.",
			stream);
	print_histogram(reply, "wall", "connection_seconds", "From accept to the end.", stream);
	fputs("# EOF\n", stream);
}

/*
 * The request is read first: a program that was started ahead waits there, and its numbers are new.
 */
static int answer_http(const struct call *call)
{
	struct reply reply;
	char *body = NULL;
	size_t size = 0;
	FILE *stream;
	bool head = false;
	int status = http_read(&head);

	if (status == 0)
		return 0;
	if (status != 200) {
		http_answer(status, false, NULL, NULL, 0);
		return 0;
	}
	status = status_get(call, call->given[0], &reply);
	stream = status == 0 ? open_memstream(&body, &size) : NULL;
	if (stream) {
		metrics_print(&reply, stream);
		if (fclose(stream) != 0)
			status = EXIT_SYSTEM;
	}
	if (stream && status == 0)
		http_answer(200, head, METRICS_TYPE, body, size);
	else
		http_answer(503, head, NULL, NULL, 0);
	free(body);
	reply_free(&reply);
	return status;
}

int verb_metrics(const struct call *call)
{
	struct reply reply;
	int status;

	if (call->given[1])
		return answer_http(call);
	status = status_get(call, call->given[0], &reply);
	if (status == 0 && call->json)
		status_print_json(&reply);
	else if (status == 0)
		metrics_print(&reply, stdout);
	reply_free(&reply);
	return status;
}

/* SPDX-License-Identifier: ISC */
/* spawnctl list: connections that live, with what the kernel knows of them. */
#include "base/clock.h"
#include "ctl/daemon.h"
#include "ctl/list.h"
#include "ctl/json.h"
#include "ctl/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void put_figures(struct json *json, const struct figures *figures)
{
	const struct inet_counts *counts = &figures->counts;

	if (figures->processes > 0) {
		json_number(json, "cpu_ms", figures->cpu_ns / CLOCK_MILLISECOND_NS);
		json_count(json, "memory_bytes", figures->memory_bytes);
		json_count(json, "processes", figures->processes);
	}
	if (counts->counted) {
		json_count(json, "bytes_in", counts->bytes_in);
		json_count(json, "bytes_out", counts->bytes_out);
	}
}

void list_put(struct json *json, const struct control_connection *connection,
	      const struct figures *figures)
{
	char peer[ADDRESS_TEXT_SIZE];

	json_count(json, "id", connection->id);
	json_string(json, "service", connection->service);
	json_string(json, "state", connection->state);
	json_string(json, "warmth", connection->warmth);
	json_number(json, "pid", connection->pid);
	json_number(json, "age_ms", connection->age_ns / CLOCK_MILLISECOND_NS);
	json_string(json, "peer", address_text(&connection->peer.address, peer));
	json_string(json, "source", connection->source);
	put_figures(json, figures);
}

static void print_list_json(const struct reply *reply, const struct figures *figures)
{
	struct json json = { .stream = stdout };

	json_begin(&json, NULL, '[');
	for (size_t i = 0; i < reply->connection_count; i++) {
		json_begin(&json, NULL, '{');
		list_put(&json, &reply->connections[i], &figures[i]);
		json_end(&json, '}');
	}
	json_end(&json, ']');
	puts("");
}

void list_print(const struct control_connection *connection, const struct figures *figures,
		FILE *stream)
{
	char age[UNITS_TEXT_SIZE], cpu[UNITS_TEXT_SIZE] = "-", memory[UNITS_TEXT_SIZE] = "-";
	char in[UNITS_TEXT_SIZE] = "-", out[UNITS_TEXT_SIZE] = "-";
	char peer[ADDRESS_TEXT_SIZE];

	if (!connection) {
		fprintf(stream, "%10s %-16s %-8s %-7s %8s %8s %8s %8s %8s %8s %s\n", "ID",
			"SERVICE", "STATE", "WARMTH", "PID", "AGE", "CPU", "MEMORY", "IN", "OUT",
			"PEER");
		return;
	}
	if (figures->processes > 0) {
		units_span(figures->cpu_ns, cpu);
		units_bytes(figures->memory_bytes, memory);
	}
	if (figures->counts.counted) {
		units_bytes(figures->counts.bytes_in, in);
		units_bytes(figures->counts.bytes_out, out);
	}
	fprintf(stream, "%10" PRIu64 " %-16s %-8s %-7s %8d %8s %8s %8s %8s %8s %s\n",
		connection->id, connection->service,
		connection->ending[0] ? "ending" : connection->state, connection->warmth,
		connection->pid, units_span(connection->age_ns, age), cpu, memory, in, out,
		address_text(&connection->peer.address, peer));
}

/* Only those of one service. */
static void keep_service(struct reply *reply, const char *service)
{
	size_t kept = 0;

	for (size_t i = 0; i < reply->connection_count; i++)
		if (strcmp(reply->connections[i].service, service) == 0)
			reply->connections[kept++] = reply->connections[i];
	reply->connection_count = kept;
}

int list_ask(const struct call *call, const struct control_request *request, struct reply *reply,
	     struct figures **figures)
{
	int status = daemon_demand(call, request, reply);

	*figures = NULL;
	if (status != 0)
		return status;
	if (request->service[0])
		keep_service(reply, request->service);
	*figures = calloc(reply->connection_count + 1, sizeof(**figures));
	if (!*figures) {
		perror("spawnctl");
		return EXIT_SYSTEM;
	}
	figures_collect(reply->connections, reply->connection_count, *figures);
	return 0;
}

int verb_list(const struct call *call)
{
	struct control_request request =
		daemon_request(CONTROL_LIST, call->count > 0 ? call->operands[0] : NULL);
	struct figures *figures;
	struct reply reply;
	int status = list_ask(call, &request, &reply, &figures);

	if (status == 0 && call->json) {
		print_list_json(&reply, figures);
	} else if (status == 0) {
		list_print(NULL, NULL, stdout);
		for (size_t i = 0; i < reply.connection_count; i++)
			list_print(&reply.connections[i], &figures[i], stdout);
	}
	free(figures);
	reply_free(&reply);
	return status;
}

/* SPDX-License-Identifier: ISC */
/* spawnctl show: everything about one connection. */
#include "base/clock.h"
#include "ctl/json.h"
#include "ctl/list.h"
#include "ctl/units.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* RFC 3339, as in the accounting. */
static const char *time_text(int64_t wall_ns, char text[40])
{
	time_t seconds = (time_t)(wall_ns / CLOCK_SECOND_NS);
	struct tm tm;
	size_t length = 0;

	if (gmtime_r(&seconds, &tm))
		length = strftime(text, 40, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + length, 40 - length, ".%03" PRId64 "Z",
		 wall_ns / CLOCK_MILLISECOND_NS % 1000);
	return text;
}

static void print_json(const struct control_connection *connection, const struct figures *figures)
{
	const struct peer *peer = &connection->peer;
	const struct inet_counts *counts = &figures->counts;
	struct json json = { .stream = stdout };
	char text[ADDRESS_TEXT_SIZE];

	json_begin(&json, NULL, '{');
	list_put(&json, connection, figures);
	json_string(&json, "accepted", time_text(connection->accepted_wall_ns, text));
	json_string(&json, "listener", connection->listener);
	json_string(&json, "local", address_text(&peer->local, text));
	if (peer->via.length > 0)
		json_string(&json, "proxy", address_text(&peer->via, text));
	if (peer->pid > 0) {
		json_count(&json, "peer_pid", peer->pid);
		json_count(&json, "peer_uid", peer->uid);
	}
	json_count(&json, "cookie", peer->cookie);
	json_count(&json, "source_live", connection->source_live);
	json_count(&json, "generation", connection->generation);
	json_number(&json, "queue_us", connection->queue_ns / CLOCK_MICROSECOND_NS);
	json_number(&json, "spawn_us", connection->spawn_ns / CLOCK_MICROSECOND_NS);
	if (connection->deadline_ns >= 0)
		json_number(&json, "deadline_ms", connection->deadline_ns / CLOCK_MILLISECOND_NS);
	if (connection->client_left_ns > 0)
		json_number(&json, "client_left_ms",
			    connection->client_left_ns / CLOCK_MILLISECOND_NS);
	json_string(&json, "ending", connection->ending);
	json_count(&json, "stderr_bytes", connection->stderr_bytes);
	json_truth(&json, "relayed", connection->relayed);
	json_truth(&json, "adopted", connection->adopted);
	if (counts->counted) {
		json_count(&json, "rtt_us", counts->rtt_us);
		json_count(&json, "retransmits", counts->retransmits);
		json_count(&json, "quiet_in_ms", counts->quiet_in_ms);
		json_count(&json, "quiet_out_ms", counts->quiet_out_ms);
		json_count(&json, "unread_bytes", counts->unread);
	}
	json_end(&json, '}');
	puts("");
}

static void print_line(const char *name, const char *value)
{
	printf("%-12s %s\n", name, value);
}

static void print_socket(const struct inet_counts *counts)
{
	char in[UNITS_TEXT_SIZE], out[UNITS_TEXT_SIZE];

	if (!counts->counted)
		return;
	printf("%-12s %s in (last %u ms ago, %u unread), %s out (last %u ms ago)\n", "bytes",
	       units_bytes(counts->bytes_in, in), counts->quiet_in_ms, counts->unread,
	       units_bytes(counts->bytes_out, out), counts->quiet_out_ms);
	printf("%-12s rtt %u us, %u segments sent again\n", "network", counts->rtt_us,
	       counts->retransmits);
}

static void print_client(const struct control_connection *connection)
{
	const struct peer *peer = &connection->peer;
	char text[ADDRESS_TEXT_SIZE];

	print_line("client", address_text(&peer->address, text));
	if (peer->via.length > 0)
		print_line("proxy", address_text(&peer->via, text));
	if (peer->pid > 0)
		printf("%-12s process %u of user %u\n", "", peer->pid, peer->uid);
	if (connection->source[0])
		printf("%-12s %s, %" PRIu64 " live\n", "source", connection->source,
		       connection->source_live);
	if (connection->client_left_ns > 0)
		printf("%-12s it has closed or half-closed, %s ago\n", "",
		       units_span(connection->client_left_ns, text));
}

static void print_text(const struct control_connection *connection, const struct figures *figures)
{
	char text[ADDRESS_TEXT_SIZE], age[UNITS_TEXT_SIZE], memory[UNITS_TEXT_SIZE];

	printf("%-12s %" PRIu64 "\n", "connection", connection->id);
	printf("%-12s %s (generation %" PRIu64 "), listener %s\n", "service", connection->service,
	       connection->generation, connection->adopted ? "unknown" : connection->listener);
	print_client(connection);
	printf("%-12s %s, %s ago\n", "accepted", time_text(connection->accepted_wall_ns, text),
	       units_span(connection->age_ns, age));
	printf("%-12s %s%s%s, container was %s%s\n", "state", connection->state,
	       connection->ending[0] ? ", ending: " : "", connection->ending, connection->warmth,
	       connection->relayed ? ", relayed" : "");
	printf("%-12s container after %" PRId64 " us, program after %" PRId64 " us\n", "start",
	       connection->queue_ns / CLOCK_MICROSECOND_NS,
	       connection->spawn_ns / CLOCK_MICROSECOND_NS);
	if (connection->deadline_ns >= 0)
		print_line("next timer", units_span(connection->deadline_ns, text));
	if (figures->processes > 0)
		printf("%-12s %u of pid %d, cpu %s, memory %s (%s)\n", "processes",
		       figures->processes, connection->pid, units_span(figures->cpu_ns, text),
		       units_bytes(figures->memory_bytes, memory),
		       figures->grouped ? "control group" : "resident");
	print_socket(&figures->counts);
	printf("%-12s %" PRIu64 " bytes\n", "stderr", connection->stderr_bytes);
}

int verb_show(const struct call *call)
{
	struct control_request request = daemon_request(CONTROL_SHOW, call->operands[0]);
	struct figures *figures;
	struct reply reply;
	int status;

	if (request.service[0]) {
		fprintf(stderr, "spawnctl: \"%s\" is no number of a connection\n",
			call->operands[0]);
		return EXIT_USAGE;
	}
	status = list_ask(call, &request, &reply, &figures);
	if (status == 0 && reply.connection_count > 0) {
		if (call->json)
			print_json(&reply.connections[0], figures);
		else
			print_text(&reply.connections[0], figures);
	}
	free(figures);
	reply_free(&reply);
	return status;
}

/* SPDX-License-Identifier: ISC */
/* spawnctl explain: what a client from an address would get. */
#include "base/clock.h"
#include "ctl/daemon.h"
#include "ctl/json.h"
#include "ctl/units.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool parse_v6(struct address *address, const char *text)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address->storage;
	char host[INET6_ADDRSTRLEN + IF_NAMESIZE + 2], *scope;

	if (snprintf(host, sizeof(host), "%s", text) >= (int)sizeof(host))
		return false;
	scope = strchr(host, '%');
	if (scope) {
		*scope++ = '\0';
		v6->sin6_scope_id = if_nametoindex(scope);
		if (v6->sin6_scope_id == 0)
			v6->sin6_scope_id = (uint32_t)strtoul(scope, NULL, 10);
	}
	v6->sin6_family = AF_INET6;
	address->length = sizeof(*v6);
	return inet_pton(AF_INET6, host, &v6->sin6_addr) == 1;
}

/* "192.0.2.7", "2001:db8::1", "fe80::1%eth0", "uid:1000" (a client of an AF_UNIX socket). */
static bool parse_client(struct peer *client, const char *text)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&client->address.storage;
	char *end;

	if (strncmp(text, "uid:", 4) == 0) {
		client->uid = (uint32_t)strtoul(text + 4, &end, 10);
		return text[4] >= '0' && text[4] <= '9' && !*end;
	}
	if (strchr(text, ':'))
		return parse_v6(&client->address, text);
	v4->sin_family = AF_INET;
	client->address.length = sizeof(*v4);
	return inet_pton(AF_INET, text, &v4->sin_addr) == 1;
}

static void put(struct json *json, const struct control_verdict *verdict)
{
	json_begin(json, NULL, '{');
	json_string(json, "service", verdict->service);
	json_string(json, "listener", verdict->listener);
	json_string(json, "outcome", verdict->outcome);
	json_string(json, "verdict", verdict->verdict);
	json_count(json, "live", verdict->live);
	json_count(json, "limit", verdict->limit);
	json_number(json, "wait_ms", verdict->wait_ns / CLOCK_MILLISECOND_NS);
	json_string(json, "source", verdict->source);
	json_count(json, "source_live", verdict->source_live);
	json_truth(json, "proxied", verdict->proxied);
	json_end(json, '}');
}

static void print_json(const struct reply *reply)
{
	struct json json = { .stream = stdout };

	json_begin(&json, NULL, '[');
	for (size_t i = 0; i < reply->verdict_count; i++)
		put(&json, &reply->verdicts[i]);
	json_end(&json, ']');
	puts("");
}

static void print_line(const struct control_verdict *verdict)
{
	char compared[32] = "-", wait[UNITS_TEXT_SIZE] = "-";

	if (verdict->limit > 0)
		snprintf(compared, sizeof(compared), "%u of %u", verdict->live, verdict->limit);
	if (verdict->wait_ns > 0)
		units_span(verdict->wait_ns, wait);
	printf("%-16s %-24s %-8s %-17s %-14s %9s %s%s\n", verdict->service, verdict->listener,
	       verdict->outcome, verdict->verdict, compared, wait, verdict->source,
	       verdict->proxied ? " (as its proxy says)" : "");
}

int verb_explain(const struct call *call)
{
	struct control_request request =
		daemon_request(CONTROL_EXPLAIN, call->count > 1 ? call->operands[1] : NULL);
	struct reply reply;
	int status;

	if (!parse_client(&request.client, call->operands[0])) {
		fprintf(stderr,
			"spawnctl: \"%s\" is no address: 192.0.2.7, 2001:db8::1 or uid:1000\n",
			call->operands[0]);
		return EXIT_USAGE;
	}
	status = daemon_demand(call, &request, &reply);
	if (status == 0 && call->json) {
		print_json(&reply);
	} else if (status == 0 && reply.verdict_count == 0) {
		puts("no listener can be reached from there");
	} else if (status == 0) {
		printf("%-16s %-24s %-8s %-17s %-14s %9s %s\n", "SERVICE", "LISTENER", "OUTCOME",
		       "VERDICT", "LIVE", "WAIT", "SOURCE");
		for (size_t i = 0; i < reply.verdict_count; i++)
			print_line(&reply.verdicts[i]);
	}
	reply_free(&reply);
	return status;
}

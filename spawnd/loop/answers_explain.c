/* SPDX-License-Identifier: ISC */
/*
 * What a client from an address would get, listener by listener: admission is asked, and nothing is
 * counted, entered or taken. Loop.
 */
#include "loop/answers.h"

#include "base/clock.h"
#include "loop/entrance.h"
#include "loop/loop.h"
#include "loop/overflow.h"
#include "loop/sources.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* bind(2) of [::] takes both families unless BindIPv6Only= says otherwise (ipv6(7)). */
static bool takes_v4(const struct service_spec *spec, const struct listen_spec *listener)
{
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&listener->address.storage;

	if (listener->any)
		return true;
	return spec->socket.bind_ipv6_only != BIND_IPV6_ONLY &&
	       IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr);
}

/* Whether a client of that kind can reach it at all. */
static bool can_reach(const struct service_spec *spec, const struct listen_spec *listener,
		      const struct peer *client)
{
	sa_family_t family = client->address.storage.ss_family;

	if (client->address.length == 0)
		family = AF_UNIX;
	switch (listener->address.storage.ss_family) {
	case AF_INET6:
		return family == AF_INET6 || (family == AF_INET && takes_v4(spec, listener));
	case AF_INET:
		return family == AF_INET;
	default:
		return family == AF_UNIX;
	}
}

static const char *outcome_of(const struct service *service, struct verdict *verdict)
{
	const struct admission_spec *spec = &service->spec->admission;

	if (service->tally->paused)
		return "waits";
	if (verdict->code == VERDICT_ADMITTED)
		return "served";
	if (overflow_defers(service, verdict))
		return "waits";
	if (!verdict_is_of_source(verdict->code) && spec->overflow == OVERFLOW_QUEUE) {
		if (service->tally->queued < spec->queue_max)
			return "queued";
		*verdict = (struct verdict){ VERDICT_QUEUE_FULL, service->tally->queued,
					     spec->queue_max, 0 };
	}
	return spec->overflow == OVERFLOW_RESET ? "reset" : "refused";
}

static void fill_source(struct loop *loop, const struct service *service, const struct peer *client,
			struct control_verdict *record)
{
	struct source_key key = sources_key(loop->sources, client, service->tally->number);
	const struct source *source = sources_find(loop->sources, &key);
	char text[NETWORK_TEXT_SIZE];

	snprintf(record->source, sizeof(record->source), "%s", source_key_text(&key, text));
	record->source_live = source ? source->live : 0;
}

static void fill(struct loop *loop, const struct service *service,
		 const struct listen_spec *listener, const struct peer *client,
		 struct control_verdict *record)
{
	int64_t now_ns = clock_now_ns();
	struct verdict verdict = entrance_ask(service, client, now_ns);
	const char *outcome = outcome_of(service, &verdict);

	snprintf(record->service, sizeof(record->service), "%s", service->spec->name);
	snprintf(record->listener, sizeof(record->listener), "%s", listener->text);
	snprintf(record->outcome, sizeof(record->outcome), "%s", outcome);
	snprintf(record->verdict, sizeof(record->verdict), "%s",
		 service->tally->paused ? "paused" : verdict_name(verdict.code));
	fill_source(loop, service, client, record);
	record->live = verdict.live;
	record->limit = verdict.limit;
	record->wait_ns = verdict.until_ns > now_ns ? verdict.until_ns - now_ns : 0;
	record->proxied = service->greetings != NULL;
}

/* part: of the listeners of a service. */
enum control_type explain_next(struct loop *loop, struct question *question,
			       union control_record *record)
{
	const struct control_request *request = &question->request;
	const struct generation *serving = loop->serving;

	while (serving && loop->sources && question->index < serving->config.service_count) {
		const struct service *service = &serving->services[question->index];
		uint32_t at = question->part++;

		if (at >= service->spec->listener_count ||
		    (request->service[0] && strcmp(service->spec->name, request->service) != 0)) {
			question->index++;
			question->part = 0;
			continue;
		}
		if (!can_reach(service->spec, &service->spec->listeners[at], &request->client))
			continue;
		question->number++;
		fill(loop, service, &service->spec->listeners[at], &request->client,
		     &record->verdict);
		return CONTROL_VERDICT;
	}
	return CONTROL_END;
}

/* SPDX-License-Identifier: ISC */
/* Packets of wire/control.h into arrays. In spawnctl; parses bytes from outside, trusts none. */
#include "ctl/reply.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void reply_init(struct reply *reply)
{
	*reply = (struct reply){ .errors = -1 };
}

void reply_free(struct reply *reply)
{
	free(reply->services);
	free(reply->connections);
	free(reply->verdicts);
	if (reply->errors >= 0)
		close(reply->errors);
	reply_init(reply);
}

static void clean(char *text, size_t size)
{
	text[size - 1] = '\0';
	text_make_printable(text);
}
#define CLEAN(text) clean(text, sizeof(text))

static void clean_record(enum control_type type, union control_record *record)
{
	switch (type) {
	case CONTROL_END:
		CLEAN(record->end.text);
		break;
	case CONTROL_DAEMON:
		CLEAN(record->daemon.version);
		break;
	case CONTROL_SERVICE:
		CLEAN(record->service.name);
		CLEAN(record->service.warmth);
		break;
	case CONTROL_COUNT:
		CLEAN(record->count.family);
		CLEAN(record->count.reason);
		break;
	case CONTROL_HISTOGRAM:
		CLEAN(record->histogram.name);
		if (record->histogram.bounds > CONTROL_BUCKETS_MAX - 1)
			record->histogram.bounds = CONTROL_BUCKETS_MAX - 1;
		break;
	case CONTROL_CONNECTION:
		CLEAN(record->connection.service);
		CLEAN(record->connection.listener);
		CLEAN(record->connection.state);
		CLEAN(record->connection.warmth);
		CLEAN(record->connection.ending);
		CLEAN(record->connection.source);
		break;
	case CONTROL_VERDICT:
		CLEAN(record->verdict.service);
		CLEAN(record->verdict.listener);
		CLEAN(record->verdict.verdict);
		CLEAN(record->verdict.outcome);
		CLEAN(record->verdict.source);
		break;
	default:
		break;
	}
}

/* Room for one more of them. NULL: no memory. */
static void *grow(void *items, size_t count, size_t size)
{
	if (count > 0 && (count & (count - 1)) != 0)
		return items;
	return reallocarray(items, count > 0 ? count * 2 : 1, size);
}

static int add_service(struct reply *reply, const struct control_service *record)
{
	struct reply_service *services =
		grow(reply->services, reply->service_count, sizeof(*services));

	if (!services)
		return -ENOMEM;
	reply->services = services;
	services[reply->service_count++] = (struct reply_service){ .is = *record };
	return 0;
}

static int add_connection(struct reply *reply, const struct control_connection *record)
{
	struct control_connection *connections =
		grow(reply->connections, reply->connection_count, sizeof(*connections));

	if (!connections)
		return -ENOMEM;
	reply->connections = connections;
	connections[reply->connection_count++] = *record;
	return 0;
}

static int add_verdict(struct reply *reply, const struct control_verdict *record)
{
	struct control_verdict *verdicts =
		grow(reply->verdicts, reply->verdict_count, sizeof(*verdicts));

	if (!verdicts)
		return -ENOMEM;
	reply->verdicts = verdicts;
	verdicts[reply->verdict_count++] = *record;
	return 0;
}

/* What belongs to the service before it. Beyond what is known here it is left out. */
static int add_detail(struct reply *reply, enum control_type type,
		      const union control_record *record)
{
	struct reply_service *service;

	if (reply->service_count == 0)
		return -EPROTO;
	service = &reply->services[reply->service_count - 1];
	if (type == CONTROL_COUNT && service->count_count < REPLY_COUNTS_MAX)
		service->counts[service->count_count++] = record->count;
	if (type == CONTROL_HISTOGRAM && service->histogram_count < REPLY_HISTOGRAMS_MAX)
		service->histograms[service->histogram_count++] = record->histogram;
	return 0;
}

static int add(struct reply *reply, enum control_type type, union control_record *record)
{
	clean_record(type, record);
	switch (type) {
	case CONTROL_END:
		reply->end = record->end;
		reply->complete = true;
		return 0;
	case CONTROL_DAEMON:
		reply->daemon = record->daemon;
		return 0;
	case CONTROL_SERVICE:
		return add_service(reply, &record->service);
	case CONTROL_CONNECTION:
		return add_connection(reply, &record->connection);
	case CONTROL_VERDICT:
		return add_verdict(reply, &record->verdict);
	default:
		return add_detail(reply, type, record);
	}
}

int reply_add(struct reply *reply, const char *packet, size_t size)
{
	union control_record record;
	struct control_head head;
	int error = 0;

	while (size > 0 && error == 0) {
		if (size < sizeof(head))
			return -EPROTO;
		memcpy(&head, packet, sizeof(head));
		packet += sizeof(head);
		size -= sizeof(head);
		if (head.magic != CONTROL_MAGIC || head.size == 0 ||
		    head.size != control_size((enum control_type)head.type) || head.size > size)
			return -EPROTO;
		memcpy(&record, packet, head.size);
		packet += head.size;
		size -= head.size;
		error = add(reply, (enum control_type)head.type, &record);
	}
	return error;
}

/* SPDX-License-Identifier: ISC */
/*
 * Fuzzes the daemon's answers to spawnctl, which root runs: two packets of one answer. What is
 * taken has strings that end and that a terminal can be shown, and no more of anything than fits.
 */
#include "fuzz.h"

#include "ctl/reply.h"

#include <errno.h>
#include <string.h>

#define MUST_BE_TEXT(array) must_be_text(array, sizeof(array))

static void must_be_text(const char *text, size_t size)
{
	MUST(memchr(text, '\0', size));
	for (; *text; text++)
		MUST(*text >= ' ' && *text <= '~');
}

static void check_service(const struct reply_service *service)
{
	MUST_BE_TEXT(service->is.name);
	MUST_BE_TEXT(service->is.warmth);
	MUST(service->count_count <= REPLY_COUNTS_MAX);
	MUST(service->histogram_count <= REPLY_HISTOGRAMS_MAX);
	for (size_t i = 0; i < service->count_count; i++) {
		MUST_BE_TEXT(service->counts[i].family);
		MUST_BE_TEXT(service->counts[i].reason);
	}
	for (size_t i = 0; i < service->histogram_count; i++) {
		MUST_BE_TEXT(service->histograms[i].name);
		MUST(service->histograms[i].bounds < CONTROL_BUCKETS_MAX);
	}
}

static void check_connection(const struct control_connection *connection)
{
	char text[ADDRESS_TEXT_SIZE];

	MUST_BE_TEXT(connection->service);
	MUST_BE_TEXT(connection->listener);
	MUST_BE_TEXT(connection->state);
	MUST_BE_TEXT(connection->warmth);
	MUST_BE_TEXT(connection->ending);
	MUST_BE_TEXT(connection->source);
	must_be_text(address_text(&connection->peer.address, text), sizeof(text));
	must_be_text(address_text(&connection->peer.local, text), sizeof(text));
	must_be_text(address_text(&connection->peer.via, text), sizeof(text));
}

static void check_verdict(const struct control_verdict *verdict)
{
	MUST_BE_TEXT(verdict->service);
	MUST_BE_TEXT(verdict->listener);
	MUST_BE_TEXT(verdict->verdict);
	MUST_BE_TEXT(verdict->outcome);
	MUST_BE_TEXT(verdict->source);
}

int FUZZ(control)(const uint8_t *data, size_t size)
{
	struct reply reply;
	size_t first;
	int error;

	if (size == 0)
		return 0;
	first = (size - 1) * data[0] / 255;
	reply_init(&reply);
	error = reply_add(&reply, (const char *)data + 1, first);
	MUST(error == 0 || error == -EPROTO);
	if (error == 0)
		error = reply_add(&reply, (const char *)data + 1 + first, size - 1 - first);
	MUST(error == 0 || error == -EPROTO);
	for (size_t i = 0; i < reply.service_count; i++)
		check_service(&reply.services[i]);
	for (size_t i = 0; i < reply.connection_count; i++)
		check_connection(&reply.connections[i]);
	for (size_t i = 0; i < reply.verdict_count; i++)
		check_verdict(&reply.verdicts[i]);
	if (reply.complete)
		MUST_BE_TEXT(reply.end.text);
	reply_free(&reply);
	return 0;
}

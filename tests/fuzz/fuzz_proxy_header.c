/* SPDX-License-Identifier: ISC */
/*
 * Fuzzes PROXY headers: no byte behind a header counts, a piece of one waits for more and never for
 * more than there may be, and what is refused is not taken when there is more of it.
 */
#include "fuzz.h"

#include "net/proxy_header.h"

#include <errno.h>
#include <string.h>

static void check_piece(const uint8_t *bytes, size_t piece, size_t whole)
{
	uint8_t *copy = malloc(piece + 1);
	struct proxy_header header;

	MUST(copy);
	memcpy(copy, bytes, piece);
	MUST(proxy_header_parse(copy, piece, &header) == 0);
	MUST(header.wanted > piece && header.wanted <= whole);
	free(copy);
}

static void check_address(const struct address *address)
{
	char text[ADDRESS_TEXT_SIZE], host[ADDRESS_TEXT_SIZE];
	struct address again;
	const char *expected;
	bool any;

	address_host(address, host);
	address_text(address, text);
	/* a v4-mapped address is written as v4 */
	if (address_port(address) == 0 || strstr(text, "."))
		return;
	MUST(address_parse(&again, text, &any, &expected) == 0);
	MUST(address_equal(&again, address));
}

int FUZZ(proxy_header)(const uint8_t *data, size_t size)
{
	struct proxy_header header, again;
	int length = proxy_header_parse(data, size, &header);

	if (length == 0)
		MUST(header.wanted > size && header.wanted <= PROXY_HEADER_MAX);
	else if (length < 0)
		MUST(length == -EPROTO);
	if (length <= 0)
		return 0;
	MUST((size_t)length <= size && length <= PROXY_HEADER_MAX);
	MUST(proxy_header_parse(data, (size_t)length, &again) == length);
	MUST(again.known == header.known);
	for (size_t piece = 0; piece < (size_t)length; piece += (size_t)length / 16 + 1)
		check_piece(data, piece, (size_t)length);
	check_piece(data, (size_t)length - 1, (size_t)length);
	if (!header.known)
		return 0;
	MUST(address_equal(&again.client, &header.client));
	MUST(header.client.storage.ss_family == header.local.storage.ss_family);
	check_address(&header.client);
	check_address(&header.local);
	return 0;
}

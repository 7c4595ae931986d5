/* SPDX-License-Identifier: ISC */
/*
 * Fuzzes addresses: text to address, which must come back as the same address from its own text;
 * and any bytes at all as a socket address, as a hostile peer's could be, to text.
 */
#include "fuzz.h"

#include "net/address.h"

#include <errno.h>
#include <string.h>

static void fuzz_text(const char *input)
{
	struct address address, again;
	char text[ADDRESS_TEXT_SIZE], host[ADDRESS_TEXT_SIZE];
	const char *expected = NULL;
	bool any;
	int error = address_parse(&address, input, &any, &expected);

	if (error && !expected)
		abort();
	if (error)
		return;
	address_text(&address, text);
	address_host(&address, host);
	if (!address_equal(&address, &address))
		abort();
	/* names may be escaped, and a v4-mapped address is written as v4: others must come back */
	if (*input == '/' || *input == '@' || (*input == '[' && *text != '['))
		return;
	if (address_parse(&again, text, &any, &expected) || !address_equal(&address, &again))
		abort();
}

static void fuzz_bytes(const uint8_t *data, size_t size)
{
	struct address address = { .length = 0 };
	char text[ADDRESS_TEXT_SIZE];

	if (size > sizeof(address.storage))
		size = sizeof(address.storage);
	memcpy(&address.storage, data, size);
	address.length = (socklen_t)size;
	address_text(&address, text);
	address_host(&address, text);
	address_port(&address);
	if (!address_equal(&address, &address))
		abort();
}

int FUZZ(address)(const uint8_t *data, size_t size)
{
	char *input = malloc(size + 1);

	if (!input)
		abort();
	memcpy(input, data, size);
	input[size] = '\0';
	fuzz_text(input);
	fuzz_bytes(data, size);
	free(input);
	return 0;
}

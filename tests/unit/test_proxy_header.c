/* SPDX-License-Identifier: ISC */
/*
 * net/proxy_header: what is a header, what is none, and that no piece of one is taken for a whole.
 */
#include "net/proxy_header.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define V2 "\r\n\r\n\0\r\nQUIT\n"

static void lines(void **state)
{
	static const struct {
		const char *line, *client, *local; /* client NULL: not known; "": refused */
	} rows[] = {
		{ "PROXY TCP4 192.0.2.7 192.0.2.1 5000 80", "192.0.2.7:5000", "192.0.2.1:80" },
		{ "PROXY TCP6 2001:db8::7 ::1 65535 0", "[2001:db8::7]:65535", "[::1]:0" },
		{ "PROXY UNKNOWN", NULL, NULL },
		{ "PROXY UNKNOWN whatever it likes 1 2 3 4", NULL, NULL },
		{ "PROXY TCP4 192.0.2.7 192.0.2.1 5000", "", NULL },
		{ "PROXY TCP4 192.0.2.7 192.0.2.1 5000 80 ", "", NULL },
		{ "PROXY TCP4 192.0.2.7 192.0.2.1 5000 80 9", "", NULL },
		{ "PROXY TCP4  192.0.2.7 192.0.2.1 5000 80", "", NULL },
		{ "PROXY TCP4 192.0.2.7 192.0.2.1 5000 65536", "", NULL },
		{ "PROXY TCP4 192.0.2.7 192.0.2.1 05000 80", "", NULL },
		{ "PROXY TCP4 192.0.2.7 192.0.2.1 -1 80", "", NULL },
		{ "PROXY TCP4 ::1 ::1 5000 80", "", NULL },
		{ "PROXY TCP6 192.0.2.7 192.0.2.1 5000 80", "", NULL },
		{ "PROXY UDP4 192.0.2.7 192.0.2.1 5000 80", "", NULL },
		{ "PROXY ", "", NULL },
		{ "PROXY", "", NULL },
		{ "proxy TCP4 192.0.2.7 192.0.2.1 5000 80", "", NULL },
		{ "GET / HTTP/1.1", "", NULL },
	};
	char bytes[200], text[ADDRESS_TEXT_SIZE];
	struct proxy_header header;

	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t size = strlen(rows[i].line) + 2;
		int wanted = rows[i].client && !*rows[i].client ? -EPROTO : (int)size;

		snprintf(bytes, sizeof(bytes), "%s\r\nGET /\r\n", rows[i].line);
		assert_int_equal(proxy_header_parse(bytes, strlen(bytes), &header), wanted);
		if (wanted < 0)
			continue;
		assert_int_equal(header.known, rows[i].client != NULL);
		if (header.known) {
			assert_string_equal(address_text(&header.client, text), rows[i].client);
			assert_string_equal(address_text(&header.local, text), rows[i].local);
		}
		for (size_t part = 0; part < size; part++) { /* every piece waits for more */
			assert_int_equal(proxy_header_parse(bytes, part, &header), 0);
			assert_true(header.wanted > part && header.wanted <= size);
		}
	}
	memset(bytes, 'x', sizeof(bytes));
	memcpy(bytes, "PROXY TCP4 ", 11);
	assert_int_equal(proxy_header_parse(bytes, 106, &header), 0);
	assert_int_equal(proxy_header_parse(bytes, 107, &header), -EPROTO);
	assert_int_equal(proxy_header_parse("PROXY \0\r\n", 9, &header), -EPROTO);
}

static void binary(void **state)
{
	static const struct {
		const char *name;
		uint8_t command, family;
		uint16_t length;
		int result; /* 0: the whole length */
		const char *client;
	} rows[] = {
		{ "TCP4", 0x21, 0x11, 12, 0, "10.0.0.1:258" },
		{ "TCP4 and more", 0x21, 0x11, 100, 0, "10.0.0.1:258" },
		{ "TCP4 too short", 0x21, 0x11, 11, -EPROTO, NULL },
		{ "TCP6", 0x21, 0x21, 36, 0, "[a00:1::]:258" },
		{ "TCP6 too short", 0x21, 0x21, 35, -EPROTO, NULL },
		{ "UNIX", 0x21, 0x31, 216, 0, NULL },
		{ "unspecified", 0x21, 0x00, 0, 0, NULL },
		{ "LOCAL", 0x20, 0x11, 12, 0, NULL },
		{ "UDP", 0x21, 0x12, 12, -EPROTO, NULL },
		{ "another command", 0x22, 0x11, 12, -EPROTO, NULL },
		{ "another version", 0x31, 0x11, 12, -EPROTO, NULL },
		{ "the largest", 0x21, 0x11, PROXY_HEADER_MAX - 16, 0, "10.0.0.1:258" },
		{ "too large", 0x21, 0x11, PROXY_HEADER_MAX - 15, -EPROTO, NULL },
	};
	uint8_t bytes[PROXY_HEADER_MAX + 64];
	char text[ADDRESS_TEXT_SIZE];
	struct proxy_header header;

	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t size = 16 + (size_t)rows[i].length;
		size_t ports = 16 + (rows[i].family == 0x21 ? 32 : 8);
		int wanted = rows[i].result ? rows[i].result : (int)size, got;

		memset(bytes, 0, sizeof(bytes));
		memcpy(bytes, V2, 12);
		bytes[12] = rows[i].command;
		bytes[13] = rows[i].family;
		bytes[14] = (uint8_t)(rows[i].length >> 8);
		bytes[15] = (uint8_t)rows[i].length;
		bytes[16] = 10;
		bytes[19] = 1;
		bytes[ports] = 1;
		bytes[ports + 1] = 2;
		got = proxy_header_parse(bytes, sizeof(bytes), &header);
		if (got != wanted)
			fail_msg("%s: %d", rows[i].name, got);
		if (got < 0)
			continue;
		assert_int_equal(header.known, rows[i].client != NULL);
		if (header.known)
			assert_string_equal(address_text(&header.client, text), rows[i].client);
		for (size_t part = 0; part < size; part++) {
			assert_int_equal(proxy_header_parse(bytes, part, &header), 0);
			assert_true(header.wanted > part && header.wanted <= size);
		}
	}
	assert_int_equal(proxy_header_parse("\r\n\r\nX", 5, &header), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(lines), cmocka_unit_test(binary) };

	return cmocka_run_group_tests_name("proxy_header", tests, NULL, NULL);
}

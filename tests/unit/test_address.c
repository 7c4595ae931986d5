/* SPDX-License-Identifier: ISC */
/* Addresses: text to address and back. */
#include "net/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/un.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NAME_OFFSET offsetof(struct sockaddr_un, sun_path)

static void test_round_trip(void **state)
{
	static const struct {
		const char *text, *again, *host;
		unsigned int port;
		bool any;
	} cases[] = {
		{ "7", "[::]:7", "::", 7, true },
		{ "65535", "[::]:65535", "::", 65535, true },
		{ "127.0.0.1:80", "127.0.0.1:80", "127.0.0.1", 80, false },
		{ "0.0.0.0:1", "0.0.0.0:1", "0.0.0.0", 1, false },
		{ "[::1]:7", "[::1]:7", "::1", 7, false },
		{ "[2001:DB8::1]:7", "[2001:db8::1]:7", "2001:db8::1", 7, false },
		{ "[fe80::1%7]:22", "[fe80::1%7]:22", "fe80::1%7", 22, false },
		{ "[fe80::1]:22%7", "[fe80::1%7]:22", "fe80::1%7", 22, false },
		{ "[fe80::1%lo]:22", "[fe80::1%1]:22", "fe80::1%1", 22, false },
		{ "[::ffff:10.0.0.1]:7", "10.0.0.1:7", "10.0.0.1", 7, false },
		{ "/run/x", "/run/x", "/run/x", 0, false },
		{ "@name", "@name", "@name", 0, false },
	};
	char text[ADDRESS_TEXT_SIZE];
	struct address address;
	const char *expected;
	bool any;

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(address_parse(&address, cases[i].text, &any, &expected), 0);
		assert_int_equal(any, cases[i].any);
		assert_string_equal(address_text(&address, text), cases[i].again);
		assert_string_equal(address_host(&address, text), cases[i].host);
		assert_int_equal(address_port(&address), cases[i].port);
		assert_true(address_equal(&address, &address));
	}
}

static void test_wrong(void **state)
{
	static const char *const cases[] = {
		"",
		"0",
		"65536",
		"07",
		"7 ",
		"x",
		"localhost",
		"127.0.0.1",
		"127.0.0.1:",
		"127.0.0.1:0",
		"1.2.3:7",
		"::1:7",
		"[::1]",
		"[::1]7",
		"[::1]:",
		"[::1]:70000",
		"[::1",
		"[]:7",
		"[1.2.3.4]:7",
		"[::1%lo]:7%lo",
		"/",
		"@",
		"-1",
		"*:7",
		":7",
		"256.0.0.1:7",
		"00000000000000000127.0.0.1:7",
	};
	struct address address;
	const char *expected;
	bool any;

	for (size_t i = 0; i < COUNT(cases); i++) {
		expected = NULL;
		assert_int_equal(address_parse(&address, cases[i], &any, &expected), -EINVAL);
		assert_non_null(expected);
	}
}

static void test_no_such_interface(void **state)
{
	struct address address, other;
	const char *expected;
	bool any;

	assert_int_equal(address_parse(&address, "[fe80::1%nosuch0]:7", &any, &expected), -ENODEV);
	assert_int_equal(address_parse(&address, "[fe80::1]:7%", &any, &expected), -ENODEV);
	/* everything but the scope is there */
	assert_int_equal(address_port(&address), 7);
	/* and two that are missing are not one address */
	assert_int_equal(address_parse(&address, "[fe80::1%nosuch0]:7", &any, &expected), -ENODEV);
	assert_int_equal(address_parse(&other, "[fe80::1%nosuch1]:7", &any, &expected), -ENODEV);
	assert_false(address_equal(&address, &other));
}

static void test_unix_lengths(void **state)
{
	struct address address;
	const char *expected;
	char path[200], text[ADDRESS_TEXT_SIZE];
	bool any;

	assert_int_equal(address_parse(&address, "/run/x", &any, &expected), 0);
	assert_int_equal(address.length, NAME_OFFSET + 7);
	assert_int_equal(address_parse(&address, "@x", &any, &expected), 0);
	assert_int_equal(address.length, NAME_OFFSET + 2);

	memset(path, 'p', sizeof(path));
	path[0] = '/';
	path[107] = '\0';
	assert_int_equal(address_parse(&address, path, &any, &expected), 0);
	path[0] = '@';
	assert_int_equal(address_parse(&address, path, &any, &expected), 0);
	path[107] = 'p';
	path[108] = '\0';
	assert_int_equal(address_parse(&address, path, &any, &expected), -EINVAL);

	address.length = NAME_OFFSET; /* as accept(2) reports a client that has not bound */
	address.storage.ss_family = AF_UNIX;
	assert_string_equal(address_text(&address, text), "unix");
}

static void test_hostile_names_are_escaped_and_cut(void **state)
{
	struct address address = { .length = sizeof(struct sockaddr_un) };
	struct sockaddr_un *name = (struct sockaddr_un *)&address.storage;
	char text[ADDRESS_TEXT_SIZE];

	name->sun_family = AF_UNIX;
	memset(name->sun_path, 0x1b, sizeof(name->sun_path));
	name->sun_path[0] = '\0';
	address_text(&address, text);
	assert_memory_equal(text, "@\\x1b\\x1b", 9);
	assert_true(strlen(text) < ADDRESS_TEXT_SIZE);
	assert_null(strchr(text, 0x1b));
}

static void test_equal(void **state)
{
	static const struct {
		const char *left, *right;
		bool equal;
	} cases[] = {
		{ "7", "[::]:7", true },
		{ "7", "8", false },
		{ "127.0.0.1:7", "127.0.0.1:7", true },
		{ "127.0.0.1:7", "127.0.0.2:7", false },
		{ "127.0.0.1:7", "[::ffff:127.0.0.1]:7", false },
		{ "[fe80::1%1]:7", "[fe80::1%2]:7", false },
		{ "/run/x", "/run/x", true },
		{ "/run/x", "/run/xy", false },
		{ "@x", "@x", true },
		{ "@x", "@y", false },
		{ "@/x", "/x", false },
	};
	struct address left, right;
	const char *expected;
	bool any;

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(address_parse(&left, cases[i].left, &any, &expected), 0);
		assert_int_equal(address_parse(&right, cases[i].right, &any, &expected), 0);
		assert_int_equal(address_equal(&left, &right), cases[i].equal);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_no_such_interface),
		cmocka_unit_test(test_unix_lengths),
		cmocka_unit_test(test_hostile_names_are_escaped_and_cut),
		cmocka_unit_test(test_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* net/network: text to prefix and back; sets against asking each network in turn. */
#include "net/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct address address_of(const char *text)
{
	struct address address = { .length = 0 };
	struct sockaddr_in *in = (struct sockaddr_in *)&address.storage;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&address.storage;

	if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		address.length = sizeof(*in);
	} else {
		memset(&address, 0, sizeof(address));
		assert_int_equal(inet_pton(AF_INET6, text, &in6->sin6_addr), 1);
		in6->sin6_family = AF_INET6;
		address.length = sizeof(*in6);
	}
	return address;
}

static void text_and_back(void **state)
{
	static const char *const rows[][2] = {
		{ "192.0.2.7", "192.0.2.7" },
		{ "192.0.2.7/24", "192.0.2.0/24" },
		{ "192.0.2.7/32", "192.0.2.7" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "255.255.255.255/1", "128.0.0.0/1" },
		{ "2001:db8::1", "2001:db8::1" },
		{ "2001:db8::1/64", "2001:db8::/64" },
		{ "::/0", "::/0" },
		{ "fe80::1/10", "fe80::/10" },
		{ "2001:db8:ffff::/33", "2001:db8:8000::/33" },
	};
	static const char *const wrong[] = { "",	"/",	       "1.2.3.4/",   "1.2.3.4/33",
					     "1.2.3",	"1.2.3.4/-1",  "1.2.3.4/08", "::1/129",
					     "::1/ 64", "1.2.3.4/24x", "host",	     "1.2.3.4 ",
					     "::g",	"1.2.3.4/0x1" };
	char text[NETWORK_TEXT_SIZE];
	struct network network;

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(network_parse(&network, rows[i][0]), 0);
		assert_string_equal(network_text(&network, text), rows[i][1]);
	}
	for (size_t i = 0; i < COUNT(wrong); i++)
		if (network_parse(&network, wrong[i]) == 0)
			fail_msg("\"%s\" is taken", wrong[i]);
}

static void mapped_addresses_are_v4(void **state)
{
	struct address mapped = address_of("::ffff:192.0.2.7"), v6 = address_of("2001:db8::7");
	struct address local = { .storage.ss_family = AF_UNIX, .length = 2 };
	char text[NETWORK_TEXT_SIZE];
	struct network network;

	assert_true(network_of(&network, &mapped, 24, 64));
	assert_string_equal(network_text(&network, text), "192.0.2.0/24");
	assert_true(network_of(&network, &v6, 24, 64));
	assert_string_equal(network_text(&network, text), "2001:db8::/64");
	assert_false(network_of(&network, &local, 24, 64));
}

/* What the set is a faster way of saying: the bits of the narrowest, or -1. */
static int naive(const struct network *all, size_t count, const struct network *asked)
{
	int best = -1;

	for (size_t i = 0; i < count; i++) {
		unsigned int bits = all[i].bits, bit = 0;

		if (all[i].family != asked->family)
			continue;
		while (bit < bits &&
		       !((all[i].bytes[bit / 8] ^ asked->bytes[bit / 8]) & (0x80 >> bit % 8)))
			bit++;
		if (bit == bits && (int)bits > best)
			best = (int)bits;
	}
	return best;
}

static void sets_agree_with_each_network(void **state)
{
	enum { ROUNDS = 400, NETWORKS = 40, ASKED = 200 };
	struct network all[NETWORKS], sorted[NETWORKS];
	char text[NETWORK_TEXT_SIZE];
	int inside = 0;

	srand(7);
	for (int round = 0; round < ROUNDS; round++) {
		size_t count = (size_t)rand() % NETWORKS + 1;
		struct network_set set = { sorted, count };

		for (size_t i = 0; i < count; i++) { /* few different bytes, so that they nest */
			if (rand() % 2)
				snprintf(text, sizeof(text), "10.%d.%d.%d/%d", rand() % 3,
					 rand() % 3 * 100, rand() % 4, rand() % 25 + 8);
			else
				snprintf(text, sizeof(text), "2001:db8:%d::%d/%d", rand() % 3,
					 rand() % 4, rand() % 100 + 29);
			assert_int_equal(network_parse(&all[i], text), 0);
		}
		memcpy(sorted, all, sizeof(all));
		network_set_seal(&set);
		for (int i = 0; i < ASKED; i++) {
			struct address address;
			struct network asked;
			int wanted;

			if (rand() % 2)
				snprintf(text, sizeof(text), "10.%d.%d.%d", rand() % 4,
					 rand() % 256, rand() % 6);
			else
				snprintf(text, sizeof(text), "2001:db8:%d::%d", rand() % 4,
					 rand() % 6);
			address = address_of(text);
			assert_true(network_of(&asked, &address, 32, 128));
			wanted = naive(all, count, &asked);
			inside += wanted >= 0;
			assert_int_equal(network_set_match(&set, &address), wanted);
		}
	}
	assert_in_range(inside, ROUNDS * ASKED / 20, ROUNDS * ASKED / 20 * 19);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_and_back),
		cmocka_unit_test(mapped_addresses_are_v4),
		cmocka_unit_test(sets_agree_with_each_network),
	};

	return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* net/deny_filter: the program, interpreted, against network_set_match() over random sets. */
#include "net/deny_filter.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct sock_filter steps[BPF_MAXINSNS];

/* What sk_filter() makes of a packet whose IP header is there; anything strange fails the test. */
static uint32_t interpret(int count, const uint8_t *packet, size_t size)
{
	uint32_t a = 0, word;

	for (int pc = 0; pc < count; pc++) {
		const struct sock_filter *step = &steps[pc];
		uint32_t at = step->k - (uint32_t)SKF_NET_OFF;

		switch (step->code) {
		case BPF_LD | BPF_B | BPF_ABS:
			assert_true(at < size);
			a = packet[at];
			break;
		case BPF_LD | BPF_W | BPF_ABS:
			assert_true(at + 4 <= size);
			memcpy(&word, packet + at, 4);
			a = ntohl(word);
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= step->k;
			break;
		case BPF_ALU | BPF_RSH | BPF_K:
			a >>= step->k;
			break;
		case BPF_JMP | BPF_JA:
			pc += (int)step->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += a == step->k ? step->jt : step->jf;
			break;
		case BPF_RET | BPF_K:
			return step->k;
		default:
			fail_msg("step %d: code %#x", pc, step->code);
		}
	}
	fail_msg("it runs over its end");
	return 0;
}

/* Few different bytes, so that networks nest and addresses are in them. */
static void random_text(char text[NETWORK_TEXT_SIZE], bool v4, bool bits)
{
	char behind[8] = "";

	if (bits)
		snprintf(behind, sizeof(behind), "/%d", rand() % (v4 ? 33 : 129));
	if (v4)
		snprintf(text, NETWORK_TEXT_SIZE, "%d.%d.%d.%d%s", rand() % 2 * 10, rand() % 3,
			 rand() % 2 * 255, rand() % 4, behind);
	else
		snprintf(text, NETWORK_TEXT_SIZE, "2001:%x:%x::%x:%x%s", rand() % 2 * 0xdb8,
			 rand() % 2 * 0xffff, rand() % 3, rand() % 4, behind);
}

static void fill(struct network_set *set, struct network *items, size_t most)
{
	char text[NETWORK_TEXT_SIZE];

	*set = (struct network_set){ items, (size_t)rand() % (most + 1) };
	for (size_t i = 0; i < set->count; i++) {
		random_text(text, rand() % 2, true);
		assert_int_equal(network_parse(&items[i], text), 0);
	}
	network_set_seal(set);
}

static uint32_t ask(int count, bool v4, struct address *address)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&address->storage;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&address->storage;
	char text[NETWORK_TEXT_SIZE];
	uint8_t packet[40] = { v4 ? 0x45 : 0x60 };

	memset(address, 0, sizeof(*address));
	random_text(text, v4, false);
	if (v4) {
		in->sin_family = AF_INET;
		assert_int_equal(inet_pton(AF_INET, text, &in->sin_addr), 1);
		memcpy(packet + 12, &in->sin_addr, 4);
	} else {
		in6->sin6_family = AF_INET6;
		assert_int_equal(inet_pton(AF_INET6, text, &in6->sin6_addr), 1);
		memcpy(packet + 8, &in6->sin6_addr, 16);
	}
	return interpret(count, packet, v4 ? 20 : 40);
}

static void the_program_says_what_the_sets_say(void **state)
{
	enum { ROUNDS = 400, ASKED = 100 };
	struct network allowed[12], denied[12];
	int dropped = 0;

	srand(11);
	for (int round = 0; round < ROUNDS; round++) {
		struct network_set allow, deny;
		int count;

		fill(&allow, allowed, 12);
		fill(&deny, denied, 12);
		count = deny_filter_write(steps, &allow, &deny);
		assert_true(deny.count == 0 ? count == 0 : count > 0);
		for (int i = 0; count > 0 && i < ASKED; i++) {
			struct address address;
			bool passes = ask(count, rand() % 2, &address) != 0;
			int denies = network_set_match(&deny, &address);
			bool wanted = denies < 0 || denies <= network_set_match(&allow, &address);

			assert_int_equal(passes, wanted);
			dropped += !passes;
		}
	}
	assert_in_range(dropped, ROUNDS * ASKED / 20, ROUNDS * ASKED / 20 * 19);
}

static void too_many_are_refused(void **state)
{
	struct network_set allow = { NULL, 0 }, deny;
	struct network *items = calloc(2000, sizeof(*items));
	char text[NETWORK_TEXT_SIZE];

	for (int i = 0; i < 2000; i++) {
		snprintf(text, sizeof(text), "10.%d.%d.0/24", i / 256, i % 256);
		assert_int_equal(network_parse(&items[i], text), 0);
	}
	deny = (struct network_set){ items, 1000 };
	assert_in_range(deny_filter_write(steps, &allow, &deny), 4000, BPF_MAXINSNS);
	deny.count = 1500;
	assert_int_equal(deny_filter_write(steps, &allow, &deny), -E2BIG);
	free(items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_program_says_what_the_sets_say),
		cmocka_unit_test(too_many_are_refused),
	};

	return cmocka_run_group_tests_name("deny_filter", tests, NULL, NULL);
}

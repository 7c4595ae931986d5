/* SPDX-License-Identifier: ISC */
/* link: tests/fuzz/seeds.c tests/fuzz/fuzz_account.c tests/fuzz/fuzz_address.c */
/* link: tests/fuzz/fuzz_config.c tests/fuzz/fuzz_control.c spawnd/ctl/reply.c */
/* link: tests/fuzz/fuzz_http.c spawnd/ctl/http.c */
/* link: tests/fuzz/fuzz_network.c tests/fuzz/fuzz_proxy_header.c tests/fuzz/fuzz_wire.c */
/*
 * The fuzzers' first inputs, without libFuzzer: each of them, its pieces, and some with a byte of
 * theirs changed.
 */
#include "../fuzz/fuzz.h"
#include "../fuzz/seeds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PIECES 8
#define CHANGES 8

struct target {
	const char *name;
	int (*run)(const uint8_t *data, size_t size);
	unsigned int seeds, least; /* so many there are, and are expected */
};

/* Of a size of its own: what reads beyond it is seen by valgrind and the sanitizers. */
static void run_copy(const struct target *target, const void *bytes, size_t size, size_t change,
		     uint8_t with)
{
	uint8_t *copy = malloc(size ? size : 1);

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	if (change < size)
		copy[change] ^= with;
	assert_int_equal(target->run(copy, size), 0);
	free(copy);
}

static void replay(void *context, const char *name, const char *seed, const void *bytes,
		   size_t size)
{
	struct target *target = context;

	if (strcmp(name, target->name) != 0)
		return;
	target->seeds++;
	run_copy(target, bytes, size, size, 0);
	for (size_t i = 0; i < PIECES; i++)
		run_copy(target, bytes, size * i / PIECES, size, 0);
	for (size_t i = 0; i < CHANGES; i++)
		run_copy(target, bytes, size, (size_t)rand() % (size + 1), (uint8_t)rand());
}

static void replay_target(void **state)
{
	struct target *target = *state;

	srand(7);
	seeds_each(replay, target);
	if (target->seeds < target->least)
		fail_msg("%s: %u seeds", target->name, target->seeds);
}

int main(void)
{
	static struct target targets[] = {
		{ "account", fuzz_account, 0, 5 },
		{ "address", fuzz_address, 0, 10 },
		{ "config", fuzz_config, 0, 100 },
		{ "control", fuzz_control, 0, 8 },
		{ "http", fuzz_http, 0, 7 },
		{ "network", fuzz_network, 0, 10 },
		{ "proxy_header", fuzz_proxy_header, 0, 100 },
		{ "wire", fuzz_wire, 0, 50 },
	};
	struct CMUnitTest tests[sizeof(targets) / sizeof(targets[0])];

	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		tests[i] = (struct CMUnitTest){ .name = targets[i].name,
						.test_func = replay_target,
						.initial_state = &targets[i] };
	return cmocka_run_group_tests_name("corpus", tests, NULL, NULL);
}

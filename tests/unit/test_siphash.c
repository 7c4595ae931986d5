/* SPDX-License-Identifier: ISC */
/* base/siphash against the vectors of its authors: secret 00 01 .. 0f, input 00 01 .. */
#include "base/siphash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void vectors(void **state)
{
	static const struct {
		size_t count;
		uint64_t hash;
	} wanted[] = {
		{ 0, 0x726fdb47dd0e0e31 }, { 1, 0x74f839c593dc67fd }, { 2, 0x0d6c8009d9a94f5a },
		{ 3, 0x85676696d7fb7e2d }, { 4, 0xcf2794e0277187b7 }, { 5, 0x18765564cd99a68d },
		{ 6, 0xcbc9466e58fee3ce }, { 7, 0xab0200f58b01d137 }, { 15, 0xa129ca6149be45e5 },
	};
	uint8_t secret[SIPHASH_KEY_SIZE], input[16];

	for (int i = 0; i < 16; i++)
		secret[i] = input[i] = (uint8_t)i;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		assert_true(siphash(secret, input, wanted[i].count) == wanted[i].hash);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(vectors) };

	return cmocka_run_group_tests_name("siphash", tests, NULL, NULL);
}

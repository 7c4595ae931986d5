/* SPDX-License-Identifier: ISC */
/* Bounded text: nothing is written behind the buffer, nothing untrusted gets through raw. */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void test_adds(void **state)
{
	char bytes[32];
	struct text text;

	text_init(&text, bytes, sizeof(bytes));
	assert_string_equal(bytes, "");
	text_add(&text, "one ");
	text_addf(&text, "%d ", 2);
	text_add_bytes(&text, "three...", 5);
	assert_string_equal(bytes, "one 2 three");
	assert_int_equal(text.length, 11);
	assert_false(text.cut);
}

static void test_cuts(void **state)
{
	char bytes[9];
	struct text text;

	bytes[8] = 'x';
	for (int i = 0; i < 3; i++) {
		text_init(&text, bytes, 8);
		text_add(&text, "1234");
		if (i == 0)
			text_add(&text, "56789");
		else if (i == 1)
			text_addf(&text, "%s", "56789");
		else
			text_add_bytes(&text, "56789", 5);
		assert_string_equal(bytes, "1234567");
		assert_true(text.cut);
		assert_int_equal(text.length, 7);
		text_addf(&text, "%d", 1);
		text_add(&text, "1");
		assert_string_equal(bytes, "1234567");
	}
	assert_int_equal(bytes[8], 'x');
}

static void test_fills_exactly(void **state)
{
	char bytes[8];
	struct text text;

	text_init(&text, bytes, sizeof(bytes));
	text_addf(&text, "%s", "1234567");
	assert_string_equal(bytes, "1234567");
	assert_false(text.cut);
	text_init(&text, bytes, 1);
	text_add(&text, "");
	assert_false(text.cut);
	text_addf(&text, "x");
	assert_true(text.cut);
	assert_string_equal(bytes, "");
}

static void test_escapes(void **state)
{
	char bytes[64];
	struct text text;

	text_init(&text, bytes, sizeof(bytes));
	text_add_escaped(&text, "a\"\\\n\0\x1b\xff~", 8);
	assert_string_equal(bytes, "a\\\"\\\\\\x0a\\x00\\x1b\\xff~");
}

static void test_json(void **state)
{
	char bytes[64];
	struct text text;

	text_init(&text, bytes, sizeof(bytes));
	text_add_json(&text, "a\"\\\n\x7f\xff");
	assert_string_equal(bytes, "\"a\\\"\\\\\\u000a\\u007f\\u00ff\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_adds),	      cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_fills_exactly), cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

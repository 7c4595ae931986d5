/* SPDX-License-Identifier: ISC */
/* The clocks, and wall time as text. */
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

static void test_monotonic(void **state)
{
	int64_t before = clock_now_ns(), after = clock_now_ns();

	assert_true(before > 0);
	assert_true(after >= before);
}

static void test_wall(void **state)
{
	int64_t seconds = clock_wall_ns() / CLOCK_SECOND_NS - (int64_t)time(NULL);

	assert_in_range(seconds + 2, 0, 4);
}

static void test_text(void **state)
{
	char text[CLOCK_TEXT_SIZE];

	assert_string_equal(clock_text(0, text), "1970-01-01T00:00:00.000000Z");
	assert_string_equal(clock_text(INT64_C(1795466640123456789), text),
			    "2026-11-23T20:44:00.123456Z");
	assert_string_equal(clock_text(INT64_C(951782400) * CLOCK_SECOND_NS - 1, text),
			    "2000-02-28T23:59:59.999999Z");
	assert_true(strlen(clock_text(INT64_MAX, text)) < CLOCK_TEXT_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_monotonic),
		cmocka_unit_test(test_wall),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

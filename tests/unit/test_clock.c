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
	assert_string_equal(clock_text(INT64_C(951782400) * CLOCK_SECOND_NS, text),
			    "2000-02-29T00:00:00.000000Z");
	assert_true(strlen(clock_text(INT64_MAX, text)) < CLOCK_TEXT_SIZE);
}

/* Every day for 250 years is what the C library says it is. */
static void test_dates(void **state)
{
	char text[CLOCK_TEXT_SIZE], expected[CLOCK_TEXT_SIZE];

	for (int64_t day = 0; day < 250 * 365; day++) {
		time_t seconds = (time_t)(day * 86400 + day % 86400);
		struct tm utc;

		gmtime_r(&seconds, &utc);
		strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S.000000Z", &utc);
		assert_string_equal(clock_text((int64_t)seconds * CLOCK_SECOND_NS, text), expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_monotonic),
		cmocka_unit_test(test_wall),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

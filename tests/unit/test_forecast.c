/* SPDX-License-Identifier: ISC */
/* How deep a pool should be: fast up, slow down, twice as deep after a shortage. */
/* link: spawnd/loop/forecast.c */
#include "loop/forecast.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* So many connections a second for so many seconds, evenly. */
static int64_t come(struct forecast *forecast, int64_t now, unsigned int rate, unsigned int seconds)
{
	for (unsigned int i = 0; i < rate * seconds; i++) {
		forecast_arrival(forecast, now, false, 1);
		now += CLOCK_SECOND_NS / rate;
	}
	return now;
}

static uint32_t depth_at(unsigned int rate, int64_t refill_ns)
{
	struct forecast forecast = { 0 };

	forecast_refill(&forecast, refill_ns, 0);
	come(&forecast, CLOCK_SECOND_NS, rate, 3);
	return forecast_depth(&forecast);
}

static void depth_follows_rate_and_refill(void **state)
{
	assert_in_range(depth_at(1, 2 * CLOCK_MILLISECOND_NS), 1, 1);
	assert_in_range(depth_at(20, 10 * CLOCK_MILLISECOND_NS), 2, 3);
	assert_in_range(depth_at(500, 1500 * CLOCK_MICROSECOND_NS), 4, 6);
	assert_in_range(depth_at(20, 75 * CLOCK_MILLISECOND_NS), 6, 8);
	assert_in_range(depth_at(100, 75 * CLOCK_MILLISECOND_NS), 17, 21);
	assert_in_range(depth_at(1000, 4 * CLOCK_MILLISECOND_NS), 10, 14);
	assert_in_range(depth_at(100000, 10 * CLOCK_SECOND_NS), 100000, 100000); /* no overflow */
}

static void nothing_is_wanted_of_what_nobody_uses(void **state)
{
	struct forecast forecast = { 0 };

	assert_int_equal(forecast_depth(&forecast), 0);
	forecast_refill(&forecast, CLOCK_SECOND_NS, 0);
	forecast_pass(&forecast, 5 * CLOCK_SECOND_NS);
	assert_int_equal(forecast_depth(&forecast), 0);
}

static void up_at_once_down_slowly(void **state)
{
	struct forecast forecast = { 0 };
	int64_t now = CLOCK_SECOND_NS;
	uint32_t high, later;

	forecast_refill(&forecast, 10 * CLOCK_MILLISECOND_NS, 0);
	now = come(&forecast, now, 200, 1);
	high = forecast_depth(&forecast);
	assert_in_range(high, 7, 9);
	for (int i = 0; i < 10; i++)
		forecast_pass(&forecast, now += CLOCK_SECOND_NS);
	later = forecast_depth(&forecast);
	assert_in_range(later, high / 2, high - 1);
	for (int i = 0; i < 110; i++)
		forecast_pass(&forecast, now += CLOCK_SECOND_NS);
	assert_in_range(forecast_depth(&forecast), 0, 1);
	/* an hour in one step */
	come(&forecast, now, 200, 1);
	forecast_pass(&forecast, now + 3600 * CLOCK_SECOND_NS);
	assert_int_equal(forecast_depth(&forecast), 0);
}

static void doubles_when_short(void **state)
{
	struct forecast forecast = { 0 };
	int64_t now = CLOCK_SECOND_NS;

	forecast_refill(&forecast, CLOCK_MILLISECOND_NS, 0);
	forecast_arrival(&forecast, now, true, 2);
	assert_int_equal(forecast_depth(&forecast), 4);
	/* a hundred at the same moment are one shortage */
	for (int i = 0; i < 100; i++)
		forecast_arrival(&forecast, now, true, forecast_depth(&forecast));
	assert_int_equal(forecast_depth(&forecast), 4);
	now += 2 * CLOCK_MILLISECOND_NS;
	forecast_arrival(&forecast, now, true, 4);
	assert_int_equal(forecast_depth(&forecast), 8);
	forecast_pass(&forecast, now + 9 * CLOCK_SECOND_NS);
	assert_int_equal(forecast_depth(&forecast), 8);
	for (int i = 0; i < 10; i++)
		forecast_pass(&forecast, now + (i + 11) * CLOCK_SECOND_NS);
	assert_in_range(forecast_depth(&forecast), 0, 1);
}

static void refills_are_averaged(void **state)
{
	struct forecast forecast = { 0 };

	forecast_refill(&forecast, 80, 5);
	assert_int_equal(forecast.refill_ns, 80);
	forecast_refill(&forecast, 160, 0);
	assert_int_equal(forecast.refill_ns, 90);
	assert_int_equal(forecast.bytes_each, 5);
	forecast_refill(&forecast, 0, 0);
	assert_int_equal(forecast.refill_ns, 90);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(depth_follows_rate_and_refill),
		cmocka_unit_test(nothing_is_wanted_of_what_nobody_uses),
		cmocka_unit_test(up_at_once_down_slowly),
		cmocka_unit_test(doubles_when_short),
		cmocka_unit_test(refills_are_averaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

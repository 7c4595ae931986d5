/* SPDX-License-Identifier: ISC */
/* loop/rate: a burst, then evenly; and a bucket whose rate was another one. */
#include "loop/rate.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct rate hourly = { 3600 * CLOCK_SECOND_NS, 3 }, brief = { 3 * CLOCK_SECOND_NS, 3 };

/* As the entrance does it: what another rate has left is bounded first, whoever asks. */
static bool comes(const struct rate *rate, int64_t *full_at_ns, int64_t now_ns)
{
	*full_at_ns = rate_bound(rate, *full_at_ns, now_ns);
	if (rate_next_ns(rate, *full_at_ns) > now_ns)
		return false;
	*full_at_ns = rate_take(rate, *full_at_ns, now_ns);
	return true;
}

static void a_burst_and_then_evenly(void **state)
{
	int64_t full_at_ns = 0, now_ns = 1000 * CLOCK_SECOND_NS;

	for (int i = 0; i < 3; i++)
		assert_true(comes(&brief, &full_at_ns, now_ns));
	assert_false(comes(&brief, &full_at_ns, now_ns));
	assert_int_equal(rate_next_ns(&brief, full_at_ns), now_ns + CLOCK_SECOND_NS);
	for (int i = 0; i < 5; i++) {
		now_ns += CLOCK_SECOND_NS;
		assert_true(comes(&brief, &full_at_ns, now_ns));
		assert_false(comes(&brief, &full_at_ns, now_ns + CLOCK_SECOND_NS - 1));
	}
}

static void no_rate_bounds_nobody(void **state)
{
	const struct rate none = { 0, 0 };
	int64_t full_at_ns = 0;

	for (int64_t i = 0; i < 100; i++)
		assert_true(comes(&none, &full_at_ns, CLOCK_SECOND_NS));
}

static void a_bucket_lacks_no_more_than_all_of_it(void **state)
{
	int64_t now_ns = 1000 * CLOCK_SECOND_NS;

	assert_int_equal(rate_bound(&brief, 0, now_ns), 0);
	assert_int_equal(rate_bound(&brief, now_ns + CLOCK_SECOND_NS, now_ns),
			 now_ns + CLOCK_SECOND_NS);
	assert_int_equal(rate_bound(&brief, now_ns + brief.interval_ns, now_ns),
			 now_ns + brief.interval_ns);
	assert_int_equal(rate_bound(&brief, now_ns + hourly.interval_ns, now_ns),
			 now_ns + brief.interval_ns);
	assert_int_equal(rate_bound(&hourly, now_ns + brief.interval_ns, now_ns),
			 now_ns + brief.interval_ns);
}

/* An hour's burst is used up. Who may have as many in three seconds waits for one of them. */
static void a_shorter_interval_takes_effect_at_once(void **state)
{
	int64_t full_at_ns = 0, now_ns = 1000 * CLOCK_SECOND_NS;

	for (int i = 0; i < 3; i++)
		assert_true(comes(&hourly, &full_at_ns, now_ns));
	assert_false(comes(&hourly, &full_at_ns, now_ns));
	for (int i = 0; i < 10; i++) /* asking does not put it off */
		assert_false(comes(&brief, &full_at_ns, now_ns + i * CLOCK_SECOND_NS / 10));
	assert_true(comes(&brief, &full_at_ns, now_ns + CLOCK_SECOND_NS));
	assert_false(comes(&brief, &full_at_ns, now_ns + CLOCK_SECOND_NS));
	for (int i = 0; i < 3; i++)
		assert_true(comes(&brief, &full_at_ns, now_ns + 4 * CLOCK_SECOND_NS));
	assert_false(comes(&brief, &full_at_ns, now_ns + 4 * CLOCK_SECOND_NS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_burst_and_then_evenly),
		cmocka_unit_test(no_rate_bounds_nobody),
		cmocka_unit_test(a_bucket_lacks_no_more_than_all_of_it),
		cmocka_unit_test(a_shorter_interval_takes_effect_at_once),
	};

	return cmocka_run_group_tests_name("rate", tests, NULL, NULL);
}

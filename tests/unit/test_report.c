/* SPDX-License-Identifier: ISC */
/* link: spawnd/ctl/histogram.c spawnd/ctl/totals.c spawnd/ctl/top.c spawnd/ctl/hours.c */
/* spawnctl report: lines of accounting, and sums over them against naive ones. */
#include "ctl/hours.h"
#include "ctl/top.h"
#include "ctl/totals.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int parse(struct account_line *line, const char *text)
{
	return account_line_parse(line, text, strlen(text));
}

static void a_line_is_read(void **state)
{
	struct account_line line;
	char text[8];
	int64_t hour;

	assert_int_equal(
		parse(&line,
		      "{\"version\":1,\"id\":7,\"service\":\"web\",\"source\":\"2001:db8::/64\","
		      "\"end\":\"exit\",\"accepted\":\"2026-11-24T13:50:00.000001Z\","
		      "\"started\":\"x\",\"spawn_us\":412,\"bytes_in\":-1,\"status\":0}"),
		0);
	assert_true(account_span_is(&line.words[ACCOUNT_SERVICE], "web"));
	assert_false(account_span_is(&line.words[ACCOUNT_SERVICE], "we"));
	assert_false(account_span_is(&line.words[ACCOUNT_REASON], ""));
	assert_int_equal(line.numbers[ACCOUNT_SPAWN_US], 412);
	assert_int_equal(line.numbers[ACCOUNT_BYTES_IN], -1);
	assert_true(account_line_has(&line, ACCOUNT_SPAWN_US));
	assert_false(account_line_has(&line, ACCOUNT_WALL_US));
	assert_true(account_span_hour(&line.words[ACCOUNT_ACCEPTED], &hour));
	assert_int_equal(hour, 1795528200 / 3600); /* date -u -d 2026-11-24T13:50 +%s */
	assert_string_equal(account_span_copy(&line.words[ACCOUNT_SOURCE], text, sizeof(text)),
			    "2001:db");
	assert_int_equal(outcome_of(&line), OUTCOME_SERVED);
}

static void what_is_none_is_refused(void **state)
{
	static const char *const good[] = {
		"{\"service\":\"a\",\"end\":\"exit\"}",
		" { \"service\" : \"a\" , \"end\" : \"exit\" } \r",
		"{\"new\":{\"a\":[1,{\"b\":\"}\"}]},\"service\":\"a\",\"end\":\"exit\"}",
		"{\"new\":1.5e3,\"service\":\"a\\\"b\",\"end\":\"exit\",\"wall_us\":null}",
		"{\"version\":1,\"service\":\"a\",\"end\":\"exit\",\"bytes_in\":"
		"9223372036854775807}",
	};
	static const char *const bad[] = {
		"",
		"{",
		"{}",
		"[]",
		"{\"service\":\"a\"}",
		"{\"service\":\"a\",\"end\":\"exit\"",
		"{\"service\":\"a\",\"end\":\"exit\"}x",
		"{\"service\":\"a\",\"end\":\"exit}",
		"{\"service\":\"a\",\"end\":\"exit\",}",
		"{\"service\":\"a\",\"end\":\"exit\",\"wall_us\":1.5}",
		"{\"service\":\"a\",\"end\":\"exit\",\"wall_us\":9223372036854775808}",
		"{\"service\":\"a\",\"end\":\"exit\",\"wall_us\":-}",
		"{\"service\":\"a\",\"end\":\"ex\x1bit\"}",
		"{\"service\":\"a\",\"end\":\"exit\"{\"service\":\"a\",\"end\":\"exit\"}",
	};
	struct account_line line;

	for (size_t i = 0; i < COUNT(good); i++)
		if (parse(&line, good[i]) != 0)
			fail_msg("not taken: %s", good[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		if (parse(&line, bad[i]) != -EBADMSG)
			fail_msg("taken: %s", bad[i]);
	assert_int_equal(parse(&line, "{\"version\":2,\"service\":\"a\",\"end\":\"exit\"}"),
			 -EPROTONOSUPPORT);
}

static int by_value(const void *left, const void *right)
{
	uint64_t one = *(const uint64_t *)left, other = *(const uint64_t *)right;

	return one < other ? -1 : one > other;
}

static void percentiles_are_near(void **state)
{
	static const unsigned int asked[] = { 1, 5000, 9000, 9900, 9990, 10000 };
	enum { VALUES = 20000 };
	static struct histogram histogram;
	static uint64_t values[VALUES];

	assert_int_equal(histogram_quantile(&histogram, 5000), 0);
	srand(7);
	for (size_t i = 0; i < VALUES; i++) {
		values[i] = (uint64_t)rand() >> rand() % 31;
		if (i % 1000 == 0)
			values[i] <<= 30;
		histogram_add(&histogram, values[i]);
	}
	qsort(values, VALUES, sizeof(values[0]), by_value);
	for (size_t i = 0; i < COUNT(asked); i++) {
		uint64_t wanted = values[(VALUES * (uint64_t)asked[i] + 9999) / 10000 - 1];
		uint64_t got = histogram_quantile(&histogram, asked[i]);

		if (got > wanted + wanted / 60 || got < wanted - wanted / 60)
			fail_msg("%u: %llu, not %llu", asked[i], (unsigned long long)got,
				 (unsigned long long)wanted);
	}
	assert_true(histogram_quantile(&histogram, 10000) == values[VALUES - 1]);
	histogram_add(&histogram, UINT64_MAX);
	assert_true(histogram_quantile(&histogram, 10000) == UINT64_MAX);
}

static void add_source(struct top *top, unsigned int number)
{
	struct account_line line;
	char text[128];

	snprintf(text, sizeof(text),
		 "{\"service\":\"a\",\"end\":\"refused\",\"source\":\"10.%u.%u.%u\"}", number >> 16,
		 number >> 8 & 255, number & 255);
	assert_int_equal(parse(&line, text), 0);
	top_add(top, &line);
}

/* Far more sources than there are places: nobody who matters is lost, nobody counts too much. */
static void the_top_is_found(void **state)
{
	enum { SOURCES = 400000, HEAVY = 20, ROUNDS = 900 };
	struct top top;
	size_t count;

	assert_int_equal(top_init(&top), 0);
	for (unsigned int i = 0; i < TOP_MAX; i++)
		add_source(&top, i);
	assert_int_equal(top.used, TOP_MAX);
	assert_int_equal(top.error, 0);
	for (unsigned int i = TOP_MAX; i < SOURCES; i++) {
		add_source(&top, i);
		if (i % (SOURCES / ROUNDS) == 0)
			for (unsigned int heavy = 0; heavy < HEAVY; heavy++)
				for (unsigned int n = 0; n <= heavy; n++)
					add_source(&top, SOURCES + heavy);
	}
	assert_true(top.capacity <= 2 * TOP_MAX && top.used <= TOP_MAX);
	assert_in_range(top.error, 1, ROUNDS / 4);
	count = top_sort(&top, 5);
	assert_int_equal(count, 5);
	for (unsigned int i = 0; i < 5; i++) {
		unsigned int number = SOURCES + HEAVY - 1 - i;
		char name[32];

		snprintf(name, sizeof(name), "10.%u.%u.%u", number >> 16, number >> 8 & 255,
			 number & 255);
		assert_string_equal(top.slots[i].name, name);
		assert_in_range(top.slots[i].connections + top.error, (HEAVY - i) * ROUNDS * 8 / 10,
				(HEAVY - i) * ROUNDS + top.error);
	}
	top_free(&top);
}

static void hours_come_in_any_order(void **state)
{
	static const char *const times[] = { "2026-11-24T13", "2026-11-24T13", "2026-11-23T00",
					     "2026-11-25T00", "2026-11-24T12", "2026-11-24T13",
					     "no time",	      "2026-13-24T12" };
	struct account_line line;
	struct hours hours = { .items = NULL };
	char text[128];

	for (size_t i = 0; i < COUNT(times); i++) {
		snprintf(text, sizeof(text),
			 "{\"service\":\"a\",\"end\":\"lost\",\"accepted\":\"%s:00\"}", times[i]);
		assert_int_equal(parse(&line, text), 0);
		hours_add(&hours, &line);
	}
	assert_int_equal(hours.count, 4);
	assert_int_equal(hours.left_out, 2);
	for (size_t i = 1; i < hours.count; i++)
		assert_true(hours.items[i - 1].hour < hours.items[i].hour);
	assert_int_equal(hours.items[2].outcomes[OUTCOME_ABORTED], 3);
	hours_free(&hours);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_read),
		cmocka_unit_test(what_is_none_is_refused),
		cmocka_unit_test(percentiles_are_near),
		cmocka_unit_test(the_top_is_found),
		cmocka_unit_test(hours_come_in_any_order),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* The grammars of single values: what systemd takes, and nothing else. */
#include "config_text.h"

#include "base/clock.h"
#include "config/values.h"
#include "config/words.h"

#include <errno.h>
#include <signal.h>

static void test_booleans(void **state)
{
	static const char *const yes[] = { "1", "yes", "y", "true", "t", "on", "YES", "True" };
	static const char *const no[] = { "0", "no", "n", "false", "f", "off", "Off" };
	bool value;

	for (size_t i = 0; i < COUNT(yes); i++) {
		assert_int_equal(value_bool(yes[i], &value), 0);
		assert_true(value);
	}
	for (size_t i = 0; i < COUNT(no); i++) {
		assert_int_equal(value_bool(no[i], &value), 0);
		assert_false(value);
	}
	assert_int_equal(value_bool("", &value), -EINVAL);
	assert_int_equal(value_bool("2", &value), -EINVAL);
	assert_int_equal(value_bool("yes ", &value), -EINVAL);
}

static void test_numbers(void **state)
{
	int64_t value = 42;

	assert_int_equal(value_number("", 0, 9, &value), -EINVAL);
	assert_int_equal(value_number(" 1", 0, 9, &value), -EINVAL);
	assert_int_equal(value_number("0x1", 0, 9, &value), -EINVAL);
	assert_int_equal(value_number("+1", 0, 9, &value), -EINVAL);
	assert_int_equal(value_number("-1", 0, 9, &value), -EINVAL);
	assert_int_equal(value_number("10", 0, 9, &value), -ERANGE);
	assert_int_equal(value_number("-21", -20, 19, &value), -ERANGE);
	assert_int_equal(value_number("99999999999999999999", 0, INT64_MAX, &value), -ERANGE);
	assert_int_equal(value_number("9223372036854775808", 0, INT64_MAX, &value), -ERANGE);
	assert_int_equal(value_number("99999999999999999999x", 0, 9, &value), -EINVAL);
	assert_int_equal(value, 42);
	assert_int_equal(value_number("-20", -20, 19, &value), 0);
	assert_int_equal(value, -20);
	assert_int_equal(value_number("+19", -20, 19, &value), 0);
	assert_int_equal(value, 19);
	assert_int_equal(value_number("007", 0, 9, &value), 0);
	assert_int_equal(value, 7);
}

static void test_sizes(void **state)
{
	static const struct {
		const char *text;
		int error;
		uint64_t bytes;
	} cases[] = {
		{ "0", 0, 0 },
		{ "512", 0, 512 },
		{ "512B", 0, 512 },
		{ "64K", 0, 65536 },
		{ "1.5G", 0, UINT64_C(3) << 29 },
		{ "0.5K", 0, 512 },
		{ "15E", 0, UINT64_C(15) << 60 },
		{ "16E", -ERANGE, 0 },
		{ "18446744073709551615", -ERANGE, 0 },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ "K", -EINVAL, 0 },
		{ "1k", -EINVAL, 0 },
		{ "1KB", -EINVAL, 0 },
		{ "1.", -EINVAL, 0 },
		{ ".5", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "1 K", -EINVAL, 0 },
		{ "infinity", -EINVAL, 0 },
	};
	uint64_t bytes = 0;

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(value_size(cases[i].text, &bytes), cases[i].error);
		if (!cases[i].error)
			assert_int_equal(bytes, cases[i].bytes);
	}
}

static void test_spans(void **state)
{
	static const struct {
		const char *text;
		int error;
		int64_t ns;
	} cases[] = {
		{ "0", 0, 0 },
		{ "90", 0, 90 * CLOCK_SECOND_NS },
		{ "5min 20s", 0, 320 * CLOCK_SECOND_NS },
		{ "5min20s", 0, 320 * CLOCK_SECOND_NS },
		{ "5 min  20 s", 0, 320 * CLOCK_SECOND_NS },
		{ "1.5s", 0, 1500 * CLOCK_MILLISECOND_NS },
		{ "1.5h", 0, 5400 * CLOCK_SECOND_NS },
		{ "200ms", 0, 200 * CLOCK_MILLISECOND_NS },
		{ "3us", 0, 3 * CLOCK_MICROSECOND_NS },
		{ "3\xc2\xb5s", 0, 3 * CLOCK_MICROSECOND_NS },
		{ "7ns", 0, 7 },
		{ "1d 1h", 0, 90000 * CLOCK_SECOND_NS },
		{ "1w", 0, 604800 * CLOCK_SECOND_NS },
		{ "1M", 0, 2629800 * CLOCK_SECOND_NS },
		{ "1month", 0, 2629800 * CLOCK_SECOND_NS },
		{ "1y", 0, 31557600 * CLOCK_SECOND_NS },
		{ "infinity", 0, CLOCK_NEVER_NS },
		{ "0.123456789123s", 0, 123456789 },
		{ "147y", -ERANGE, 0 },
		{ "99999999999999999999s", -ERANGE, 0 },
		{ "9999999999y", -ERANGE, 0 },
		{ "100y 100y", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ "s", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "1.s", -EINVAL, 0 },
		{ "1 fortnight", -EINVAL, 0 },
		{ "5min infinity", -EINVAL, 0 },
		{ "1e3", -EINVAL, 0 },
	};
	int64_t ns = 0;

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(value_span(cases[i].text, CLOCK_SECOND_NS, &ns), cases[i].error);
		if (!cases[i].error)
			assert_int_equal(ns, cases[i].ns);
	}
}

static void test_modes(void **state)
{
	mode_t mode;

	assert_int_equal(value_mode("0666", &mode), 0);
	assert_int_equal(mode, 0666);
	assert_int_equal(value_mode("1777", &mode), 0);
	assert_int_equal(mode, 01777);
	assert_int_equal(value_mode("0", &mode), 0);
	assert_int_equal(value_mode("", &mode), -EINVAL);
	assert_int_equal(value_mode("0888", &mode), -EINVAL);
	assert_int_equal(value_mode("u+x", &mode), -EINVAL);
	assert_int_equal(value_mode("10000", &mode), -ERANGE);
	assert_int_equal(value_mode("7777777777777777777777777", &mode), -ERANGE);
}

static void test_signals(void **state)
{
	static const struct {
		const char *text;
		int number;
	} good[] = { { "SIGTERM", SIGTERM }, { "TERM", SIGTERM },  { "15", 15 },
		     { "HUP", SIGHUP },	     { "SIGSYS", SIGSYS }, { "1", 1 } };
	static const char *const bad[] = { "",	   "0",		 "65",	       "sigterm", "SIG",
					   "SIGX", "SIGSIGTERM", "SIGRTMIN-1", "RTMIN+99" };
	int number;

	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(value_signal(good[i].text, &number), 0);
		assert_int_equal(number, good[i].number);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_not_equal(value_signal(bad[i], &number), 0);
	assert_int_equal(value_signal("SIGRTMIN+3", &number), 0);
	assert_int_equal(number, SIGRTMIN + 3);
	assert_int_equal(value_signal("RTMAX-1", &number), 0);
	assert_int_equal(number, SIGRTMAX - 1);
}

static void test_limits(void **state)
{
	static const struct {
		const char *text;
		enum value_limit kind;
		rlim_t soft, hard;
	} good[] = {
		{ "1024:4096", VALUE_LIMIT_COUNT, 1024, 4096 },
		{ "infinity", VALUE_LIMIT_COUNT, RLIM_INFINITY, RLIM_INFINITY },
		{ "8M:infinity", VALUE_LIMIT_BYTES, 8 << 20, RLIM_INFINITY },
		{ "0", VALUE_LIMIT_BYTES, 0, 0 },
		{ "1min:90", VALUE_LIMIT_SECONDS, 60, 90 },
		{ "1500ms", VALUE_LIMIT_SECONDS, 2, 2 },
		{ "200ms", VALUE_LIMIT_MICROSECONDS, 200000, 200000 },
		{ "7", VALUE_LIMIT_MICROSECONDS, 7, 7 },
		{ "+19", VALUE_LIMIT_NICE, 1, 1 },
		{ "-20", VALUE_LIMIT_NICE, 40, 40 },
		{ "40", VALUE_LIMIT_NICE, 40, 40 },
	};
	static const struct {
		const char *text;
		enum value_limit kind;
	} bad[] = {
		{ "", VALUE_LIMIT_COUNT },	     { ":", VALUE_LIMIT_COUNT },
		{ "1:", VALUE_LIMIT_COUNT },	     { ":1", VALUE_LIMIT_COUNT },
		{ "1:2:3", VALUE_LIMIT_COUNT },	     { "2:1", VALUE_LIMIT_COUNT },
		{ "infinity:1", VALUE_LIMIT_COUNT }, { "1K", VALUE_LIMIT_COUNT },
		{ "41", VALUE_LIMIT_NICE },	     { "-21", VALUE_LIMIT_NICE },
		{ "1G", VALUE_LIMIT_SECONDS },
	};
	rlim_t soft, hard;

	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(value_limit(good[i].text, good[i].kind, &soft, &hard), 0);
		assert_true(soft == good[i].soft && hard == good[i].hard);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_not_equal(value_limit(bad[i].text, bad[i].kind, &soft, &hard), 0);
}

/* All words, each in angles; "!" for a fault. */
static void split(const char *value, bool c_escapes, bool colons, char *out)
{
	struct words words = { .at = value, .c_escapes = c_escapes, .colons = colons };
	char word[256];
	int result;

	for (*out = '\0'; (result = words_next(&words, word, sizeof(word))) > 0;) {
		strcat(out, "<");
		strcat(out, word);
		strcat(out, ">");
	}
	if (result < 0) {
		assert_non_null(words.fault);
		strcat(out, "!");
	}
}

static void test_words(void **state)
{
	static const struct {
		const char *value, *words;
	} cases[] = {
		{ "", "" },
		{ "  \t ", "" },
		{ "a b\tc", "<a><b><c>" },
		{ "\"a b\" 'c \"d\"'", "<a b><c \"d\">" },
		{ "A=\"b c\"d", "<A=b cd>" },
		{ "'' \"\"", "<><>" },
		{ "a\\sb\\tc\\x41\\101\\u00e4\\U0001F600", "<a b\tcAA\xc3\xa4\xf0\x9f\x98\x80>" },
		{ "\\\\ \\\" \\'", "<\\><\"><'>" },
		{ "\"a", "!" },
		{ "a\\", "!" },
		{ "a\\z", "!" },
		{ "a\\x0", "!" },
		{ "a\\x00", "!" },
		{ "a\\000", "!" },
		{ "a\\400", "!" },
		{ "a\\ud800", "!" },
		{ "a\\U00110000", "!" },
		{ "ok 'bad", "<ok>!" },
	};
	char out[512];

	for (size_t i = 0; i < COUNT(cases); i++) {
		split(cases[i].value, true, false, out);
		assert_string_equal(out, cases[i].words);
	}
	split("/a:/b\\:c::'d:e' f", false, true, out);
	assert_string_equal(out, "</a></b:c><><d:e><f>");
	split("a: b", false, true, out);
	assert_string_equal(out, "<a><><b>");
	split("a:", false, true, out);
	assert_string_equal(out, "<a><>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_booleans), cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_sizes),	 cmocka_unit_test(test_spans),
		cmocka_unit_test(test_modes),	 cmocka_unit_test(test_signals),
		cmocka_unit_test(test_limits),	 cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* base/log: lines whole or not at all, lost ones counted, bounds kept. */
/* wrap: clock_now_ns */
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static int64_t now_ns;

int64_t __wrap_clock_now_ns(void);
int64_t __wrap_clock_now_ns(void)
{
	return now_ns;
}

static int sink[2];

static const char *logged(void)
{
	static char bytes[8192];
	ssize_t count = read(sink[0], bytes, sizeof(bytes) - 1);

	bytes[count > 0 ? count : 0] = '\0';
	return bytes;
}

static int open_sink(void **state)
{
	int result = pipe2(sink, O_NONBLOCK | O_CLOEXEC);

	log_set_level(LOG_LEVEL_INFO);
	log_set_sink(LOG_SINK_STDERR, sink[1]);
	return result;
}

static int close_sink(void **state)
{
	log_set_sink(LOG_SINK_STDERR, 2); /* closes the pipe's end */
	return close(sink[0]);
}

static void line_has_its_form(void **state)
{
	errno = ENXIO;
	log_event(LOG_LEVEL_WARNING, "something", "key=%d", 5);
	assert_int_equal(errno, ENXIO);
	assert_string_equal(logged(), "spawnd: warning: something key=5\n");
	log_event(LOG_LEVEL_DEBUG, "hidden", "key=%d", 5);
	assert_string_equal(logged(), "");
}

static void long_line_is_one_line(void **state)
{
	char text[4000];
	const char *line;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_event(LOG_LEVEL_INFO, "long", "text=%s", text);
	line = logged();
	assert_in_range(strlen(line), 1000, 2048);
	assert_int_equal(line[strlen(line) - 1], '\n');
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void full_sink_costs_lines_only(void **state)
{
	char filler[4096] = { 0 };
	const char *line;

	while (write(sink[1], filler, sizeof(filler)) > 0)
		;
	log_event(LOG_LEVEL_INFO, "lost", "n=%d", 1);
	log_event(LOG_LEVEL_INFO, "lost", "n=%d", 2);
	while (read(sink[0], filler, sizeof(filler)) > 0)
		;
	log_event(LOG_LEVEL_INFO, "back", "n=%d", 3);
	line = logged();
	assert_non_null(strstr(line, "back n=3 log_lines_lost=2\n"));
	log_event(LOG_LEVEL_INFO, "again", "n=%d", 4);
	assert_string_equal(logged(), "spawnd: info: again n=4\n");
}

static void dead_syslog_is_noticed(void **state)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair), 0);
	log_set_sink(LOG_SINK_SYSLOG, pair[0]);
	close(pair[1]);
	assert_false(log_wants_reopen());
	log_event(LOG_LEVEL_INFO, "into-the-void", "n=%d", 1);
	assert_true(log_wants_reopen());
	assert_false(log_wants_reopen());
}

static void bound_lets_so_many_through(void **state)
{
	struct log_bound bound = { 0 };
	uint32_t suppressed, allowed = 0;

	now_ns = 100 * CLOCK_SECOND_NS;
	for (int i = 0; i < 50; i++)
		allowed += log_allow(&bound, 5, CLOCK_SECOND_NS, &suppressed);
	assert_int_equal(allowed, 5);
	now_ns += CLOCK_SECOND_NS;
	assert_true(log_allow(&bound, 5, CLOCK_SECOND_NS, &suppressed));
	assert_int_equal(suppressed, 45);
	assert_true(log_allow(&bound, 5, CLOCK_SECOND_NS, &suppressed));
	assert_int_equal(suppressed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(line_has_its_form, open_sink, close_sink),
		cmocka_unit_test_setup_teardown(long_line_is_one_line, open_sink, close_sink),
		cmocka_unit_test_setup_teardown(full_sink_costs_lines_only, open_sink, close_sink),
		cmocka_unit_test_setup_teardown(dead_syslog_is_noticed, open_sink, close_sink),
		cmocka_unit_test(bound_lets_so_many_through),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}

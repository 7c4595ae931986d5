/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_BASE_LOG_H
#define SPAWND_BASE_LOG_H

/*
 * The log: one line an event, `spawnd: LEVEL: EVENT key=value ...`. Events and keys are an
 * interface: they are listed in spawnd(8). A write never blocks and never fails the caller: what
 * the sink does not take is dropped and counted, and the count is reported by the next line that
 * gets through. This is the one global state of a process.
 */
#include <stdbool.h>
#include <stdint.h>

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_NOTICE,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
	LOG_LEVELS
};

enum log_sink_kind {
	LOG_SINK_STDERR, /* no time stamp: a supervisor's logger adds one */
	LOG_SINK_FILE,	 /* time stamp; O_APPEND */
	LOG_SINK_SYSLOG, /* a datagram each to /dev/log, RFC 3164, facility daemon */
	LOG_SINK_KINDS
};

const char *log_level_name(enum log_level level); /* "error", "warning", ... */

/* Sets the sink: takes fd (closes the one before it, unless that was 2). */
void log_set_sink(enum log_sink_kind kind, int fd);
void log_set_level(enum log_level level);
enum log_sink_kind log_sink(void);
int log_sink_fd(void);

/*
 * True once after the syslog socket has turned out dead (ECONNREFUSED): the caller has it opened
 * anew.
 */
bool log_wants_reopen(void);

/*
 * One line. event: a fixed word; format: "key=value key=value". Values from outside go through
 * text_add_escaped() first. Keeps errno.
 */
void log_event(enum log_level level, const char *event, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * A bound for lines that others can cause: at most `burst` lines in each `interval_ns`. log_allow()
 * says whether to log now; *suppressed, when it is not 0, is the number left out since the last
 * line allowed.
 */
struct log_bound {
	int64_t window_start_ns;
	uint32_t used, left_out;
};
bool log_allow(struct log_bound *bound, uint32_t burst, int64_t interval_ns, uint32_t *suppressed);

#endif

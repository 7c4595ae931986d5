/* SPDX-License-Identifier: ISC */
/*
 * The log of a process: fixed events, key=value, one line each, to standard error, a file or
 * syslog. The warden and the loop use it; zygotes and containers have no sink and send their
 * reasons to the loop. A sink that is full, gone or slow costs lines (counted), never time.
 */
#include "base/log.h"

#include "base/clock.h"
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_SIZE 2048
#define FACILITY_DAEMON (3 << 3)

static struct {
	int fd;
	enum log_sink_kind kind;
	enum log_level level;
	uint64_t lost;
	bool reopen, is_socket;
} sink = { .fd = 2, .kind = LOG_SINK_STDERR, .level = LOG_LEVEL_INFO };

static const struct {
	const char *name;
	int severity; /* RFC 3164 */
} levels[] = {
	[LOG_LEVEL_ERROR] = { "error", 3 },   [LOG_LEVEL_WARNING] = { "warning", 4 },
	[LOG_LEVEL_NOTICE] = { "notice", 5 }, [LOG_LEVEL_INFO] = { "info", 6 },
	[LOG_LEVEL_DEBUG] = { "debug", 7 },
};
_Static_assert(sizeof(levels) / sizeof(levels[0]) == LOG_LEVELS, "a name for every level");

const char *log_level_name(enum log_level level)
{
	return levels[level].name;
}

void log_set_sink(enum log_sink_kind kind, int fd)
{
	struct stat status;

	if (sink.fd > STDERR_FILENO && sink.fd != fd)
		close(sink.fd);
	sink.fd = fd;
	sink.kind = kind;
	sink.reopen = false;
	sink.is_socket = fd >= 0 && fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

void log_set_level(enum log_level level)
{
	sink.level = level;
}

enum log_sink_kind log_sink(void)
{
	return sink.kind;
}

int log_sink_fd(void)
{
	return sink.fd;
}

bool log_wants_reopen(void)
{
	bool wants = sink.reopen;

	sink.reopen = false;
	return wants;
}

static void line_begin(struct text *line, enum log_level level)
{
	char time_text[CLOCK_TEXT_SIZE];

	switch (sink.kind) {
	case LOG_SINK_SYSLOG:
		text_addf(line, "<%d>spawnd[%d]: %s: ", FACILITY_DAEMON | levels[level].severity,
			  (int)getpid(), levels[level].name);
		return;
	case LOG_SINK_FILE:
		text_addf(line, "%s ", clock_text(clock_wall_ns(), time_text));
		break;
	default:
		break;
	}
	text_addf(line, "spawnd: %s: ", levels[level].name);
}

static void line_end(struct text *line)
{
	if (line->cut)
		memcpy(line->bytes + line->size - 5, "...", 3);
	if (sink.kind == LOG_SINK_SYSLOG)
		return;
	if (line->length == line->size - 1)
		line->length--;
	line->bytes[line->length++] = '\n';
}

/*
 * A whole line or none: a pipe takes up to PIPE_BUF atomically (pipe(7)), a file may be full
 * (ENOSPC).
 */
static bool line_write(const struct text *line)
{
	ssize_t count;

	if (sink.fd < 0)
		return false;
	if (sink.kind == LOG_SINK_SYSLOG) {
		count = send(sink.fd, line->bytes, line->length, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (count < 0 && (errno == ECONNREFUSED || errno == ENOTCONN || errno == EPIPE))
			sink.reopen = true;
	} else if (sink.is_socket) {
		/* Shared with whoever started us, so it cannot be made non-blocking for good. */
		count = send(sink.fd, line->bytes, line->length, MSG_DONTWAIT | MSG_NOSIGNAL);
	} else {
		count = write(sink.fd, line->bytes, line->length);
	}
	return count == (ssize_t)line->length;
}

void log_event(enum log_level level, const char *event, const char *format, ...)
{
	char bytes[LINE_SIZE];
	int saved = errno;
	va_list arguments;
	struct text line;
	char rest[LINE_SIZE];

	if (level > sink.level)
		return;
	va_start(arguments, format);
	vsnprintf(rest, sizeof(rest), format, arguments);
	va_end(arguments);
	text_init(&line, bytes, sizeof(bytes));
	line_begin(&line, level);
	text_addf(&line, "%s%s%s", event, rest[0] ? " " : "", rest);
	if (sink.lost > 0)
		text_addf(&line, " log_lines_lost=%llu", (unsigned long long)sink.lost);
	line_end(&line);
	if (line_write(&line))
		sink.lost = 0;
	else
		sink.lost++;
	errno = saved;
}

bool log_allow(struct log_bound *bound, uint32_t burst, int64_t interval_ns, uint32_t *suppressed)
{
	int64_t now = clock_now_ns();

	*suppressed = 0;
	if (now - bound->window_start_ns >= interval_ns) {
		bound->window_start_ns = now;
		bound->used = 0;
	}
	if (bound->used >= burst) {
		bound->left_out++;
		return false;
	}
	bound->used++;
	*suppressed = bound->left_out;
	bound->left_out = 0;
	return true;
}

/* SPDX-License-Identifier: ISC */
/*
 * Programs' standard error into the log. Runs in the loop; the pipe's read end is non-blocking.
 * Bytes are read as fast as they come and logged at a bounded rate.
 */
#include "loop/murmur.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/text.h"
#include "loop/connection.h"
#include "loop/loop.h"
#include "loop/watched.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define READS_PER_TURN 4
#define READS_AT_END 32 /* more than a pipe holds: a program's last words are not lost */
#define CHUNK 4096

/*
 * The connection's bound comes first, so that one that floods takes no more of its service's than
 * it may log. False: it was left out.
 */
static bool log_line(struct connection *connection, const char *line, size_t length)
{
	char bytes[MURMUR_LINE_MAX * 4 + 1];
	uint32_t suppressed, of_service;
	struct text text;

	if (!log_allow(&connection->murmur.bound, MURMUR_LINES_PER_SECOND, CLOCK_SECOND_NS,
		       &suppressed))
		return false;
	if (!log_allow(&connection->service->tally->murmurs, MURMUR_SERVICE_LINES_PER_SECOND,
		       CLOCK_SECOND_NS, &of_service)) {
		connection->murmur.bound.left_out = suppressed + 1;
		return false;
	}
	text_init(&text, bytes, sizeof(bytes));
	text_add_escaped(&text, line, length);
	if (suppressed > 0)
		log_event(LOG_LEVEL_NOTICE, "service-stderr",
			  "id=%llu service=%s suppressed=%u text=\"%s\"",
			  (unsigned long long)connection->account.id,
			  connection->service->spec->name, suppressed, bytes);
	else
		log_event(LOG_LEVEL_NOTICE, "service-stderr", "id=%llu service=%s text=\"%s\"",
			  (unsigned long long)connection->account.id,
			  connection->service->spec->name, bytes);
	return true;
}

/* Once one is left out, the rest of what was read with it is: no look at the clock for each. */
static void end_line(struct connection *connection)
{
	struct murmur *murmur = &connection->murmur;

	if (murmur->length > 0 && murmur->muted)
		murmur->bound.left_out++;
	else if (murmur->length > 0)
		murmur->muted = !log_line(connection, murmur->line, murmur->length);
	murmur->length = 0;
}

static void add(struct connection *connection, const char *bytes, size_t count)
{
	struct murmur *murmur = &connection->murmur;

	murmur->muted = false;
	while (count > 0) {
		const char *newline = memchr(bytes, '\n', count);
		size_t length = newline ? (size_t)(newline - bytes) : count;
		size_t room = MURMUR_LINE_MAX - murmur->length;
		size_t part = length < room ? length : room;

		memcpy(murmur->line + murmur->length, bytes, part);
		murmur->length += (uint16_t)part;
		if (part < length || newline)
			end_line(connection);
		part += part == length && newline;
		bytes += part;
		count -= part;
	}
}

static void stop(struct connection *connection)
{
	watched_close(connection->loop, &connection->murmur.io);
	connection->murmur.muted = false;
	end_line(connection);
}

/* False: nothing more now. */
static bool read_some(struct connection *connection)
{
	char bytes[CHUNK];
	ssize_t count = read(connection->murmur.io.fd, bytes, sizeof(bytes));

	if (count > 0) {
		connection->account.stderr_bytes += (uint64_t)count;
		add(connection, bytes, (size_t)count);
		return true;
	}
	if (count == 0 || errno != EAGAIN)
		stop(connection);
	return false;
}

static void murmur_readable(struct ev_loop *ev, ev_io *io, int events)
{
	struct connection *connection =
		container_of(container_of(io, struct murmur, io), struct connection, murmur);

	for (int i = 0; i < READS_PER_TURN; i++)
		if (!read_some(connection))
			return;
}

void murmur_start(struct connection *connection, int fd)
{
	struct murmur *murmur = &connection->murmur;

	murmur->length = 0;
	murmur->muted = false;
	murmur->bound = (struct log_bound){ 0 };
	ev_io_init(&murmur->io, murmur_readable, fd, EV_READ);
	if (fd < 0)
		return;
	fd_blocking(fd, false);
	ev_io_start(connection->loop->ev, &murmur->io);
}

void murmur_finish(struct connection *connection)
{
	uint32_t left_out;

	for (int i = 0; i < READS_AT_END && connection->murmur.io.fd >= 0; i++)
		if (!read_some(connection))
			break;
	if (connection->murmur.io.fd >= 0)
		stop(connection);
	left_out = connection->murmur.bound.left_out;
	if (left_out > 0)
		log_event(LOG_LEVEL_NOTICE, "service-stderr", "id=%llu service=%s suppressed=%u",
			  (unsigned long long)connection->account.id,
			  connection->service->spec->name, left_out);
	connection->murmur.bound.left_out = 0;
}

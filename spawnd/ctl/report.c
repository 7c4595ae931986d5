/* SPDX-License-Identifier: ISC */
/*
 * spawnctl report: reads accounting files, line by line, and sums up. Needs no daemon. Memory is
 * bounded, whatever the files are: by TOP_MAX, REPORT_SERVICES_MAX, HOURS_MAX and one buffer.
 */
#include "ctl/report.h"

#include "ctl/verb.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_SIZE (1u << 20) /* a longer line is malformed */
#define SOURCES_DEFAULT 10

enum { OPTION_TOP, OPTION_SERVICE, OPTION_SINCE, OPTION_UNTIL };

const struct report_quantile report_quantiles[5] = {
	{ "p50", "p50", 5000 },	   { "p90", "p90", 9000 },  { "p99", "p99", 9900 },
	{ "p999", "p99.9", 9990 }, { "max", "max", 10000 },
};

struct reader {
	struct report *report;
	const char *service, *since, *until; /* NULL: all */
	char *buffer;
};

/* Times as in RFC 3339 are in order as texts. */
static bool is_wanted(const struct reader *reader, const struct account_line *line)
{
	char accepted[REPORT_TIME_SIZE];

	if (reader->service && !account_span_is(&line->words[ACCOUNT_SERVICE], reader->service))
		return false;
	if (!reader->since && !reader->until)
		return true;
	account_span_copy(&line->words[ACCOUNT_ACCEPTED], accepted, sizeof(accepted));
	return (!reader->since || strcmp(accepted, reader->since) >= 0) &&
	       (!reader->until || strcmp(accepted, reader->until) < 0);
}

static void note_time(struct report *report, const struct account_span *accepted)
{
	char text[REPORT_TIME_SIZE];
	int64_t hour;

	if (!account_span_hour(accepted, &hour))
		return;
	account_span_copy(accepted, text, sizeof(text));
	if (!report->first[0] || strcmp(text, report->first) < 0)
		memcpy(report->first, text, sizeof(text));
	if (strcmp(text, report->last) > 0)
		memcpy(report->last, text, sizeof(text));
}

/* NULL: no memory, and it is in the sums of all alone. */
static struct totals *service_of(struct report *report, const struct account_span *span)
{
	static const struct account_span others = { REPORT_OTHERS, sizeof(REPORT_OTHERS) - 1 };
	struct report_service *service;
	size_t i;

	for (i = 0; i < report->service_count; i++)
		if (account_span_is(span, report->services[i]->name))
			return &report->services[i]->totals;
	if (i > REPORT_SERVICES_MAX)
		return &report->services[REPORT_SERVICES_MAX]->totals;
	if (i == REPORT_SERVICES_MAX)
		span = &others;
	service = calloc(1, sizeof(*service));
	if (!service)
		return NULL;
	account_span_copy(span, service->name, sizeof(service->name));
	report->services[report->service_count++] = service;
	return &service->totals;
}

static void add(struct reader *reader, const struct account_line *line)
{
	struct report *report = reader->report;
	struct totals *service;

	if (!is_wanted(reader, line)) {
		report->left_out++;
		return;
	}
	report->lines++;
	note_time(report, &line->words[ACCOUNT_ACCEPTED]);
	totals_add(&report->all, line);
	service = service_of(report, &line->words[ACCOUNT_SERVICE]);
	if (service)
		totals_add(service, line);
	top_add(&report->top, line);
	hours_add(&report->hours, line);
}

static void take_line(struct reader *reader, const char *bytes, size_t size, bool whole)
{
	struct report_skipped *skipped = &reader->report->skipped;
	struct account_line line;
	int error;

	if (size == 0)
		return;
	error = account_line_parse(&line, bytes, size);
	if (error == 0)
		add(reader, &line);
	else if (error == -EPROTONOSUPPORT)
		skipped->newer++;
	else if (whole)
		skipped->malformed++;
	else
		skipped->torn++;
}

/* Takes the whole lines of the buffer; what is left over comes to its beginning. */
static size_t take_lines(struct reader *reader, size_t size, bool *overlong)
{
	char *at = reader->buffer, *end = at + size, *newline;

	while ((newline = memchr(at, '\n', (size_t)(end - at)))) {
		if (!*overlong)
			take_line(reader, at, (size_t)(newline - at), true);
		*overlong = false;
		at = newline + 1;
	}
	size = (size_t)(end - at);
	if (size == BUFFER_SIZE) {
		reader->report->skipped.malformed += !*overlong;
		*overlong = true;
		return 0;
	}
	memmove(reader->buffer, at, size);
	return size;
}

/* 0 or -errno. */
static int read_from(struct reader *reader, int fd)
{
	bool overlong = false;
	size_t kept = 0;
	ssize_t got;

	while ((got = read(fd, reader->buffer + kept, BUFFER_SIZE - kept)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		kept = take_lines(reader, kept + (size_t)got, &overlong);
	}
	if (!overlong)
		take_line(reader, reader->buffer, kept, false);
	return 0;
}

/* missing: that there is none is no fault. */
static bool read_file(struct reader *reader, const char *path, bool missing)
{
	int fd, error;

	if (strcmp(path, "-") == 0) {
		error = read_from(reader, STDIN_FILENO);
	} else {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 && missing && errno == ENOENT)
			return true;
		error = fd < 0 ? -errno : read_from(reader, fd);
		if (fd >= 0)
			close(fd);
	}
	if (error < 0)
		fprintf(stderr, "spawnctl: %s: %s\n", path, strerror(-error));
	return error == 0;
}

/* Without operands: where the manual suggests that it be, with what was rotated away before. */
static bool read_files(struct reader *reader, const struct call *call)
{
	bool good = true;

	if (call->count == 0) {
		good = read_file(reader, SPAWND_ACCOUNTING ".1", true);
		return read_file(reader, SPAWND_ACCOUNTING, false) && good;
	}
	for (int i = 0; i < call->count; i++)
		good = read_file(reader, call->operands[i], false) && good;
	return good;
}

static bool parse_top(const struct call *call, struct report *report)
{
	const char *text = call->given[OPTION_TOP];
	char *end;
	unsigned long value;

	report->sources_wanted = SOURCES_DEFAULT;
	if (!text)
		return true;
	value = strtoul(text, &end, 10);
	report->sources_wanted = value;
	return *text >= '0' && *text <= '9' && !*end && value <= TOP_MAX;
}

static void report_free(struct report *report)
{
	for (size_t i = 0; i < report->service_count; i++)
		free(report->services[i]);
	free(report->services);
	top_free(&report->top);
	hours_free(&report->hours);
}

int verb_report(const struct call *call)
{
	static char buffer[BUFFER_SIZE];
	static struct report report;
	struct reader reader = { &report, call->given[OPTION_SERVICE], call->given[OPTION_SINCE],
				 call->given[OPTION_UNTIL], buffer };
	const struct report_skipped *skipped = &report.skipped;
	int status = 0;

	if (!parse_top(call, &report)) {
		fprintf(stderr, "spawnctl: --top=%s: expected a number up to %u\n",
			call->given[OPTION_TOP], TOP_MAX);
		return EXIT_USAGE;
	}
	report.services = calloc(REPORT_SERVICES_MAX + 1, sizeof(*report.services));
	if (!report.services || top_init(&report.top) < 0) {
		perror("spawnctl");
		return EXIT_SYSTEM;
	}
	if (!read_files(&reader, call))
		status = EXIT_SYSTEM;
	else if (report.lines + report.left_out == 0 && skipped->malformed + skipped->newer > 0)
		status = EXIT_REFUSED;
	if (call->json)
		report_print_json(&report, stdout);
	else
		report_print_text(&report, stdout);
	if (status == EXIT_REFUSED)
		fputs("spawnctl: there is no account among these lines\n", stderr);
	report_free(&report);
	if (fflush(stdout) != 0) {
		perror("spawnctl");
		return EXIT_SYSTEM;
	}
	return status;
}

/* SPDX-License-Identifier: ISC */
/* The report for a person: tables, and a chart that a terminal can show. In spawnctl. */
#include "ctl/report.h"

#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#define ROWS_MAX 96 /* of the chart: then a row is of a day, or more */
#define WIDTH_DEFAULT 80
#define FIGURE_SIZE 32

static const char *duration(uint64_t us, char text[FIGURE_SIZE])
{
	static const struct {
		uint64_t us;
		const char *unit;
	} units[] = { { 86400000000, "d" }, { 3600000000, "h" }, { 60000000, "min" },
		      { 1000000, "s" },	    { 1000, "ms" },	 { 1, "us" } };
	size_t i = 0;

	while (us < units[i].us && units[i].us > 1)
		i++;
	if (us / units[i].us >= 100 || units[i].us == 1)
		snprintf(text, FIGURE_SIZE, "%" PRIu64 " %s", us / units[i].us, units[i].unit);
	else
		snprintf(text, FIGURE_SIZE, "%" PRIu64 ".%" PRIu64 " %s", us / units[i].us,
			 us % units[i].us * 10 / units[i].us, units[i].unit);
	return text;
}

static const char *size(uint64_t bytes, char text[FIGURE_SIZE])
{
	const char *unit = " KMGTPE";
	uint64_t whole = bytes, tenths = 0;

	for (; whole >= 1024 && unit[1]; unit++) {
		tenths = whole % 1024 * 10 / 1024;
		whole /= 1024;
	}
	if (*unit == ' ')
		snprintf(text, FIGURE_SIZE, "%" PRIu64, whole);
	else if (whole >= 100)
		snprintf(text, FIGURE_SIZE, "%" PRIu64 "%c", whole, *unit);
	else
		snprintf(text, FIGURE_SIZE, "%" PRIu64 ".%" PRIu64 "%c", whole, tenths, *unit);
	return text;
}

static const char *figure(enum measure measure, uint64_t value, char text[FIGURE_SIZE])
{
	return measure >= MEASURE_BYTES_IN ? size(value, text) : duration(value, text);
}

static void print_head(const struct report *report, FILE *stream)
{
	const struct totals *all = &report->all;
	const struct report_skipped *skipped = &report->skipped;
	char in[FIGURE_SIZE], out[FIGURE_SIZE], cpu[FIGURE_SIZE];

	fprintf(stream, "%" PRIu64 " connections", totals_connections(all));
	if (report->first[0])
		fprintf(stream, ", %.16s to %.16s UTC", report->first, report->last);
	fprintf(stream, "\n%" PRIu64 " served, %" PRIu64 " refused", all->outcomes[OUTCOME_SERVED],
		all->outcomes[OUTCOME_REFUSED] + all->unlisted);
	if (all->unlisted)
		fprintf(stream, " (%" PRIu64 " without a line of their own)", all->unlisted);
	fprintf(stream, ", %" PRIu64 " aborted; %s in, %s out; %s of processor time\n",
		all->outcomes[OUTCOME_ABORTED], size(all->bytes_in, in), size(all->bytes_out, out),
		duration(all->cpu_us, cpu));
	if (skipped->malformed + skipped->newer + skipped->torn > 0)
		fprintf(stream,
			"skipped: %" PRIu64 " malformed lines, %" PRIu64
			" of a newer version, %" PRIu64 " torn\n",
			skipped->malformed, skipped->newer, skipped->torn);
}

static void print_measures(const struct totals *totals, FILE *stream)
{
	static const char *const titles[] = { "accept to program", "wait for container", "duration",
					      "bytes in", "bytes out" };
	char text[FIGURE_SIZE];

	_Static_assert(sizeof(titles) / sizeof(titles[0]) == MEASURES, "all titled");
	fprintf(stream, "\n%-20s", "");
	for (size_t i = 0; i < 5; i++)
		fprintf(stream, " %10s", report_quantiles[i].title);
	fputc('\n', stream);
	for (int measure = 0; measure < MEASURES; measure++) {
		const struct histogram *histogram = &totals->measures[measure];

		if (histogram->count == 0)
			continue;
		fprintf(stream, "%-20s", titles[measure]);
		for (size_t i = 0; i < 5; i++)
			fprintf(stream, " %10s",
				figure((enum measure)measure,
				       histogram_quantile(histogram, report_quantiles[i].of_10000),
				       text));
		fputc('\n', stream);
	}
}

/* Most first: the words are few. */
static void print_words(const char *title, const struct words *words, FILE *stream)
{
	bool told[TOTALS_WORDS_MAX] = { false };
	uint64_t sum = 0;

	for (size_t i = 0; i < words->count; i++)
		sum += words->items[i].count;
	if (sum == 0)
		return;
	fprintf(stream, "\n%-24s %12s\n", title, "CONNECTIONS");
	for (size_t row = 0; row < words->count; row++) {
		size_t most = words->count;
		uint64_t per_mille;

		for (size_t i = 0; i < words->count; i++)
			if (!told[i] && (most == words->count ||
					 words->items[i].count > words->items[most].count))
				most = i;
		told[most] = true;
		per_mille = words->items[most].count * 1000 / sum;
		fprintf(stream, "%-24s %12" PRIu64 " %4" PRIu64 ".%" PRIu64 " %%\n",
			words->items[most].word, words->items[most].count, per_mille / 10,
			per_mille % 10);
	}
}

static void print_services(const struct report *report, FILE *stream)
{
	char in[FIGURE_SIZE], out[FIGURE_SIZE], half[FIGURE_SIZE], most[FIGURE_SIZE];

	if (report->service_count == 0)
		return;
	fprintf(stream, "\n%-20s %11s %10s %10s %8s %7s %7s %10s %10s\n", "SERVICE", "CONNECTIONS",
		"SERVED", "REFUSED", "ABORTED", "IN", "OUT", "SPAWN p50", "p99");
	for (size_t i = 0; i < report->service_count; i++) {
		const struct totals *totals = &report->services[i]->totals;
		const struct histogram *spawn = &totals->measures[MEASURE_SPAWN_US];

		fprintf(stream,
			"%-20s %11" PRIu64 " %10" PRIu64 " %10" PRIu64 " %8" PRIu64
			" %7s %7s %10s %10s\n",
			report->services[i]->name, totals_connections(totals),
			totals->outcomes[OUTCOME_SERVED],
			totals->outcomes[OUTCOME_REFUSED] + totals->unlisted,
			totals->outcomes[OUTCOME_ABORTED], size(totals->bytes_in, in),
			size(totals->bytes_out, out),
			duration(histogram_quantile(spawn, 5000), half),
			duration(histogram_quantile(spawn, 9900), most));
	}
}

static void print_sources(struct report *report, FILE *stream)
{
	size_t known = report->top.used, count = top_sort(&report->top, report->sources_wanted);
	char in[FIGURE_SIZE], out[FIGURE_SIZE];

	if (count == 0)
		return;
	fprintf(stream, "\n%-40s %11s %10s %10s %7s %7s\n", "SOURCE", "CONNECTIONS", "SERVED",
		"REFUSED", "IN", "OUT");
	for (size_t i = 0; i < count; i++) {
		const struct top_source *source = &report->top.slots[i];

		fprintf(stream, "%-40s %11" PRIu64 " %10" PRIu64 " %10" PRIu64 " %7s %7s\n",
			source->name, source->connections, source->outcomes[OUTCOME_SERVED],
			source->outcomes[OUTCOME_REFUSED], size(source->bytes_in, in),
			size(source->bytes_out, out));
	}
	if (report->top.error > 0)
		fprintf(stream,
			"There were too many to tell all apart: up to %" PRIu64 " more for each.\n",
			report->top.error);
	else
		fprintf(stream, "%zu sources in all.\n", known);
}

/* ---- the chart ---- */

struct chart {
	FILE *stream;
	bool blocks;  /* the terminal knows them */
	int width;    /* of a bar */
	int64_t step; /* hours a row */
	uint64_t most;
};

static int terminal_width(FILE *stream)
{
	struct winsize window;

	if (ioctl(fileno(stream), TIOCGWINSZ, &window) == 0 && window.ws_col >= 40)
		return window.ws_col;
	return WIDTH_DEFAULT;
}

static void put_bar(const struct chart *chart, uint64_t served, uint64_t others)
{
	uint64_t most = chart->most ? chart->most : 1, width = (uint64_t)chart->width;
	uint64_t all = ((served + others) * width + most / 2) / most;
	uint64_t full = (served * width + most / 2) / most;

	if (all == 0 && served + others > 0)
		all = 1; /* something is more than nothing */
	if (full == 0 && served > 0)
		full = 1;
	for (uint64_t i = 0; i < all; i++) {
		if (chart->blocks)
			fputs(i < full ? "\u2588" : "\u2591", chart->stream);
		else
			fputc(i < full ? '#' : '-', chart->stream);
	}
}

/* The sums of the hours from `from` on that belong to its row. */
static size_t sum_row(const struct hours *hours, size_t at, int64_t from, int64_t step,
		      uint64_t *served, uint64_t *others)
{
	*served = *others = 0;
	for (; at < hours->count && hours->items[at].hour < from + step; at++) {
		const uint64_t *outcomes = hours->items[at].outcomes;

		*served += outcomes[OUTCOME_SERVED];
		*others += outcomes[OUTCOME_REFUSED] + outcomes[OUTCOME_ABORTED];
	}
	return at;
}

static void put_row(const struct chart *chart, int64_t hour, uint64_t served, uint64_t others)
{
	time_t seconds = (time_t)(hour * 3600);
	char label[32] = "?";
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		strftime(label, sizeof(label), chart->step == 1 ? "%m-%d %H:00" : "%Y-%m-%d", &tm);
	fprintf(chart->stream, "%-11s %10" PRIu64 " ", label, served + others);
	put_bar(chart, served, others);
	fputc('\n', chart->stream);
}

static void print_chart(const struct report *report, FILE *stream)
{
	static const int64_t steps[] = { 1, 24, 7 * 24, 28 * 24 };
	struct chart chart = { .stream = stream, .step = 1 };
	const struct hours *hours = &report->hours;
	int64_t first, hours_in_all;
	uint64_t served, others;

	if (hours->count == 0)
		return;
	setlocale(LC_CTYPE, "");
	chart.blocks = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	chart.width = terminal_width(stream) - 24;
	first = hours->items[0].hour;
	hours_in_all = hours->items[hours->count - 1].hour - first + 1;
	for (size_t i = 0; i < 4 && hours_in_all > ROWS_MAX * chart.step; i++)
		chart.step = steps[i];
	first -= first % (chart.step > 1 ? 24 : 1);
	for (size_t at = 0; at < hours->count;) {
		int64_t row = hours->items[at].hour - (hours->items[at].hour - first) % chart.step;

		at = sum_row(hours, at, row, chart.step, &served, &others);
		if (served + others > chart.most)
			chart.most = served + others;
	}
	fprintf(stream, "\nCONNECTIONS by %s, UTC (%s refused or aborted)\n",
		chart.step == 1	   ? "hour"
		: chart.step == 24 ? "day"
				   : "weeks",
		chart.blocks ? "\u2591" : "-");
	for (size_t at = 0; at < hours->count; first += chart.step) {
		int64_t empty = (hours->items[at].hour - first) / chart.step;

		if (empty > ROWS_MAX) {
			fputs("...\n", stream);
			first += empty * chart.step;
		}
		at = sum_row(hours, at, first, chart.step, &served, &others);
		put_row(&chart, first, served, others);
	}
}

void report_print_text(struct report *report, FILE *stream)
{
	print_head(report, stream);
	print_measures(&report->all, stream);
	print_words("END", &report->all.ends, stream);
	print_words("REFUSED FOR", &report->all.reasons, stream);
	print_words("WARMTH", &report->all.warmth, stream);
	print_services(report, stream);
	print_sources(report, stream);
	print_chart(report, stream);
}

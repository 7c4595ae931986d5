/* SPDX-License-Identifier: ISC */
/* The report for programs: one line of JSON. Keys are in spawnctl(8). In spawnctl. */
#include "ctl/json.h"
#include "ctl/report.h"

static void put_words(struct json *json, const char *key, const struct words *words)
{
	json_begin(json, key, '{');
	for (size_t i = 0; i < words->count; i++)
		json_count(json, words->items[i].word, words->items[i].count);
	json_end(json, '}');
}

static void put_measures(struct json *json, const struct totals *totals)
{
	json_begin(json, "percentiles", '{');
	for (int measure = 0; measure < MEASURES; measure++) {
		const struct histogram *histogram = &totals->measures[measure];

		json_begin(json, measure_name((enum measure)measure), '{');
		json_count(json, "count", histogram->count);
		for (size_t i = 0; i < 5 && histogram->count > 0; i++)
			json_count(json, report_quantiles[i].key,
				   histogram_quantile(histogram, report_quantiles[i].of_10000));
		json_end(json, '}');
	}
	json_end(json, '}');
}

static void put_outcomes(struct json *json, const uint64_t outcomes[OUTCOMES])
{
	for (int outcome = 0; outcome < OUTCOMES; outcome++)
		json_count(json, outcome_name((enum outcome)outcome), outcomes[outcome]);
}

static void put_totals(struct json *json, const struct totals *totals)
{
	json_count(json, "connections", totals_connections(totals));
	put_outcomes(json, totals->outcomes);
	json_count(json, "unlisted", totals->unlisted);
	json_count(json, "bytes_in", totals->bytes_in);
	json_count(json, "bytes_out", totals->bytes_out);
	json_count(json, "cpu_us", totals->cpu_us);
	put_words(json, "ends", &totals->ends);
	put_words(json, "reasons", &totals->reasons);
	put_words(json, "warmth", &totals->warmth);
	put_measures(json, totals);
}

static void put_sources(struct json *json, struct report *report)
{
	size_t count = top_sort(&report->top, report->sources_wanted);

	json_begin(json, "sources", '[');
	for (size_t i = 0; i < count; i++) {
		const struct top_source *source = &report->top.slots[i];

		json_begin(json, NULL, '{');
		json_string(json, "source", source->name);
		json_count(json, "connections", source->connections);
		put_outcomes(json, source->outcomes);
		json_count(json, "bytes_in", source->bytes_in);
		json_count(json, "bytes_out", source->bytes_out);
		json_count(json, "wall_us", source->wall_us);
		json_end(json, '}');
	}
	json_end(json, ']');
	json_count(json, "sources_known", report->top.used);
	json_count(json, "sources_forgotten", report->top.forgotten);
	json_count(json, "sources_error", report->top.error);
}

static void put_hours(struct json *json, const struct hours *hours)
{
	json_begin(json, "hours", '[');
	for (size_t i = 0; i < hours->count; i++) {
		json_begin(json, NULL, '{');
		json_number(json, "hour_s", hours->items[i].hour * 3600);
		put_outcomes(json, hours->items[i].outcomes);
		json_end(json, '}');
	}
	json_end(json, ']');
	json_count(json, "hours_left_out", hours->left_out);
}

void report_print_json(struct report *report, FILE *stream)
{
	struct json json = { .stream = stream };

	json_begin(&json, NULL, '{');
	json_count(&json, "version", 1);
	json_count(&json, "lines", report->lines);
	json_count(&json, "left_out", report->left_out);
	json_count(&json, "skipped_malformed", report->skipped.malformed);
	json_count(&json, "skipped_newer", report->skipped.newer);
	json_count(&json, "skipped_torn", report->skipped.torn);
	json_string(&json, "first", report->first);
	json_string(&json, "last", report->last);
	json_begin(&json, "total", '{');
	put_totals(&json, &report->all);
	json_end(&json, '}');
	json_begin(&json, "services", '{');
	for (size_t i = 0; i < report->service_count; i++) {
		json_begin(&json, report->services[i]->name, '{');
		put_totals(&json, &report->services[i]->totals);
		json_end(&json, '}');
	}
	json_end(&json, '}');
	put_sources(&json, report);
	put_hours(&json, &report->hours);
	json_end(&json, '}');
	fputc('\n', stream);
}

/* SPDX-License-Identifier: ISC */
/*
 * Answers about the daemon and its services. Loop; a walk over the tallies, some records for each.
 */
#include "loop/answers.h"

#include "base/clock.h"
#include "loop/ledger.h"
#include "loop/loop.h"

#include <stdio.h>
#include <string.h>

/* The parts of a service: itself, its verdicts, its ends, its histograms. */
#define FIRST_VERDICT 1
#define FIRST_END (FIRST_VERDICT + VERDICT_CODES - 1) /* being admitted is no reason */
#define FIRST_HISTOGRAM (FIRST_END + END_REASONS)
#define PARTS (FIRST_HISTOGRAM + HISTOGRAM_KINDS)

_Static_assert(HISTOGRAM_BOUNDS + 1 == CONTROL_BUCKETS_MAX, "a histogram fits its record");
_Static_assert(SPEC_NAME_MAX < CONTROL_NAME_SIZE, "a name fits its record");

static struct control_counters counters_of(const struct counters *counters, uint32_t live,
					   uint32_t queued)
{
	return (struct control_counters){
		.accepted = counters->accepted,
		.served = counters->served,
		.refused = counters_refused(counters),
		.aborted = counters->aborted,
		.live = live,
		.queued = queued,
		.bytes_in = counters->bytes_in,
		.bytes_out = counters->bytes_out,
		.deferred = counters->deferred,
	};
}

static enum control_type fill_daemon(const struct loop *loop, struct control_daemon *daemon)
{
	snprintf(daemon->version, sizeof(daemon->version), "%s", SPAWND_VERSION);
	daemon->wall_ns = clock_wall_ns();
	daemon->uptime_ns = clock_now_ns() - loop->started_ns;
	daemon->generation = loop->serving ? loop->serving->number : 0;
	daemon->live_limit = loop->live_limit;
	daemon->accounting_lost = loop->accounting_lost;
	daemon->counters = counters_of(&loop->total, loop->live, loop->queued);
	return CONTROL_DAEMON;
}

static enum control_type fill_service(struct loop *loop, const struct tally *tally,
				      struct control_service *record)
{
	const struct service *service = answers_service(loop, tally->name);

	snprintf(record->name, sizeof(record->name), "%s", tally->name);
	snprintf(record->warmth, sizeof(record->warmth), "%s",
		 warmth_name(service ? service->warmth : WARMTH_NONE));
	record->paused = tally->paused;
	record->counters = counters_of(&tally->counters, tally->live, tally->queued);
	if (service) {
		record->configured = true;
		record->deferred = service->deferred;
		record->parked = service->parked_count;
		record->waiting = service->waiting_count;
		record->limit = service->spec->max_connections;
	}
	return CONTROL_SERVICE;
}

static enum control_type fill_count(struct control_count *record, const char *family,
				    const char *reason, uint64_t count)
{
	snprintf(record->family, sizeof(record->family), "%s", family);
	snprintf(record->reason, sizeof(record->reason), "%s", reason);
	record->count = count;
	return CONTROL_COUNT;
}

static enum control_type fill_histogram(const struct histogram *histogram, enum histogram_kind kind,
					struct control_histogram *record)
{
	snprintf(record->name, sizeof(record->name), "%s", histogram_name(kind));
	record->bounds = HISTOGRAM_BOUNDS;
	memcpy(record->bound_us, histogram_bounds(kind), sizeof(record->bound_us));
	memcpy(record->count, histogram->count, sizeof(record->count));
	record->sum_us = histogram->sum_us;
	return CONTROL_HISTOGRAM;
}

static enum control_type fill_part(struct loop *loop, const struct tally *tally, uint32_t part,
				   union control_record *record)
{
	const struct counters *counters = &tally->counters;

	if (part < FIRST_VERDICT)
		return fill_service(loop, tally, &record->service);
	if (part < FIRST_END) {
		enum verdict_code code = (enum verdict_code)(part - FIRST_VERDICT + 1);

		return fill_count(&record->count, "refused", verdict_name(code),
				  counters->refused[code]);
	}
	if (part < FIRST_HISTOGRAM) {
		enum end_reason reason = (enum end_reason)(part - FIRST_END);

		return fill_count(&record->count, "ended", end_reason_name(reason),
				  counters->ended[reason]);
	}
	return fill_histogram(&tally->histograms[part - FIRST_HISTOGRAM],
			      (enum histogram_kind)(part - FIRST_HISTOGRAM), &record->histogram);
}

enum control_type status_next(struct loop *loop, struct question *question,
			      union control_record *record)
{
	enum control_type type;

	if (question->index == 0) {
		question->index = 1;
		return fill_daemon(loop, &record->daemon);
	}
	if (question->tally == &loop->tallies)
		return CONTROL_END;
	type = fill_part(loop, container_of(question->tally, struct tally, in_loop), question->part,
			 record);
	if (++question->part == PARTS) {
		question->part = 0;
		question->tally = question->tally->next;
	}
	return type;
}

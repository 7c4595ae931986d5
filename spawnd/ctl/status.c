/* SPDX-License-Identifier: ISC */
/* spawnctl status: the daemon and its services. */
#include "base/clock.h"
#include "ctl/json.h"
#include "ctl/status.h"
#include "ctl/units.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATUS_FILE_MAX (64 << 20)
#define STALE_NS (3 * CONTROL_STATUS_SECONDS * CLOCK_SECOND_NS)
#define READS_MAX 10

static void put_counters(struct json *json, const struct control_counters *counters)
{
	json_count(json, "accepted", counters->accepted);
	json_count(json, "served", counters->served);
	json_count(json, "refused", counters->refused);
	json_count(json, "aborted", counters->aborted);
	json_count(json, "live", counters->live);
	json_count(json, "queued", counters->queued);
	json_count(json, "bytes_in", counters->bytes_in);
	json_count(json, "bytes_out", counters->bytes_out);
	json_count(json, "deferred", counters->deferred);
}

/* Of each latency: how many, their sum, and those up to each bound, each by itself. */
static void put_latencies(struct json *json, const struct reply_service *service)
{
	json_begin(json, "latencies", '{');
	for (size_t i = 0; i < service->histogram_count; i++) {
		const struct control_histogram *histogram = &service->histograms[i];

		json_begin(json, histogram->name, '{');
		json_count(json, "sum_us", histogram->sum_us);
		json_begin(json, "bounds_us", '[');
		for (uint32_t at = 0; at < histogram->bounds; at++)
			json_count(json, NULL, histogram->bound_us[at]);
		json_end(json, ']');
		json_begin(json, "counts", '[');
		for (uint32_t at = 0; at <= histogram->bounds; at++)
			json_count(json, NULL, histogram->count[at]);
		json_end(json, ']');
		json_end(json, '}');
	}
	json_end(json, '}');
}

static void put_service(struct json *json, const struct reply_service *service)
{
	const struct control_service *is = &service->is;
	char key[2 * CONTROL_WORD_SIZE];

	json_begin(json, is->name, '{');
	put_counters(json, &is->counters);
	json_count(json, "parked", is->parked);
	json_count(json, "waiting", is->waiting);
	json_truth(json, "configured", is->configured);
	json_truth(json, "paused", is->paused);
	json_string(json, "warmth", is->warmth);
	put_latencies(json, service);
	for (size_t i = 0; i < service->count_count; i++) {
		snprintf(key, sizeof(key), "%s_%s", service->counts[i].family,
			 service->counts[i].reason);
		json_count(json, key, service->counts[i].count);
	}
	json_end(json, '}');
}

void status_print_json(const struct reply *reply)
{
	const struct control_daemon *daemon = &reply->daemon;
	struct json json = { .stream = stdout };

	json_begin(&json, NULL, '{');
	json_string(&json, "version", daemon->version);
	json_count(&json, "generation", daemon->generation);
	json_number(&json, "uptime_s", daemon->uptime_ns / CLOCK_SECOND_NS);
	put_counters(&json, &daemon->counters);
	json_count(&json, "live_limit", daemon->live_limit);
	json_count(&json, "accounting_lost", daemon->accounting_lost);
	json_begin(&json, "services", '{');
	for (size_t i = 0; i < reply->service_count; i++)
		put_service(&json, &reply->services[i]);
	json_end(&json, '}');
	json_end(&json, '}');
	puts("");
}

static const char *state_of(const struct control_service *is)
{
	if (!is->configured)
		return "gone";
	if (is->paused)
		return is->counters.live > 0 ? "draining" : "paused";
	return is->deferred ? "deferring" : "open";
}

static void print_table(const struct reply *reply)
{
	const struct control_daemon *daemon = &reply->daemon;
	char up[UNITS_TEXT_SIZE];

	printf("spawnd %s, up %s, generation %" PRIu64 ", %" PRIu64 " of %" PRIu64
	       " connections live\n\n",
	       daemon->version, units_span(daemon->uptime_ns, up), daemon->generation,
	       daemon->counters.live, daemon->live_limit);
	printf("%-20s %10s %10s %8s %8s %6s %6s %-8s %s\n", "SERVICE", "ACCEPTED", "SERVED",
	       "REFUSED", "ABORTED", "LIVE", "PARKED", "WARMTH", "STATE");
	for (size_t i = 0; i < reply->service_count; i++) {
		const struct control_service *is = &reply->services[i].is;

		printf("%-20s %10" PRIu64 " %10" PRIu64 " %8" PRIu64 " %8" PRIu64 " %6" PRIu64
		       " %6u %-8s %s\n",
		       is->name, is->counters.accepted, is->counters.served, is->counters.refused,
		       is->counters.aborted, is->counters.live, is->parked,
		       is->configured ? is->warmth : "-", state_of(is));
	}
}

/* All of a file; *size its length. NULL: errno. */
static char *read_file(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	char *bytes = NULL;
	ssize_t got = -1;

	if (fd >= 0 && fstat(fd, &status) == 0 && status.st_size <= STATUS_FILE_MAX)
		bytes = malloc((size_t)status.st_size + 1);
	if (bytes)
		got = pread(fd, bytes, (size_t)status.st_size, 0);
	if (fd >= 0)
		close(fd);
	if (got < 0) {
		free(bytes);
		return NULL;
	}
	*size = (size_t)got;
	return bytes;
}

/* It is written over in place: what was read twice and is the same was read whole. */
static char *read_whole(const char *path, size_t *size)
{
	char *bytes = read_file(path, size), *again;
	size_t size_again = 0;
	bool same;

	for (int i = 0; bytes && i < READS_MAX; i++) {
		again = read_file(path, &size_again);
		same = again && size_again == *size && memcmp(bytes, again, *size) == 0;
		free(bytes);
		bytes = again;
		if (same)
			return bytes;
		*size = size_again;
	}
	free(bytes);
	return NULL;
}

static int status_read(const char *path, struct reply *reply)
{
	size_t size = 0;
	char *bytes = read_whole(path, &size);
	int64_t age_ns;
	int error;

	reply_init(reply);
	if (!bytes) {
		fprintf(stderr, "spawnctl: %s: %s\n", path, strerror(errno));
		return EXIT_SYSTEM;
	}
	error = reply_add(reply, bytes, size);
	free(bytes);
	if (error < 0 || !reply->complete) {
		fprintf(stderr, "spawnctl: %s: no StatusFile= of this version\n", path);
		return EXIT_SYSTEM;
	}
	age_ns = clock_wall_ns() - reply->daemon.wall_ns;
	if (age_ns <= STALE_NS && age_ns >= -STALE_NS)
		return 0;
	fprintf(stderr, "spawnctl: %s: it was not written lately: does spawnd run?\n", path);
	return EXIT_SYSTEM;
}

int status_get(const struct call *call, const char *file, struct reply *reply)
{
	struct control_request request = daemon_request(CONTROL_STATUS, NULL);

	return file ? status_read(file, reply) : daemon_demand(call, &request, reply);
}

int verb_status(const struct call *call)
{
	struct reply reply;
	int status = status_get(call, call->given[0], &reply);

	if (status == 0 && call->json)
		status_print_json(&reply);
	else if (status == 0)
		print_table(&reply);
	reply_free(&reply);
	return status;
}

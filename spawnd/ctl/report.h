/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CTL_REPORT_H
#define SPAWND_CTL_REPORT_H

/* What spawnctl report has read, and its two ways of being told. */
#include "ctl/hours.h"
#include "ctl/top.h"
#include "ctl/totals.h"

#include <stdbool.h>
#include <stdio.h>

#define REPORT_SERVICES_MAX 256 /* told apart; those beyond are one, named REPORT_OTHERS */
#define REPORT_OTHERS "(others)"
#define REPORT_NAME_SIZE 64
#define REPORT_TIME_SIZE 32

struct report_service {
	char name[REPORT_NAME_SIZE];
	struct totals totals;
};

/* Lines that are in no sum. */
struct report_skipped {
	uint64_t malformed; /* no account */
	uint64_t newer;	    /* of a version that is newer than this program */
	uint64_t torn;	    /* the last of a file, without its end */
};

struct report {
	uint64_t lines, left_out; /* left_out: by --service, --since, --until */
	struct report_skipped skipped;
	char first[REPORT_TIME_SIZE], last[REPORT_TIME_SIZE]; /* of accepted; "": none */
	struct totals all;
	struct report_service **services; /* REPORT_SERVICES_MAX places, then the others */
	size_t service_count;
	struct top top;
	struct hours hours;
	size_t sources_wanted;
};

/* The percentiles that are told. */
extern const struct report_quantile {
	const char *key, *title;
	unsigned int of_10000;
} report_quantiles[5];

void report_print_text(struct report *report, FILE *stream);
void report_print_json(struct report *report, FILE *stream);

#endif

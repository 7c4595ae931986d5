/* SPDX-License-Identifier: ISC */
/*
 * The two clocks, and wall time as text. Every process; never blocks (clock_gettime(2), vDSO), and
 * opens no file: gmtime_r(3) would read /etc/localtime first.
 */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

#define DAY_SECONDS 86400

static int64_t read_clock(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * CLOCK_SECOND_NS + now.tv_nsec;
}

int64_t clock_now_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_wall_ns(void)
{
	return read_clock(CLOCK_REALTIME);
}

/* Days since 1970-01-01 as a date of the Gregorian calendar; its 400 years are 146,097 days. */
static void date_of(uint64_t days, unsigned int *year, unsigned int *month, unsigned int *day)
{
	/* From 1 March of year 0, so that the leap day is the last of its year. */
	uint64_t from_march = days + 719468, era = from_march / 146097;
	unsigned int of_era = (unsigned int)(from_march % 146097);
	unsigned int year_of_era =
		(of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	unsigned int of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	unsigned int march_month = (5 * of_year + 2) / 153;

	*day = of_year - (153 * march_month + 2) / 5 + 1;
	*month = march_month < 10 ? march_month + 3 : march_month - 9;
	*year = year_of_era + (unsigned int)era * 400 + (*month <= 2);
}

const char *clock_text(int64_t wall_ns, char text[CLOCK_TEXT_SIZE])
{
	uint64_t wall = wall_ns < 0 ? 0 : (uint64_t)wall_ns, seconds = wall / CLOCK_SECOND_NS;
	unsigned int of_day = (unsigned int)(seconds % DAY_SECONDS), year, month, day;

	date_of(seconds / DAY_SECONDS, &year, &month, &day);
	/* The remainders change nothing; the compiler sees by them that it fits. */
	snprintf(text, CLOCK_TEXT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%06uZ", year % 10000,
		 month % 100, day % 100, of_day / 3600, of_day / 60 % 60, of_day % 60,
		 (unsigned int)(wall % CLOCK_SECOND_NS / CLOCK_MICROSECOND_NS));
	return text;
}

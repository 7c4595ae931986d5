/* SPDX-License-Identifier: ISC */
/*
 * The grammars of single values: booleans, numbers, sizes, time spans, modes, signals, resource
 * limits. Start regime, every process. Pure functions from text to numbers: no rounding but where
 * systemd rounds, no overflow, no locale (strtol(3) knows blanks, signs and prefixes that nobody
 * asked for).
 */
#include "config/values.h"

#include "base/clock.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#define SPAN_MAX_NS (INT64_MAX / 2)
#define FRACTION_DIGITS_MAX 9

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

int value_bool(const char *text, bool *value)
{
	static const char *const words[] = { "0", "no",	 "n", "false", "f", "off",
					     "1", "yes", "y", "true",  "t", "on" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i]) == 0) {
			*value = i >= 6;
			return 0;
		}
	}
	return -EINVAL;
}

/* Digits at *at, at least one, as a number; *at is then behind them. */
static int take_digits(const char **at, uint64_t *value)
{
	bool overflow = false;

	if (!is_digit(**at))
		return -EINVAL;
	for (*value = 0; is_digit(**at); (*at)++)
		if (__builtin_mul_overflow(*value, 10, value) ||
		    __builtin_add_overflow(*value, (uint64_t)(**at - '0'), value))
			overflow = true;
	return overflow ? -ERANGE : 0;
}

int value_number(const char *text, int64_t minimum, int64_t maximum, int64_t *value)
{
	bool negative = minimum < 0 && *text == '-';
	uint64_t digits;
	int64_t number;
	int error;

	if (negative || (minimum < 0 && *text == '+'))
		text++;
	error = take_digits(&text, &digits);
	if (*text)
		return -EINVAL;
	if (error)
		return error;
	if (digits > INT64_MAX)
		return -ERANGE;
	number = negative ? -(int64_t)digits : (int64_t)digits;
	if (number < minimum || number > maximum)
		return -ERANGE;
	*value = number;
	return 0;
}

/* A number with an optional fraction, which is kept in billionths. */
static int take_decimal(const char **at, uint64_t *whole, uint64_t *billionths)
{
	uint64_t scale = 1000000000;
	int error = take_digits(at, whole);

	*billionths = 0;
	if (error || **at != '.')
		return error;
	(*at)++;
	if (!is_digit(**at))
		return -EINVAL;
	for (int i = 0; is_digit(**at); i++, (*at)++) {
		if (i < FRACTION_DIGITS_MAX) {
			scale /= 10;
			*billionths += (uint64_t)(**at - '0') * scale;
		}
	}
	return 0;
}

/* whole.billionths times unit, the fraction rounded down. */
static int scale_decimal(uint64_t whole, uint64_t billionths, uint64_t unit, uint64_t *value)
{
	uint64_t part =
		unit / 1000000000 * billionths + unit % 1000000000 * billionths / 1000000000;

	if (__builtin_mul_overflow(whole, unit, value) ||
	    __builtin_add_overflow(*value, part, value))
		return -ERANGE;
	return 0;
}

int value_size(const char *text, uint64_t *bytes)
{
	static const char suffixes[] = "BKMGTPE";
	uint64_t whole, billionths, unit = 1, value;
	const char *suffix;
	int error = take_decimal(&text, &whole, &billionths);

	if (error == -EINVAL)
		return error;
	if (*text) {
		suffix = strchr(suffixes, *text++);
		if (!suffix || *text)
			return -EINVAL;
		unit = UINT64_C(1) << (10 * (suffix - suffixes));
	}
	if (error || scale_decimal(whole, billionths, unit, &value) < 0 || value == UINT64_MAX)
		return -ERANGE; /* the last number is "infinity" to the kernel */
	*bytes = value;
	return 0;
}

/* systemd.time(7); a month is 30.44 days and a year 365.25, as there. */
static const struct span_unit {
	const char *name;
	int64_t ns;
} span_units[] = {
	{ "ns", 1 },
	{ "nsec", 1 },
	{ "us", CLOCK_MICROSECOND_NS },
	{ "usec", CLOCK_MICROSECOND_NS },
	{ "\xc2\xb5s", CLOCK_MICROSECOND_NS },
	{ "\xce\xbcs", CLOCK_MICROSECOND_NS },
	{ "ms", CLOCK_MILLISECOND_NS },
	{ "msec", CLOCK_MILLISECOND_NS },
	{ "s", CLOCK_SECOND_NS },
	{ "sec", CLOCK_SECOND_NS },
	{ "second", CLOCK_SECOND_NS },
	{ "seconds", CLOCK_SECOND_NS },
	{ "m", 60 * CLOCK_SECOND_NS },
	{ "min", 60 * CLOCK_SECOND_NS },
	{ "minute", 60 * CLOCK_SECOND_NS },
	{ "minutes", 60 * CLOCK_SECOND_NS },
	{ "h", 3600 * CLOCK_SECOND_NS },
	{ "hr", 3600 * CLOCK_SECOND_NS },
	{ "hour", 3600 * CLOCK_SECOND_NS },
	{ "hours", 3600 * CLOCK_SECOND_NS },
	{ "d", 86400 * CLOCK_SECOND_NS },
	{ "day", 86400 * CLOCK_SECOND_NS },
	{ "days", 86400 * CLOCK_SECOND_NS },
	{ "w", 604800 * CLOCK_SECOND_NS },
	{ "week", 604800 * CLOCK_SECOND_NS },
	{ "weeks", 604800 * CLOCK_SECOND_NS },
	{ "M", 2629800 * CLOCK_SECOND_NS },
	{ "month", 2629800 * CLOCK_SECOND_NS },
	{ "months", 2629800 * CLOCK_SECOND_NS },
	{ "y", 31557600 * CLOCK_SECOND_NS },
	{ "year", 31557600 * CLOCK_SECOND_NS },
	{ "years", 31557600 * CLOCK_SECOND_NS },
};

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t");
}

/* The unit at *at, or `bare` when the text ends or another number follows. */
static int take_unit(const char **at, int64_t bare, int64_t *unit_ns)
{
	size_t length = strcspn(*at, " \t0123456789");

	*unit_ns = bare;
	if (!length)
		return 0;
	for (size_t i = 0; i < sizeof(span_units) / sizeof(span_units[0]); i++) {
		if (strlen(span_units[i].name) == length &&
		    !memcmp(span_units[i].name, *at, length)) {
			*unit_ns = span_units[i].ns;
			*at += length;
			return 0;
		}
	}
	return -EINVAL;
}

int value_span(const char *text, int64_t unit_ns, int64_t *span_ns)
{
	uint64_t whole, billionths, part, sum = 0;
	int64_t unit;
	bool overflow = false;
	int error;

	if (strcmp(text, "infinity") == 0) {
		*span_ns = CLOCK_NEVER_NS;
		return 0;
	}
	do {
		error = take_decimal(&text, &whole, &billionths);
		if (error == -EINVAL)
			return error;
		text = skip_blanks(text);
		if (take_unit(&text, unit_ns, &unit) < 0)
			return -EINVAL;
		text = skip_blanks(text);
		overflow = overflow || error ||
			   scale_decimal(whole, billionths, (uint64_t)unit, &part) < 0 ||
			   __builtin_add_overflow(sum, part, &sum) || sum > SPAN_MAX_NS;
	} while (*text);
	if (overflow)
		return -ERANGE;
	*span_ns = (int64_t)sum;
	return 0;
}

int value_mode(const char *text, mode_t *mode)
{
	mode_t value = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '7')
			return -EINVAL;
		value = value * 8 + (mode_t)(*text - '0');
		if (value > 07777)
			return -ERANGE;
	}
	*mode = value;
	return 0;
}

static const char *const signal_names[] = {
	[SIGHUP] = "SIGHUP",	   [SIGINT] = "SIGINT",	  [SIGQUIT] = "SIGQUIT",
	[SIGILL] = "SIGILL",	   [SIGTRAP] = "SIGTRAP", [SIGABRT] = "SIGABRT",
	[SIGBUS] = "SIGBUS",	   [SIGFPE] = "SIGFPE",	  [SIGKILL] = "SIGKILL",
	[SIGUSR1] = "SIGUSR1",	   [SIGSEGV] = "SIGSEGV", [SIGUSR2] = "SIGUSR2",
	[SIGPIPE] = "SIGPIPE",	   [SIGALRM] = "SIGALRM", [SIGTERM] = "SIGTERM",
	[SIGCHLD] = "SIGCHLD",	   [SIGCONT] = "SIGCONT", [SIGSTOP] = "SIGSTOP",
	[SIGTSTP] = "SIGTSTP",	   [SIGTTIN] = "SIGTTIN", [SIGTTOU] = "SIGTTOU",
	[SIGURG] = "SIGURG",	   [SIGXCPU] = "SIGXCPU", [SIGXFSZ] = "SIGXFSZ",
	[SIGVTALRM] = "SIGVTALRM", [SIGPROF] = "SIGPROF", [SIGWINCH] = "SIGWINCH",
	[SIGIO] = "SIGIO",	   [SIGPWR] = "SIGPWR",	  [SIGSYS] = "SIGSYS",
};
#define SIGNAL_NAMES (int)(sizeof(signal_names) / sizeof(signal_names[0]))

/* "RTMIN+3" and "RTMAX-3": the C library may keep the first two or three for itself. */
static int real_time_signal(const char *text, int *number)
{
	int base = !strncmp(text, "RTMIN", 5) ? SIGRTMIN : SIGRTMAX;
	char sign = base == SIGRTMIN ? '+' : '-';
	int64_t distance = 0;
	int error;

	if (text[5]) {
		if (text[5] != sign)
			return -EINVAL;
		error = value_number(text + 6, 0, SIGRTMAX - SIGRTMIN, &distance);
		if (error)
			return error;
	}
	*number = base == SIGRTMIN ? base + (int)distance : base - (int)distance;
	return 0;
}

int value_signal(const char *text, int *number)
{
	int64_t value;
	int error;

	if (is_digit(*text)) {
		error = value_number(text, 1, SIGRTMAX, &value);
		if (!error)
			*number = (int)value;
		return error;
	}
	if (!strncmp(text, "SIG", 3))
		text += 3;
	if (!strncmp(text, "RTMIN", 5) || !strncmp(text, "RTMAX", 5))
		return real_time_signal(text, number);
	for (int i = 1; i < SIGNAL_NAMES; i++) {
		if (signal_names[i] && strcmp(signal_names[i] + 3, text) == 0) {
			*number = i;
			return 0;
		}
	}
	return -EINVAL;
}

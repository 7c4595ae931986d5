/* SPDX-License-Identifier: ISC */
/* PauseOnPressure=: thresholds of the kernel's pressure stall information. Start regime; pure. */
#include "config/directive.h"

#include "config/words.h"

#include <errno.h>
#include <string.h>

const char *const pressure_names[PRESSURE_KINDS] = {
	[PRESSURE_MEMORY] = "memory",
	[PRESSURE_CPU] = "cpu",
	[PRESSURE_IO] = "io",
};

/* "20" or "20%" */
static int take_percent(const char *text, unsigned int *percent)
{
	size_t length = strlen(text);
	char digits[4];
	int64_t value;

	if (length > 0 && text[length - 1] == '%')
		length--;
	if (length == 0 || length >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, text, length);
	digits[length] = '\0';
	if (value_number(digits, 1, 100, &value) < 0)
		return -EINVAL;
	*percent = (unsigned int)value;
	return 0;
}

static int take_threshold(unsigned int thresholds[PRESSURE_KINDS], char *word)
{
	char *colon = strchr(word, ':');

	if (!colon)
		return -EINVAL;
	*colon = '\0';
	for (int kind = 0; kind < PRESSURE_KINDS; kind++)
		if (strcmp(word, pressure_names[kind]) == 0)
			return take_percent(colon + 1, &thresholds[kind]);
	return -EINVAL;
}

int parse_pressure(struct assignment *assignment, const char *value)
{
	unsigned int thresholds[PRESSURE_KINDS] = { 0 };
	struct words words = { .at = value };
	char word[4096];
	int got;

	while (strcmp(value, "no") != 0 && (got = words_next(&words, word, sizeof(word))) != 0)
		if (got < 0 || take_threshold(thresholds, word) < 0)
			return directive_wrong(assignment, -EINVAL, value);
	memcpy(assignment->field, thresholds, sizeof(thresholds));
	return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * struct why: the reason of a failure as a value. Every process uses it, children after clone too:
 * it neither allocates nor logs.
 */
#include "base/why.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int why_set(struct why *why, int code, const char *step, const char *format, ...)
{
	va_list arguments;

	if (why) {
		why->code = code;
		snprintf(why->step, sizeof(why->step), "%s", step);
		va_start(arguments, format);
		vsnprintf(why->text, sizeof(why->text), format, arguments);
		va_end(arguments);
	}
	return code;
}

static void printable(char *text, size_t size)
{
	text[size - 1] = '\0';
	text_make_printable(text);
}

void why_sanitise(struct why *why)
{
	printable(why->step, sizeof(why->step));
	printable(why->text, sizeof(why->text));
}

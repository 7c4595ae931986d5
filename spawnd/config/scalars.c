/* SPDX-License-Identifier: ISC */
/*
 * From the text of one value to one member of a specification: booleans, numbers, sizes, time
 * spans, modes, choices, signals, limits, ids. Start regime, every process. The table says where,
 * within which bounds and what was expected; values.c knows the grammars.
 */
#include "config/directive.h"

#include "base/clock.h"
#include "config/store.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

int directive_fault(struct assignment *assignment, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(assignment->fault, sizeof(assignment->fault), format, arguments);
	va_end(arguments);
	return -EINVAL;
}

int directive_wrong(struct assignment *assignment, int error, const char *value)
{
	return directive_fault(assignment, "\"%.60s\" is %s, expected %s", value,
			       error == -ERANGE ? "out of range" : "not understood",
			       assignment->directive->expected);
}

int directive_no_memory(struct assignment *assignment)
{
	return directive_fault(assignment, "no memory left for the configuration");
}

/* Into an int, an unsigned int, a mode_t, an id or an enum: all are of the same size here. */
static void set_word(struct assignment *assignment, uint32_t value)
{
	static_assert(sizeof(int) == sizeof(value) && sizeof(mode_t) == sizeof(value) &&
			      sizeof(uid_t) == sizeof(value) && sizeof(gid_t) == sizeof(value) &&
			      sizeof(enum proc_subset) == sizeof(value),
		      "a word");
	memcpy(assignment->field, &value, sizeof(value));
}

int parse_boolean(struct assignment *assignment, const char *value)
{
	bool *field = assignment->field;
	int error = value_bool(value, field);

	return error ? directive_wrong(assignment, error, value) : 0;
}

int parse_number(struct assignment *assignment, const char *value)
{
	const struct directive *directive = assignment->directive;
	int64_t number = 0;
	int error = 0;

	if (*value)
		error = value_number(value, directive->minimum, directive->maximum, &number);
	if (error)
		return directive_wrong(assignment, error, value);
	set_word(assignment, (uint32_t)number);
	return 0;
}

int parse_size(struct assignment *assignment, const char *value)
{
	const struct directive *directive = assignment->directive;
	uint64_t bytes = 0;
	int error = 0;

	if (*value) {
		error = value_size(value, &bytes);
		if (!error &&
		    (bytes < (uint64_t)directive->minimum || bytes > (uint64_t)directive->maximum))
			error = -ERANGE;
	}
	if (error)
		return directive_wrong(assignment, error, value);
	memcpy(assignment->field, &bytes, sizeof(bytes));
	return 0;
}

int parse_span(struct assignment *assignment, const char *value)
{
	const struct directive *directive = assignment->directive;
	int64_t span_ns = 0;
	int error = 0;

	if (*value) {
		error = value_span(value, CLOCK_SECOND_NS, &span_ns);
		if (!error && (span_ns < directive->minimum || span_ns > directive->maximum))
			error = -ERANGE;
	}
	if (error)
		return directive_wrong(assignment, error, value);
	memcpy(assignment->field, &span_ns, sizeof(span_ns));
	return 0;
}

int parse_mode(struct assignment *assignment, const char *value)
{
	mode_t mode;
	int error = value_mode(value, &mode);

	if (!error && mode > assignment->directive->maximum)
		error = -ERANGE;
	if (error)
		return directive_wrong(assignment, error, value);
	set_word(assignment, mode);
	return 0;
}

int parse_choice(struct assignment *assignment, const char *value)
{
	const struct directive *directive = assignment->directive;

	for (int i = 0; directive->choices[i]; i++) {
		if (strcmp(value, directive->choices[i]) == 0) {
			set_word(assignment, (uint32_t)i);
			return 0;
		}
	}
	return directive_wrong(assignment, -EINVAL, value);
}

int parse_signal(struct assignment *assignment, const char *value)
{
	int *field = assignment->field;
	int error = value_signal(value, field);

	return error ? directive_wrong(assignment, error, value) : 0;
}

int parse_limit(struct assignment *assignment, const char *value)
{
	struct limit_spec *limit = assignment->field;
	enum value_limit kind = (enum value_limit)assignment->directive->argument;
	int error = value_limit(value, kind, &limit->soft, &limit->hard);

	if (error)
		return directive_wrong(assignment, error, value);
	limit->set = assignment->origin.file != NULL;
	return 0;
}

/* Names are of the root's passwd file, which no privileged process may read. */
int parse_id(struct assignment *assignment, const char *value)
{
	const struct directive *directive = assignment->directive;
	int64_t id;
	int error;

	if (strcmp(value, "root") == 0) {
		id = 0;
	} else if (strcmp(value, "nobody") == 0 || strcmp(value, "nogroup") == 0) {
		id = directive->maximum;
	} else {
		error = value_number(value, directive->minimum, directive->maximum, &id);
		if (error == -EINVAL)
			return directive_fault(assignment,
					       "\"%.32s\" cannot be looked up, since the root's "
					       "passwd and group files are not trusted; expected "
					       "%s",
					       value, directive->expected);
		if (error)
			return directive_wrong(assignment, error, value);
	}
	set_word(assignment, (uint32_t)id);
	return 0;
}

int parse_id_base(struct assignment *assignment, const char *value)
{
	const struct directive *directive = assignment->directive;
	int64_t base;
	int error = value_number(value, directive->minimum, directive->maximum, &base);

	if (!error && base % SPEC_ID_COUNT)
		error = -ERANGE;
	if (error)
		return directive_wrong(assignment, error, value);
	set_word(assignment, (uint32_t)base);
	return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * SystemCallFilter=, SystemCallErrorNumber=, SystemCallArchitectures=: systemd's syntax to a table
 * of names. Start regime, every process; pure. Names become numbers when the filter is made
 * (container/seal_user.c), for each architecture its own.
 */
#include "config/directive.h"

#include "base/errno_name.h"
#include "config/store.h"
#include "config/syscall_groups.h"
#include "config/words.h"

#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

#define WORD_MAX 4096
#define ERRNO_MAX 4095 /* MAX_ERRNO in linux/err.h: what a filter can return */

/* "EPERM", "1", or "kill". 0 or -EINVAL. */
static int error_number(const char *text, int *number)
{
	int64_t value;

	if (strcmp(text, "kill") == 0) {
		*number = SYSCALL_KILL;
		return 0;
	}
	if (value_number(text, 0, ERRNO_MAX, &value) == 0) {
		*number = (int)value;
		return 0;
	}
	if (strcmp(text, "ENOTSUP") == 0)
		text = errno_name(ENOTSUP); /* two names, one number */
	for (int code = 1; code <= ERRNO_MAX; code++)
		if (strcmp(errno_name(code), text) == 0 && *text == 'E' && text[1] != '?') {
			*number = code;
			return 0;
		}
	return -EINVAL;
}

int parse_syscall_error(struct assignment *assignment, const char *value)
{
	int *field = assignment->field;

	if (!*value) {
		*field = SYSCALL_KILL;
		return 0;
	}
	return error_number(value, field) ? directive_wrong(assignment, -EINVAL, value) : 0;
}

static struct syscall_rule *find(struct syscall_filter_spec *filter, const char *name)
{
	for (size_t i = 0; i < filter->count; i++)
		if (strcmp(filter->rules[i].name, name) == 0)
			return &filter->rules[i];
	return NULL;
}

/* Adds the name, or takes it out. */
static int change(struct assignment *assignment, const char *name, bool adds, int error)
{
	struct syscall_filter_spec *filter = assignment->field;
	struct syscall_rule *rule = find(filter, name);

	if (!adds) {
		if (rule)
			*rule = filter->rules[--filter->count];
		return 0;
	}
	if (!rule) {
		void *rules = store_grow(assignment->store, filter->rules, filter->count,
					 sizeof(*filter->rules));

		name = store_string(assignment->store, name);
		if (!rules || !name)
			return directive_no_memory(assignment);
		filter->rules = rules;
		rule = &filter->rules[filter->count++];
		rule->name = name;
	}
	rule->error = error;
	return 0;
}

static int change_group(struct assignment *assignment, const char *members, bool adds, int error)
{
	char name[48];
	int result = 0;

	while (result == 0 && *(members += strspn(members, " "))) {
		size_t length = strcspn(members, " ");

		memcpy(name, members, length);
		name[length] = '\0';
		members += length;
		if (name[0] == '@')
			result = change_group(assignment, syscall_group(name), adds, error);
		else
			result = change(assignment, name, adds, error);
	}
	return result;
}

/* A name of any architecture: it need not be this one's. */
static bool is_known(const char *name)
{
	return seccomp_syscall_resolve_name(name) != __NR_SCMP_ERROR;
}

/* "NAME", "@GROUP", either with ":ERRNO" behind it. */
static int take(struct assignment *assignment, char *word, bool adds)
{
	char *colon = strchr(word, ':');
	int error = SYSCALL_DEFAULT;
	const char *members;

	if (colon) {
		*colon = '\0';
		if (error_number(colon + 1, &error))
			return directive_fault(assignment,
					       "\"%.30s\" behind \"%.40s:\" is no error, expected "
					       "a name or number of errno(3), or kill",
					       colon + 1, word);
	}
	if (word[0] != '@')
		return is_known(word) ? change(assignment, word, adds, error)
				      : directive_fault(assignment,
							"\"%.60s\" is no system call, expected a "
							"name of syscalls(2) or a @group",
							word);
	members = syscall_group(word);
	if (!members)
		return directive_fault(assignment,
				       "there is no group \"%.40s\", expected one as "
				       "@system-service",
				       word);
	return change_group(assignment, members, adds, error);
}

int parse_syscall_filter(struct assignment *assignment, const char *value)
{
	struct syscall_filter_spec *filter = assignment->field;
	bool inverted = *value == '~';
	struct words words = { .at = value + (inverted ? 1 : 0) };
	char word[WORD_MAX];
	int got, error = 0;

	if (!*value) {
		*filter = (struct syscall_filter_spec){ 0 };
		return 0;
	}
	/* The first assignment decides what is done with calls that no assignment names. */
	if (!filter->set)
		filter->is_allow_list = !inverted;
	filter->set = true;
	while (error == 0 && (got = words_next(&words, word, sizeof(word))) == 1)
		error = take(assignment, word, inverted != filter->is_allow_list);
	if (error == 0 && got < 0)
		return directive_fault(assignment, "%s", words.fault);
	return error;
}

/* systemd's names to libseccomp's. */
static uint32_t architecture(const char *name)
{
	static const char *const others[][2] = { { "x86-64", "x86_64" }, { "arm64", "aarch64" } };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(name, others[i][0]) == 0)
			name = others[i][1];
	return seccomp_arch_resolve_name(name);
}

int parse_syscall_architectures(struct assignment *assignment, const char *value)
{
	struct syscall_architectures_spec *list = assignment->field;
	struct words words = { .at = value };
	char word[WORD_MAX];
	int got;

	*list = (struct syscall_architectures_spec){ 0 };
	while ((got = words_next(&words, word, sizeof(word))) == 1) {
		uint32_t token = architecture(word);

		if (strcmp(word, "native") == 0)
			continue; /* it always is */
		if (token == 0 || token == SCMP_ARCH_X32)
			return directive_fault(assignment,
					       "\"%.40s\" is not understood, expected %s", word,
					       assignment->directive->expected);
		if (token == seccomp_arch_native())
			continue;
		if (list->count == SPEC_ARCHITECTURES_MAX)
			return directive_fault(assignment,
					       "too many, expected at most %d besides "
					       "native",
					       SPEC_ARCHITECTURES_MAX);
		list->tokens[list->count++] = token;
	}
	return got < 0 ? directive_fault(assignment, "%s", words.fault) : 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * Environment= to a list of "NAME=value", each name once. Start regime, every process. The names
 * that tell a program of its connection are spawnd's: a configuration that sets one of them would
 * make it lie.
 */
#include "config/directive.h"

#include "config/reader.h"
#include "config/store.h"
#include "config/words.h"

#include <string.h>

#define VARIABLES_MAX 512

/* A name, or with '*' at its end what names begin with. */
static const char *const reserved[] = {
	"REMOTE_ADDR", "REMOTE_PORT", "SO_COOKIE", "LISTEN_*",	 "PROTO",
	"TCPLOCAL*",   "TCPREMOTE*",  "IPCLOCAL*", "IPCREMOTE*",
};

static bool is_reserved(const char *word, size_t length)
{
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		size_t stem = strcspn(reserved[i], "*");

		if ((reserved[i][stem] ? length >= stem : length == stem) &&
		    !memcmp(word, reserved[i], stem))
			return true;
	}
	return false;
}

static size_t name_length(const char *word)
{
	size_t length = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
				     "0123456789");

	return *word >= '0' && *word <= '9' ? 0 : length;
}

/* The message has the name at most: the value may be a secret. */
static int check_name(struct assignment *assignment, const char *word, size_t length)
{
	if (!strchr(word, '='))
		return directive_fault(assignment, "a word without '=', expected NAME=value, in "
						   "quotes when the value has blanks");
	if (!length || word[length] != '=')
		return directive_fault(assignment,
				       "\"%.*s\" is no name, expected letters, digits "
				       "and _, not a digit first",
				       (int)(strcspn(word, "=") & 63), word);
	if (is_reserved(word, length))
		return directive_fault(assignment,
				       "%.*s is set by spawnd for every connection, "
				       "expected another name",
				       (int)(length & 63), word);
	return 0;
}

static int set_variable(struct assignment *assignment, struct string_list *list, const char *word,
			size_t length)
{
	const char *copy = store_string(assignment->store, word);
	size_t i = 0;

	if (!copy)
		return directive_no_memory(assignment);
	while (i < list->count && strncmp(list->items[i], word, length + 1) != 0)
		i++;
	if (i < list->count) {
		list->items[i] = copy;
		return 0;
	}
	if (list->count >= VARIABLES_MAX)
		return directive_fault(assignment, "too many variables, expected at most %d",
				       VARIABLES_MAX);
	list->items = store_grow(assignment->store, list->items, list->count, sizeof(*list->items));
	if (!list->items)
		return directive_no_memory(assignment);
	list->items[list->count++] = copy;
	return 0;
}

int parse_environment(struct assignment *assignment, const char *value)
{
	struct string_list *list = assignment->field;
	struct words words = { .at = value, .c_escapes = true };
	char word[READER_LINE_MAX + 1];
	int result = 0;

	if (!*value)
		*list = (struct string_list){ NULL, 0 };
	while (result == 0) {
		int next = words_next(&words, word, sizeof(word));

		if (next < 0)
			result = directive_fault(assignment, "%s", words.fault);
		if (next <= 0)
			break;
		result = check_name(assignment, word, name_length(word));
		if (result == 0)
			result = set_variable(assignment, list, word, name_length(word));
	}
	explicit_bzero(word, sizeof(word));
	return result;
}

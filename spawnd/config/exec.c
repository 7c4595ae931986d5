/* SPDX-License-Identifier: ISC */
/*
 * ExecStart= to an argument vector, with systemd's quoting and escapes. Start regime, every
 * process. What systemd would expand (%x, $VAR) is refused, not passed on: a command must not mean
 * one thing there and another here.
 */
#include "config/directive.h"

#include "config/reader.h"
#include "config/store.h"
#include "config/words.h"

#include <errno.h>
#include <string.h>

#define ARGUMENTS_MAX 1024

static const char *prefix_reason(char prefix)
{
	switch (prefix) {
	case '-':
		return "'-' is not supported, since every exit status is only recorded; leave it "
		       "out";
	case ':':
		return "':' is not supported, since no variable is ever expanded; leave it out";
	case '+':
	case '!':
		return "'+' and '!' are not supported, since no program ever runs with the "
		       "daemon's privileges; leave them out";
	case '|':
		return "'|' is not supported, since the root's passwd file is not trusted; name "
		       "the shell, as in /bin/sh -c '...'";
	}
	return NULL;
}

/* Takes the prefixes at *value; true in *named: the second word is argv[0]. */
static int take_prefixes(struct assignment *assignment, const char **value, bool *named)
{
	*named = false;
	for (; **value && **value != '/'; (*value)++) {
		const char *reason = prefix_reason(**value);

		if (reason)
			return directive_fault(assignment, "%s", reason);
		if (**value != '@' || *named)
			break;
		*named = true;
	}
	return 0;
}

/* "$$" becomes "$" in place; a variable is refused. */
static int expand_dollars(struct assignment *assignment, char *word)
{
	static const char names[] = "{abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
				    "0123456789";
	char *out = word;

	for (; *word; *out++ = *word++) {
		if (*word != '$')
			continue;
		if (word[1] == '$')
			word++;
		else if (word[1] && strchr(names, word[1]))
			return directive_fault(assignment,
					       "\"%.20s\": variables are not expanded, expected $$ "
					       "for a dollar sign, as in /bin/sh -c 'echo $$HOME'",
					       word);
	}
	*out = '\0';
	return 0;
}

/* A lone ";" parts commands in systemd; "\;" is the character. True when word has been filled. */
static bool take_semicolon(struct words *words, char *word)
{
	const char *at = words->at + strspn(words->at, " \t");

	if (strncmp(at, "\\;", 2) != 0 || (at[2] && !strchr(" \t", at[2])))
		return false;
	word[0] = ';';
	word[1] = '\0';
	words->at = at + 2;
	return true;
}

static bool parts_commands(const struct words *words)
{
	const char *at = words->at + strspn(words->at, " \t");

	return *at == ';' && (!at[1] || strchr(" \t", at[1]));
}

static int take_arguments(struct assignment *assignment, struct words *words,
			  struct string_list *list)
{
	char word[READER_LINE_MAX + 1];

	for (;;) {
		if (parts_commands(words))
			return directive_fault(assignment, "';' would begin a second command, "
							   "expected one command, or \\; for the "
							   "character");
		if (!take_semicolon(words, word)) {
			int result = words_next(words, word, sizeof(word));

			if (result < 0)
				return directive_fault(assignment, "%s", words->fault);
			if (result == 0)
				return 0;
			if (expand_dollars(assignment, word) < 0)
				return -EINVAL;
		}
		if (list->count >= ARGUMENTS_MAX)
			return directive_fault(assignment,
					       "too many arguments, expected at most "
					       "%d",
					       ARGUMENTS_MAX);
		list->items = store_grow(assignment->store, list->items, list->count,
					 sizeof(*list->items));
		if (!list->items)
			return directive_no_memory(assignment);
		list->items[list->count] = store_string(assignment->store, word);
		if (!list->items[list->count++])
			return directive_no_memory(assignment);
	}
}

int parse_exec(struct assignment *assignment, const char *value)
{
	struct service_spec *service = assignment->spec;
	struct container_spec *container = &service->container;
	struct string_list list = { NULL, 0 };
	struct words words = { .c_escapes = true };
	bool named;

	if (*value && container->exec_path)
		return directive_fault(assignment, "a second command, expected one; an empty "
						   "ExecStart= before it takes the first back");
	container->exec_path = NULL;
	container->exec_start = list;
	if (!*value)
		return 0;
	if (take_prefixes(assignment, &value, &named) < 0)
		return -EINVAL;
	words.at = value;
	if (take_arguments(assignment, &words, &list) < 0)
		return -EINVAL;
	if (list.count < (named ? 2 : 1))
		return directive_fault(assignment, "\"@\" without a name, expected @/path NAME and "
						   "then the arguments");
	if (*list.items[0] != '/')
		return directive_fault(assignment,
				       "\"%.60s\" is not absolute, expected the "
				       "program's path inside the root",
				       list.items[0]);
	container->exec_path = directive_path(assignment, list.items[0]);
	if (!container->exec_path)
		return -EINVAL;
	container->exec_start.items = list.items + (named ? 1 : 0);
	container->exec_start.count = list.count - (named ? 1 : 0);
	return 0;
}

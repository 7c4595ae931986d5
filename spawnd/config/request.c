/* SPDX-License-Identifier: ISC */
/* WarmCheck=: a request to try, in words or as a file. Start regime, every process; pure. */
#include "config/directive.h"

#include "base/text.h"
#include "config/lists.h"
#include "config/store.h"
#include "config/words.h"

#include <errno.h>
#include <string.h>

#define WORDS_MAX 1024

/* The file's bytes are the snapshot's, which is closed when all is parsed. */
static int set_bytes(struct assignment *assignment, const char *bytes, size_t size)
{
	struct request_spec *request = assignment->field;
	char *copy;

	if (size > SPEC_REQUEST_MAX)
		return directive_fault(assignment, "too long, expected at most %d bytes",
				       SPEC_REQUEST_MAX);
	copy = store_alloc(assignment->store, size + 1);
	if (!copy)
		return directive_no_memory(assignment);
	memcpy(copy, bytes, size);
	*request = (struct request_spec){ copy, size };
	return 0;
}

static int set_file(struct assignment *assignment, const char *path)
{
	const struct store_list *list = store_list_of(assignment, path);

	return list ? set_bytes(assignment, list->bytes, list->size) : -EINVAL;
}

int parse_request(struct assignment *assignment, const char *value)
{
	struct words words = { .at = value, .c_escapes = true };
	char text[WORDS_MAX + 1], word[4 * WORDS_MAX];
	struct text request;
	int got;

	if (strlen(value) >= sizeof(word))
		return directive_fault(assignment, "too long, expected a file for so much");
	text_init(&request, text, sizeof(text));
	while ((got = words_next(&words, word, sizeof(word))) > 0) {
		if (request.length == 0 && strncmp(word, LISTS_PREFIX, strlen(LISTS_PREFIX)) == 0)
			return set_file(assignment, word + strlen(LISTS_PREFIX));
		text_add(&request, request.length > 0 ? " " : "");
		text_add(&request, word);
	}
	if (got < 0)
		return directive_fault(assignment, "%s", words.fault);
	if (request.cut)
		return directive_fault(assignment, "too long, expected at most %d bytes, or a file",
				       WORDS_MAX);
	return set_bytes(assignment, text, request.length);
}

/* SPDX-License-Identifier: ISC */
#ifndef TESTS_CONFIG_TEXT_H
#define TESTS_CONFIG_TEXT_H

/* For the tests of config/: parsing a text as if it were the file "test.conf". */
#include "config/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The least that a service must say. */
#define MINIMAL "[service echo]\nListenStream=7\nRootDirectory=/srv/echo\nExecStart=/bin/cat\n"

struct parsed {
	struct config config;
	struct config_errors errors;
	int result;
	const struct service_spec *service; /* the first */
};

/* Adds a file to the bytes of a snapshot, which grow. */
static inline void add_file(char **bytes, size_t *size, const char *name, const char *text)
{
	uint32_t lengths[2] = { (uint32_t)strlen(name), (uint32_t)strlen(text) };
	char *at;

	*bytes = realloc(*bytes, *size + sizeof(lengths) + lengths[0] + lengths[1]);
	assert_non_null(*bytes);
	at = *bytes + *size;
	memcpy(at, lengths, sizeof(lengths));
	memcpy(at + sizeof(lengths), name, lengths[0]);
	memcpy(at + sizeof(lengths) + lengths[0], text, lengths[1]);
	*size += sizeof(lengths) + lengths[0] + lengths[1];
}

static inline void parse_only(struct parsed *parsed, const char *text, const char *only)
{
	struct snapshot snapshot = { .fd = -1 };
	char *bytes = NULL;
	size_t size = 0;

	add_file(&bytes, &size, "test.conf", text);
	snapshot.bytes = bytes;
	snapshot.size = size;
	config_errors_init(&parsed->errors);
	parsed->result = config_parse(&parsed->config, &snapshot, only, &parsed->errors);
	parsed->service = parsed->config.service_count ? parsed->config.services : NULL;
	memset(bytes, 'x', size); /* nothing may point into the snapshot */
	free(bytes);
}

static inline void parse_text(struct parsed *parsed, const char *text)
{
	parse_only(parsed, text, NULL);
}

/* Parses what has to be right. */
static inline void parse_good(struct parsed *parsed, const char *text)
{
	parse_text(parsed, text);
	if (parsed->result != 0 || parsed->errors.count != 0) {
		config_errors_print(&parsed->errors, stderr);
		fail_msg("an error in: %s", text);
	}
}

static inline void parsed_free(struct parsed *parsed)
{
	config_free(&parsed->config);
	config_errors_free(&parsed->errors);
}

/* One error is at that line and has these words. */
static inline void assert_error(const struct parsed *parsed, unsigned int line, const char *words)
{
	for (size_t i = 0; i < parsed->errors.count; i++)
		if (parsed->errors.items[i].origin.line == line &&
		    strstr(parsed->errors.items[i].text, words))
			return;
	for (size_t i = 0; i < parsed->errors.count; i++)
		print_message("  %u: %s\n", parsed->errors.items[i].origin.line,
			      parsed->errors.items[i].text);
	fail_msg("no error at line %u with \"%s\"", line, words);
}

/* The text has one error and no other. */
static inline void assert_one_error(const char *text, unsigned int line, const char *words)
{
	struct parsed parsed;

	parse_text(&parsed, text);
	assert_int_not_equal(parsed.result, 0);
	assert_error(&parsed, line, words);
	assert_int_equal(parsed.errors.count, 1);
	parsed_free(&parsed);
}

#endif

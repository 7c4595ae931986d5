/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CTL_JSON_H
#define SPAWND_CTL_JSON_H

/*
 * JSON on a stream, value by value; commas come by themselves. key NULL: in an array. Strings are
 * escaped.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *stream;
	bool comma; /* there is a value before the next */
};

void json_begin(struct json *json, const char *key, char bracket); /* '{' or '[' */
void json_end(struct json *json, char bracket);			   /* '}' or ']' */
void json_string(struct json *json, const char *key, const char *value);
void json_number(struct json *json, const char *key, int64_t value);
void json_count(struct json *json, const char *key, uint64_t value);
void json_truth(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);

#endif

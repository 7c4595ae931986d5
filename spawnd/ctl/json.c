/* SPDX-License-Identifier: ISC */
/* Writes JSON (RFC 8259). In spawnctl. */
#include "ctl/json.h"

#include "base/text.h"

#include <inttypes.h>

static void put_string(struct json *json, const char *value)
{
	char bytes[2048];
	struct text text;

	text_init(&text, bytes, sizeof(bytes));
	text_add_json(&text, value);
	fputs(bytes, json->stream);
}

static void put_key(struct json *json, const char *key)
{
	if (json->comma)
		fputc(',', json->stream);
	json->comma = true;
	if (!key)
		return;
	put_string(json, key);
	fputc(':', json->stream);
}

void json_begin(struct json *json, const char *key, char bracket)
{
	put_key(json, key);
	fputc(bracket, json->stream);
	json->comma = false;
}

void json_end(struct json *json, char bracket)
{
	fputc(bracket, json->stream);
	json->comma = true;
}

void json_string(struct json *json, const char *key, const char *value)
{
	put_key(json, key);
	put_string(json, value);
}

void json_number(struct json *json, const char *key, int64_t value)
{
	put_key(json, key);
	fprintf(json->stream, "%" PRId64, value);
}

void json_count(struct json *json, const char *key, uint64_t value)
{
	put_key(json, key);
	fprintf(json->stream, "%" PRIu64, value);
}

void json_truth(struct json *json, const char *key, bool value)
{
	put_key(json, key);
	fputs(value ? "true" : "false", json->stream);
}

void json_null(struct json *json, const char *key)
{
	put_key(json, key);
	fputs("null", json->stream);
}

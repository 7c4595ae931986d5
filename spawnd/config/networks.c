/* SPDX-License-Identifier: ISC */
/*
 * Lists of networks and what sources incur: systemd's words for addresses, OpenSSH's for penalties.
 * Start regime, every process; pure.
 */
#include "config/directive.h"

#include "base/clock.h"
#include "config/lists.h"
#include "config/store.h"
#include "config/words.h"

#include <errno.h>
#include <string.h>

#define NETWORKS_MAX 1000000
#define WORD_SIZE 4096
#define PENALTY_MAX_NS (86400 * CLOCK_SECOND_NS)

/* systemd.resource-control(5), IPAddressAllow=. */
static const struct {
	const char *word, *networks[2];
} words_known[] = {
	{ "any", { "0.0.0.0/0", "::/0" } },
	{ "localhost", { "127.0.0.0/8", "::1/128" } },
	{ "link-local", { "169.254.0.0/16", "fe80::/64" } },
	{ "multicast", { "224.0.0.0/4", "ff00::/8" } },
};

static int add(struct assignment *assignment, const struct network *network)
{
	struct network_set *set = assignment->field;
	struct network *items;

	if (set->count >= NETWORKS_MAX)
		return directive_fault(assignment, "too many networks, expected at most %d",
				       NETWORKS_MAX);
	items = store_grow(assignment->store, set->items, set->count, sizeof(*items));
	if (!items)
		return directive_no_memory(assignment);
	items[set->count++] = *network;
	set->items = items;
	return 0;
}

static int add_text(struct assignment *assignment, const char *text)
{
	struct network network;

	if (network_parse(&network, text) < 0)
		return directive_wrong(assignment, -EINVAL, text);
	return add(assignment, &network);
}

static int add_word(struct assignment *assignment, const char *word)
{
	for (size_t i = 0; i < sizeof(words_known) / sizeof(words_known[0]); i++) {
		if (strcmp(word, words_known[i].word) != 0)
			continue;
		if (add_text(assignment, words_known[i].networks[0]) < 0)
			return -EINVAL;
		return add_text(assignment, words_known[i].networks[1]);
	}
	return add_text(assignment, word);
}

/* A line's network, without blanks around it and what stands behind # or ;. 0: there is none. */
static size_t take_line(const char **at, const char *end, const char **line)
{
	const char *stop = memchr(*at, '\n', (size_t)(end - *at));
	size_t length;

	if (!stop)
		stop = end;
	*line = *at;
	*at = stop == end ? end : stop + 1;
	while (*line < stop && (**line == ' ' || **line == '\t'))
		(*line)++;
	for (length = 0; *line + length < stop; length++)
		if ((*line)[length] == '#' || (*line)[length] == ';')
			break;
	while (length > 0 && strchr(" \t\r", (*line)[length - 1]) && (*line)[length - 1])
		length--;
	return length;
}

/* Every fault has its own line, and is told for the first directive that names the list. */
static int add_list(struct assignment *assignment, struct store_list *list)
{
	const char *at = list->bytes, *end = list->bytes + list->size, *line;
	struct origin origin = { list->path, 0 };
	char word[NETWORK_TEXT_SIZE];

	while (at < end) {
		size_t length = take_line(&at, end, &line);

		origin.line++;
		if (length == 0)
			continue;
		snprintf(word, sizeof(word), "%.*s", (int)length, line);
		if ((length < sizeof(word) && strlen(word) == length &&
		     add_word(assignment, word) == 0) ||
		    list->faulty)
			continue;
		config_errors_add(assignment->errors, origin,
				  "\"%.40s\" is no network, expected one in each line", word);
	}
	list->faulty = true;
	return 0;
}

static int add_file(struct assignment *assignment, const char *path)
{
	struct store_list *list = store_list_of(assignment, path);

	return list ? add_list(assignment, list) : -EINVAL;
}

int parse_networks(struct assignment *assignment, const char *value)
{
	struct network_set *set = assignment->field;
	struct words words = { .at = value };
	char word[WORD_SIZE];
	int got;

	if (!*value)
		*set = (struct network_set){ NULL, 0 };
	while ((got = words_next(&words, word, sizeof(word))) > 0)
		if ((strncmp(word, LISTS_PREFIX, strlen(LISTS_PREFIX)) == 0
			     ? add_file(assignment, word + strlen(LISTS_PREFIX))
			     : add_word(assignment, word)) < 0)
			return -EINVAL;
	return got < 0 ? directive_fault(assignment, "%s", words.fault) : 0;
}

static struct network_set *set_at(struct service_spec *service, size_t index)
{
	struct network_set *const sets[] = { &service->admission.allow, &service->admission.deny,
					     &service->admission.exempt,
					     &service->admission.proxy_from };

	return index < sizeof(sets) / sizeof(sets[0]) ? sets[index] : NULL;
}

void networks_seal(struct service_spec *service)
{
	for (size_t i = 0; set_at(service, i); i++)
		network_set_seal(set_at(service, i));
}

bool networks_copy(struct config_store *store, struct service_spec *service)
{
	bool copied = true;

	for (size_t i = 0; set_at(service, i); i++) {
		struct network_set *set = set_at(service, i);

		set->items = store_copy(store, set->items, set->count, sizeof(*set->items));
		set->count = set->items ? set->count : 0;
		copied = copied && set->items;
	}
	return copied;
}

static int take_penalty(struct assignment *assignment, struct penalty_spec *penalties, char *word)
{
	struct {
		const char *name;
		int64_t *span_ns;
	} kinds[] = { { "crash", &penalties->crash_ns },
		      { "limit", &penalties->limit_ns },
		      { "no-bytes", &penalties->no_bytes_ns },
		      { "min", &penalties->min_ns },
		      { "max", &penalties->max_ns } };
	char *colon = strchr(word, ':');
	int64_t span_ns;
	int error;

	if (!colon)
		return directive_wrong(assignment, -EINVAL, word);
	*colon = '\0';
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(word, kinds[i].name) != 0)
			continue;
		error = value_span(colon + 1, CLOCK_SECOND_NS, &span_ns);
		if (!error && span_ns > PENALTY_MAX_NS)
			error = -ERANGE;
		if (error)
			return directive_fault(assignment,
					       "\"%.40s\" of %s is %s, expected a time span up to "
					       "1d",
					       colon + 1, word,
					       error == -ERANGE ? "out of range"
								: "not understood");
		*kinds[i].span_ns = span_ns;
		return 0;
	}
	return directive_wrong(assignment, -EINVAL, word);
}

int parse_penalties(struct assignment *assignment, const char *value)
{
	/* the least and the greatest as in sshd_config(5), PerSourcePenalties */
	struct penalty_spec penalties = { .min_ns = 15 * CLOCK_SECOND_NS,
					  .max_ns = 600 * CLOCK_SECOND_NS };
	struct words words = { .at = value };
	char word[WORD_SIZE];
	int got;

	if (strcmp(value, "no") == 0) {
		memcpy(assignment->field, &penalties, sizeof(penalties));
		return 0;
	}
	while ((got = words_next(&words, word, sizeof(word))) > 0)
		if (take_penalty(assignment, &penalties, word) < 0)
			return -EINVAL;
	if (got < 0)
		return directive_fault(assignment, "%s", words.fault);
	if (penalties.min_ns > penalties.max_ns)
		return directive_fault(assignment, "min is more than max, expected at most that");
	memcpy(assignment->field, &penalties, sizeof(penalties));
	return 0;
}

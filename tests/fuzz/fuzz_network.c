/* SPDX-License-Identifier: ISC */
/*
 * Fuzzes networks: the input is a list of them, as a file that IPAddressDeny= names. A set must say
 * of every address what its networks say one by one, and a network must come back from its text.
 */
#include "fuzz.h"

#include "config/config.h"
#include "config/snapshot.h"

#include <netinet/in.h>
#include <string.h>

#define ASKED_MAX 64

static const char text[] = "[service echo]\nListenStream=7\nRootDirectory=/srv/echo\n"
			   "ExecStart=/bin/cat\nIPAddressDeny=file:/list\n";

static char *add(char *at, const char *name, const void *bytes, uint32_t size, uint32_t mark)
{
	uint32_t lengths[2] = { (uint32_t)strlen(name), size | mark };

	memcpy(at, lengths, sizeof(lengths));
	at = mempcpy(at + sizeof(lengths), name, lengths[0]);
	return size ? mempcpy(at, bytes, size) : at;
}

/* bits: how many the two have in common is at least what the network says. */
static bool is_in(const struct network *network, const struct network *asked)
{
	for (unsigned int bit = 0; bit < network->bits; bit++)
		if ((network->bytes[bit / 8] ^ asked->bytes[bit / 8]) & (0x80 >> bit % 8))
			return false;
	return network->family == asked->family;
}

static bool is_same(const struct network *one, const struct network *other)
{
	return one->bits == other->bits && is_in(one, other) &&
	       memcmp(one->bytes, other->bytes, sizeof(one->bytes)) == 0;
}

static void make_address(struct address *address, const struct network *network)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&address->storage;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&address->storage;

	memset(address, 0, sizeof(*address));
	if (network->family == 4) {
		in->sin_family = AF_INET;
		memcpy(&in->sin_addr, network->bytes, 4);
		address->length = sizeof(*in);
	} else {
		in6->sin6_family = AF_INET6;
		memcpy(&in6->sin6_addr, network->bytes, 16);
		address->length = sizeof(*in6);
	}
}

/* The address itself and its neighbours across the end of the network. */
static void ask(const struct network_set *set, struct network asked)
{
	struct address address;
	struct network seen;
	int wanted = -1;

	make_address(&address, &asked);
	MUST(network_of(&seen, &address, 32, 128));
	for (size_t i = 0; i < set->count; i++)
		if (set->items[i].bits > wanted && is_in(&set->items[i], &seen))
			wanted = set->items[i].bits;
	MUST(network_set_match(set, &address) == wanted);
}

static void check(const struct network_set *set)
{
	for (size_t i = 0; i < set->count && i < ASKED_MAX; i++) {
		struct network network = set->items[i], again;
		unsigned int last = network.family == 4 ? 3 : 15;
		char name[NETWORK_TEXT_SIZE];

		MUST(network.family == 4 || network.family == 6);
		MUST(network_parse(&again, network_text(&network, name)) == 0);
		MUST(is_same(&again, &network));
		ask(set, network);
		if (network.bits > 0) {
			network.bytes[(network.bits - 1) / 8] ^=
				(uint8_t)(0x80 >> (network.bits - 1) % 8);
			ask(set, network);
		}
		network.bytes[last] ^= 0xff;
		ask(set, network);
	}
}

static void parse_word(const uint8_t *data, size_t size)
{
	struct network network, again;
	char word[NETWORK_TEXT_SIZE];

	if (size >= sizeof(word))
		return;
	memcpy(word, data, size);
	word[size] = '\0';
	if (network_parse(&network, word) < 0)
		return;
	network_text(&network, word);
	MUST(network_parse(&again, word) == 0 && is_same(&network, &again));
}

int FUZZ(network)(const uint8_t *data, size_t size)
{
	char *bytes = malloc(sizeof(text) + size + 64), *end;
	struct config_errors errors;
	struct snapshot snapshot;
	struct config config;
	int error;

	MUST(bytes);
	end = add(bytes, "fuzz", text, sizeof(text) - 1, 0);
	end = add(end, "/list", data, (uint32_t)size, SNAPSHOT_LIST);
	snapshot = (struct snapshot){ bytes, (size_t)(end - bytes), -1 };
	config_errors_init(&errors);
	error = config_parse(&config, &snapshot, NULL, &errors);
	MUST((error == 0) == (errors.count == 0 && !errors.cut));
	if (error == 0)
		check(&config.services[0].admission.deny);
	config_free(&config);
	config_errors_free(&errors);
	free(bytes);
	parse_word(data, size);
	return 0;
}

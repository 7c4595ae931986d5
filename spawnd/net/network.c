/* SPDX-License-Identifier: ISC */
/*
 * Networks: text to prefix and back, and sets that answer by binary search. Used by the
 * configuration in every process and by the loop for each connection. Networks either contain one
 * another or do not meet: so of a sorted set those that an address is in are the last one that does
 * not begin behind it, or contain that one, too.
 */
#include "net/network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned int width(const struct network *network)
{
	return network->family == 4 ? 32 : 128;
}

static void clear_beyond(struct network *network, unsigned int bits)
{
	network->bits = (uint8_t)bits;
	for (unsigned int i = 0; i < sizeof(network->bytes); i++) {
		unsigned int kept = bits > i * 8 ? bits - i * 8 : 0;

		if (kept < 8)
			network->bytes[i] &= (uint8_t)(0xff00 >> kept);
	}
}

/* Decimal digits up to maximum. -1: something else. */
static int take_bits(const char *text, unsigned int maximum)
{
	unsigned int value = 0;

	if (!*text || strlen(text) > 3 || (*text == '0' && text[1]))
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -1;
		value = value * 10 + (unsigned int)(*text - '0');
	}
	return value <= maximum ? (int)value : -1;
}

int network_parse(struct network *network, const char *text)
{
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	char host[INET6_ADDRSTRLEN];
	int bits;

	if (length >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, length);
	host[length] = '\0';
	*network = (struct network){ .family = 4 };
	if (inet_pton(AF_INET, host, network->bytes) != 1) {
		network->family = 6;
		if (inet_pton(AF_INET6, host, network->bytes) != 1)
			return -EINVAL;
	}
	bits = slash ? take_bits(slash + 1, width(network)) : (int)width(network);
	if (bits < 0)
		return -EINVAL;
	clear_beyond(network, (unsigned int)bits);
	return 0;
}

bool network_of(struct network *network, const struct address *address, unsigned int v4_bits,
		unsigned int v6_bits)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)&address->storage;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&address->storage;

	*network = (struct network){ 0 };
	if (address->storage.ss_family == AF_INET) {
		network->family = 4;
		memcpy(network->bytes, &in->sin_addr, 4);
	} else if (address->storage.ss_family != AF_INET6) {
		return false;
	} else if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		network->family = 4;
		memcpy(network->bytes, in6->sin6_addr.s6_addr + 12, 4);
	} else {
		network->family = 6;
		memcpy(network->bytes, &in6->sin6_addr, 16);
	}
	clear_beyond(network, network->family == 4 ? v4_bits : v6_bits);
	return true;
}

void network_cut(struct network *network, unsigned int bits)
{
	if (network->bits > bits)
		clear_beyond(network, bits);
}

const char *network_text(const struct network *network, char text[NETWORK_TEXT_SIZE])
{
	char host[INET6_ADDRSTRLEN] = "?";

	inet_ntop(network->family == 4 ? AF_INET : AF_INET6, network->bytes, host, sizeof(host));
	if (network->bits == width(network))
		snprintf(text, NETWORK_TEXT_SIZE, "%s", host);
	else
		snprintf(text, NETWORK_TEXT_SIZE, "%s/%u", host, network->bits);
	return text;
}

/* By family and first address; of those that begin alike the widest first. */
static int compare(const void *left, const void *right)
{
	const struct network *one = left, *other = right;
	int order = (int)one->family - (int)other->family;

	if (!order)
		order = memcmp(one->bytes, other->bytes, sizeof(one->bytes));
	return order ? order : (int)one->bits - (int)other->bits;
}

static bool contains(const struct network *network, const struct network *inner)
{
	struct network start = *inner;

	if (network->family != inner->family || network->bits > inner->bits)
		return false;
	clear_beyond(&start, network->bits);
	return memcmp(start.bytes, network->bytes, sizeof(start.bytes)) == 0;
}

void network_set_seal(struct network_set *set)
{
	size_t kept = 0;

	if (set->count == 0)
		return;
	qsort(set->items, set->count, sizeof(*set->items), compare);
	for (size_t i = 1; i < set->count; i++)
		if (compare(&set->items[kept], &set->items[i]) != 0)
			set->items[++kept] = set->items[i];
	set->count = kept + 1;
}

/* The last one that is not behind it, or NULL. */
static const struct network *last_up_to(const struct network_set *set, const struct network *asked)
{
	size_t low = 0, high = set->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&set->items[middle], asked) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 ? &set->items[low - 1] : NULL;
}

/* How many bits of asked's the other has, too. */
static unsigned int common_bits(const struct network *asked, const struct network *other)
{
	unsigned int bit = 0;

	while (bit < asked->bits &&
	       !((asked->bytes[bit / 8] ^ other->bytes[bit / 8]) & (0x80 >> bit % 8)))
		bit++;
	return bit;
}

int network_set_match(const struct network_set *set, const struct address *address)
{
	const struct network *found;
	struct network asked;

	if (set->count == 0 || !network_of(&asked, address, 32, 128))
		return -1;
	/* What contains both the address and the one found has no more bits than they have in
	 * common. */
	while ((found = last_up_to(set, &asked)) && !contains(found, &asked)) {
		if (found->family != asked.family)
			return -1;
		clear_beyond(&asked, common_bits(&asked, found));
	}
	return found ? found->bits : -1;
}

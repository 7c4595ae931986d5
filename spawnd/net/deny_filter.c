/* SPDX-License-Identifier: ISC */
/*
 * Writes lists of networks as classic BPF: the networks of a family one after the other, the
 * narrowest first, so that the first one that matches is the best. Warden (attach), loop (detach).
 */
#include "net/deny_filter.h"

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define PASS 0xffffffff /* bytes of the packet that are kept: sk_filter_trim_cap() */
#define DROP 0
#define SOURCE_V4 12 /* struct iphdr, saddr */
#define SOURCE_V6 8  /* struct ipv6hdr, saddr */

struct writer {
	struct sock_filter *steps;
	unsigned int count;
	bool full;
};

static void add(struct writer *writer, uint16_t code, uint8_t yes, uint8_t no, uint32_t k)
{
	writer->full = writer->full || writer->count == BPF_MAXINSNS;
	if (!writer->full)
		writer->steps[writer->count++] = (struct sock_filter){ code, yes, no, k };
}

/* How many steps the comparison of the words from this one on takes: load, mask, compare each. */
static unsigned int steps_from(unsigned int bits, unsigned int word)
{
	unsigned int left = bits > word * 32 ? bits - word * 32 : 0;

	return left / 32 * 2 + (left % 32 ? 3 : 0);
}

static void add_network(struct writer *writer, const struct network *network, uint32_t verdict)
{
	uint32_t source = (uint32_t)SKF_NET_OFF + (network->family == 4 ? SOURCE_V4 : SOURCE_V6);

	for (unsigned int word = 0; word * 32 < network->bits; word++) {
		unsigned int left = network->bits - word * 32;
		unsigned int behind = steps_from(network->bits, word + 1) + 1;
		uint32_t value;

		memcpy(&value, network->bytes + (size_t)word * 4, 4);
		add(writer, BPF_LD | BPF_W | BPF_ABS, 0, 0, source + word * 4);
		if (left < 32)
			add(writer, BPF_ALU | BPF_AND | BPF_K, 0, 0, ~(0xffffffffu >> left));
		add(writer, BPF_JMP | BPF_JEQ | BPF_K, 0, (uint8_t)behind, ntohl(value));
	}
	add(writer, BPF_RET | BPF_K, 0, 0, verdict);
}

static void add_of_bits(struct writer *writer, const struct network_set *set, uint8_t family,
			unsigned int bits, uint32_t verdict)
{
	for (size_t i = 0; i < set->count && !writer->full; i++)
		if (set->items[i].family == family && set->items[i].bits == bits)
			add_network(writer, &set->items[i], verdict);
}

static void add_family(struct writer *writer, const struct network_set *allow,
		       const struct network_set *deny, uint8_t family)
{
	for (unsigned int bits = (family == 4 ? 32 : 128) + 1; bits-- > 0;) {
		add_of_bits(writer, allow, family, bits, PASS);
		add_of_bits(writer, deny, family, bits, DROP);
	}
	add(writer, BPF_RET | BPF_K, 0, 0, PASS);
}

int deny_filter_write(struct sock_filter *steps, const struct network_set *allow,
		      const struct network_set *deny)
{
	struct writer writer = { .steps = steps };
	unsigned int jump;

	if (deny->count == 0)
		return 0;
	if (allow->count + deny->count > BPF_MAXINSNS)
		return -E2BIG;
	add(&writer, BPF_LD | BPF_B | BPF_ABS, 0, 0, (uint32_t)SKF_NET_OFF);
	add(&writer, BPF_ALU | BPF_RSH | BPF_K, 0, 0, 4);
	add(&writer, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 4);
	jump = writer.count;
	add(&writer, BPF_JMP | BPF_JA, 0, 0, 0); /* to IPv6's */
	add_family(&writer, allow, deny, 4);
	steps[jump].k = writer.count - jump - 1;
	add_family(&writer, allow, deny, 6);
	return writer.full ? -E2BIG : (int)writer.count;
}

int deny_filter_attach(int listener, const struct network_set *allow,
		       const struct network_set *deny)
{
	struct sock_filter *steps = calloc(BPF_MAXINSNS, sizeof(*steps));
	int count = steps ? deny_filter_write(steps, allow, deny) : -ENOMEM;
	struct sock_fprog program = { (unsigned short)(count > 0 ? count : 0), steps };

	if (count == 0)
		deny_filter_detach(listener);
	else if (count > 0 &&
		 setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0)
		count = -errno;
	free(steps);
	return count < 0 ? count : 0;
}

void deny_filter_detach(int socket)
{
	int nothing = 0;

	setsockopt(socket, SOL_SOCKET, SO_DETACH_FILTER, &nothing, sizeof(nothing));
}

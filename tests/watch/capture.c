/* SPDX-License-Identifier: ISC */
/*
 * Every packet on every interface, held against the connections that the driver made. A foreign one
 * is whatever else there is: an own SYN of a re-aimed socket, an answer of a listener that nobody
 * made, a datagram, an ICMP message.
 */
#define _GNU_SOURCE
#include "watch.h"

#include "../hostile/world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#define TUPLES 65536
#define TCP_RST 0x04

struct tuple {
	uint32_t address;
	uint16_t client, service;
	bool one_way; /* a knock: only the client's packets, and resets */
};

static struct tuple *tuples;
static unsigned int tuple_count;
static int capture = -1;

static void add(uint32_t address, uint16_t client, uint16_t service, bool one_way)
{
	tuples[tuple_count++ % TUPLES] = (struct tuple){
		.address = address, .client = client, .service = service, .one_way = one_way
	};
}

void capture_allow(uint32_t address, uint16_t client, uint16_t service)
{
	add(address, client, service, false);
}

void capture_knock(uint16_t client, uint16_t listener)
{
	add(htonl(INADDR_LOOPBACK), client, listener, true);
}

/* The newest first: it is nearly always that. */
static bool is_known(uint32_t source, uint16_t sport, uint16_t dport, unsigned char flags)
{
	unsigned int most = tuple_count < TUPLES ? tuple_count : TUPLES;

	for (unsigned int i = 1; i <= most; i++) {
		const struct tuple *tuple = &tuples[(tuple_count - i) % TUPLES];

		if (tuple->client == sport && tuple->service == dport && tuple->address == source)
			return true;
		if (tuple->service == sport && tuple->client == dport)
			return !tuple->one_way || (flags & TCP_RST);
	}
	return false;
}

/* The first one is told in full. */
static bool is_first(void)
{
	return seen.foreign++ == 0;
}

static void look(const unsigned char *packet, size_t length, const struct sockaddr_ll *from)
{
	char source[INET_ADDRSTRLEN], destination[INET_ADDRSTRLEN], name[IF_NAMESIZE] = "?";
	unsigned int header = (packet[0] & 15u) * 4;
	uint16_t sport, dport;
	uint32_t source_address;

	if (from->sll_protocol != htons(ETH_P_IP) || length < 20 || packet[0] >> 4 != 4 ||
	    length < header + 14) {
		if (is_first())
			snprintf(seen.packet, sizeof(seen.packet), "%s:ethertype-%04x",
				 if_indextoname((unsigned int)from->sll_ifindex, name),
				 ntohs(from->sll_protocol));
		return;
	}
	memcpy(&source_address, packet + 12, 4);
	memcpy(&sport, packet + header, 2);
	memcpy(&dport, packet + header + 2, 2);
	if (packet[9] == IPPROTO_TCP &&
	    is_known(source_address, ntohs(sport), ntohs(dport), packet[header + 13]))
		return;
	if (!is_first())
		return;
	inet_ntop(AF_INET, packet + 12, source, sizeof(source));
	inet_ntop(AF_INET, packet + 16, destination, sizeof(destination));
	snprintf(seen.packet, sizeof(seen.packet), "%s:protocol-%d:%s:%u>%s:%u:flags-%02x",
		 if_indextoname((unsigned int)from->sll_ifindex, name), packet[9], source,
		 ntohs(sport), destination, ntohs(dport),
		 packet[9] == IPPROTO_TCP ? packet[header + 13] : 0u);
}

void capture_open(void)
{
	int size = 64 << 20;

	tuples = calloc(TUPLES, sizeof(*tuples));
	capture = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));
	if (!tuples || capture < 0)
		die("AF_PACKET: %s", strerror(errno));
	setsockopt(capture, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
}

int capture_fd(void)
{
	return capture;
}

void capture_hear(void)
{
	unsigned char packet[128];
	struct sockaddr_ll from;
	socklen_t size = sizeof(from);
	ssize_t length;

	while ((length = recvfrom(capture, packet, sizeof(packet), 0, (struct sockaddr *)&from,
				  &size)) >= 0) {
		look(packet, (size_t)length, &from);
		size = sizeof(from);
	}
}

unsigned int capture_drops(void)
{
	struct tpacket_stats stats = { 0 };
	socklen_t size = sizeof(stats);

	getsockopt(capture, SOL_PACKET, PACKET_STATISTICS, &stats, &size);
	return stats.tp_drops;
}

/* SPDX-License-Identifier: ISC */
/*
 * Parses PROXY headers. Runs in the loop, on the only bytes from outside that it ever reads: of a
 * client that ProxyProtocolFrom= names. Strict: what the specification does not allow is refused.
 */
#include "net/proxy_header.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

#define V1_MAX 107 /* the longest line, its CR LF included */
#define V2_HEAD 16

static const char v1_start[] = "PROXY ";
static const uint8_t v2_start[12] = { 0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d,
				      0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a };

static void set_v4(struct address *address, const void *host, in_port_t port)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&address->storage;

	memset(address, 0, sizeof(*address));
	in->sin_family = AF_INET;
	in->sin_port = port;
	memcpy(&in->sin_addr, host, sizeof(in->sin_addr));
	address->length = sizeof(*in);
}

static void set_v6(struct address *address, const void *host, in_port_t port)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&address->storage;

	memset(address, 0, sizeof(*address));
	in6->sin6_family = AF_INET6;
	in6->sin6_port = port;
	memcpy(&in6->sin6_addr, host, sizeof(in6->sin6_addr));
	address->length = sizeof(*in6);
}

/* ---- version 1: a line of text --------------------------------------------------------------- */

/* The next word of the line, parted by single blanks, into word. False: there is none. */
static bool take_word(char **at, char **word)
{
	char *blank;

	*word = *at;
	if (!*at)
		return false;
	blank = strchr(*at, ' ');
	if (blank)
		*blank = '\0';
	*at = blank ? blank + 1 : NULL;
	return **word != '\0';
}

static bool take_port(const char *text, in_port_t *port)
{
	unsigned int value = 0;

	if ((*text == '0' && text[1]) || strlen(text) > 5)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (unsigned int)(*text - '0');
	}
	*port = htons((uint16_t)value);
	return value <= 65535;
}

static bool set_host(struct address *address, int family, const char *host, in_port_t port)
{
	uint8_t bytes[sizeof(struct in6_addr)];

	if (inet_pton(family, host, bytes) != 1)
		return false;
	if (family == AF_INET)
		set_v4(address, bytes, port);
	else
		set_v6(address, bytes, port);
	return true;
}

static bool parse_line(char *line, struct proxy_header *header)
{
	char *at = line + strlen(v1_start), *words[5];
	in_port_t ports[2];
	int family;

	if (!take_word(&at, &words[0]))
		return false;
	if (strcmp(words[0], "UNKNOWN") == 0)
		return true; /* whatever follows is to be passed over */
	family = strcmp(words[0], "TCP4") == 0 ? AF_INET : AF_INET6;
	if (family == AF_INET6 && strcmp(words[0], "TCP6") != 0)
		return false;
	for (int i = 1; i < 5; i++)
		if (!take_word(&at, &words[i]))
			return false;
	header->known = true;
	return !at && take_port(words[3], &ports[0]) && take_port(words[4], &ports[1]) &&
	       set_host(&header->client, family, words[1], ports[0]) &&
	       set_host(&header->local, family, words[2], ports[1]);
}

static int parse_v1(const char *bytes, size_t size, struct proxy_header *header)
{
	size_t looked = size < V1_MAX ? size : V1_MAX;
	const char *end = memmem(bytes, looked, "\r\n", 2);
	char line[V1_MAX + 1];

	/* A NUL would end the line early for some of the functions above. */
	if (memchr(bytes, '\0', end ? (size_t)(end - bytes) : looked))
		return -EPROTO;
	if (!end) {
		header->wanted = size + 1;
		return size < V1_MAX ? 0 : -EPROTO;
	}
	memcpy(line, bytes, (size_t)(end - bytes));
	line[end - bytes] = '\0';
	return parse_line(line, header) ? (int)(end - bytes) + 2 : -EPROTO;
}

/* ---- version 2: binary ----------------------------------------------------------------------- */

#define V2_LOCAL 0x20
#define V2_PROXY 0x21
#define V2_UNSPECIFIED 0x00
#define V2_TCP4 0x11
#define V2_TCP6 0x21
#define V2_UNIX_STREAM 0x31

/* client, local, and their ports behind both. */
static int take_addresses(const uint8_t *at, size_t size, size_t host, struct proxy_header *header,
			  void (*set)(struct address *, const void *, in_port_t))
{
	in_port_t ports[2];

	if (size < 2 * host + sizeof(ports))
		return -EPROTO;
	memcpy(ports, at + 2 * host, sizeof(ports));
	set(&header->client, at, ports[0]);
	set(&header->local, at + host, ports[1]);
	header->known = true;
	return 0;
}

static int parse_v2(const uint8_t *bytes, size_t size, struct proxy_header *header)
{
	size_t length;
	int error = 0;

	header->wanted = V2_HEAD;
	if (size < V2_HEAD)
		return 0;
	length = (size_t)bytes[14] << 8 | bytes[15];
	header->wanted = V2_HEAD + length;
	if ((bytes[12] != V2_LOCAL && bytes[12] != V2_PROXY) || header->wanted > PROXY_HEADER_MAX)
		return -EPROTO;
	if (size < header->wanted)
		return 0;
	if (bytes[12] == V2_LOCAL)
		return (int)header->wanted; /* its addresses are to be passed over */
	switch (bytes[13]) {
	case V2_TCP4:
		error = take_addresses(bytes + V2_HEAD, length, 4, header, set_v4);
		break;
	case V2_TCP6:
		error = take_addresses(bytes + V2_HEAD, length, 16, header, set_v6);
		break;
	case V2_UNSPECIFIED:
	case V2_UNIX_STREAM:
		break; /* no address that could be asked about */
	default:
		error = -EPROTO;
	}
	return error < 0 ? error : (int)header->wanted;
}

/* Whether the bytes there are could be the beginning of `start`. */
static bool may_begin(const void *bytes, size_t size, const void *start, size_t length)
{
	return memcmp(bytes, start, size < length ? size : length) == 0;
}

int proxy_header_parse(const void *bytes, size_t size, struct proxy_header *header)
{
	size_t v1 = strlen(v1_start), v2 = sizeof(v2_start);

	memset(header, 0, sizeof(*header));
	header->wanted = size + 1;
	if (may_begin(bytes, size, v2_start, v2))
		return size < v2 ? 0 : parse_v2(bytes, size, header);
	if (may_begin(bytes, size, v1_start, v1))
		return size < v1 ? 0 : parse_v1(bytes, size, header);
	return -EPROTO;
}

/* SPDX-License-Identifier: ISC */
/*
 * Addresses of listening sockets and of peers: text to address and back. Every process uses it, for
 * text of the configuration and for addresses that the kernel reports. It opens nothing; only the
 * name of an interface is looked up. Every address it makes is zero where it says nothing, so that
 * equal addresses have equal bytes.
 */
#include "net/address.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#define UNIX_NAME_MAX (sizeof(((struct sockaddr_un *)0)->sun_path) - 1)
#define V6_TEXT_SIZE (INET6_ADDRSTRLEN + IFNAMSIZ)

static const char expected_any[] = "PORT, V4:PORT, [V6]:PORT, /path or @abstract-name";
static const char expected_port[] = "a port from 1 to 65535";
static const char expected_v4[] = "V4:PORT as in 127.0.0.1:7";
static const char expected_v6[] = "[V6]:PORT as in [::1]:7 or [fe80::1%eth0]:7";
static const char expected_unix[] = "a path or @name of 1 to 107 bytes";
static const char expected_scope[] = "the name or number of an interface of this host";

/* The number of digits alone that text is, up to maximum; 0 when it is anything else. */
static uint32_t number(const char *text, uint32_t maximum)
{
	uint64_t value = 0;

	if (*text == '0' || *text == '\0')
		return 0;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return 0;
		value = value * 10 + (uint64_t)(*text - '0');
		if (value > maximum)
			return 0;
	}
	return (uint32_t)value;
}

static int parse_port(in_port_t *port, const char *text, const char **expected)
{
	uint32_t value = number(text, 65535);

	*expected = expected_port;
	*port = htons((uint16_t)value);
	return value ? 0 : -EINVAL;
}

static int parse_unix(struct address *address, const char *text, const char **expected)
{
	struct sockaddr_un *name = (struct sockaddr_un *)&address->storage;
	size_t length = strlen(text);
	bool abstract = *text == '@';

	*expected = expected_unix;
	if (length > UNIX_NAME_MAX || length < 2)
		return -EINVAL;
	name->sun_family = AF_UNIX;
	memcpy(name->sun_path, text, length);
	if (abstract)
		name->sun_path[0] = '\0';
	/* unix(7): the length of a path counts its NUL, that of an abstract name has none */
	address->length =
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (abstract ? 0 : 1));
	return 0;
}

static int parse_v4(struct address *address, const char *text, const char **expected)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&address->storage;
	const char *colon = strchr(text, ':');
	char host[INET_ADDRSTRLEN];

	*expected = expected_v4;
	if ((size_t)(colon - text) >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = '\0';
	if (inet_pton(AF_INET, host, &in->sin_addr) != 1)
		return -EINVAL;
	in->sin_family = AF_INET;
	address->length = sizeof(*in);
	return parse_port(&in->sin_port, colon + 1, expected);
}

/*
 * What an interface counts as that is not there, or that this process may not look for: two of them
 * are not one. No interface has such a number (dev_new_index(), net/core/dev.c: an int).
 */
static uint32_t scope_of_unknown(const char *name)
{
	uint32_t hash = 2166136261; /* FNV-1a */

	for (; *name; name++)
		hash = (hash ^ (uint8_t)*name) * 16777619;
	return hash | 0x80000000;
}

static int parse_scope(struct sockaddr_in6 *in6, const char *text, const char **expected)
{
	*expected = expected_scope;
	in6->sin6_scope_id = number(text, UINT32_MAX);
	if (!in6->sin6_scope_id && strlen(text) < IFNAMSIZ)
		in6->sin6_scope_id = if_nametoindex(text);
	if (in6->sin6_scope_id)
		return 0;
	in6->sin6_scope_id = scope_of_unknown(text);
	return -ENODEV;
}

static int parse_v6(struct address *address, const char *text, const char **expected)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&address->storage;
	char copy[V6_TEXT_SIZE + sizeof("[]:65535")];
	char *host, *port, *scope, *late_scope;
	size_t length = strlen(text);

	*expected = expected_v6;
	if (length >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, length + 1);
	host = copy + 1;
	port = strchr(host, ']');
	if (!port || port[1] != ':')
		return -EINVAL;
	*port = '\0';
	port += 2;
	scope = strchr(host, '%');
	if (scope)
		*scope++ = '\0';
	late_scope = strchr(port, '%');
	if (late_scope)
		*late_scope++ = '\0';
	if ((scope && late_scope) || inet_pton(AF_INET6, host, &in6->sin6_addr) != 1)
		return -EINVAL;
	in6->sin6_family = AF_INET6;
	address->length = sizeof(*in6);
	if (parse_port(&in6->sin6_port, port, expected) < 0)
		return -EINVAL;
	if (!scope && !late_scope)
		return 0;
	return parse_scope(in6, scope ? scope : late_scope, expected);
}

static int parse_any(struct address *address, const char *text, const char **expected)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&address->storage;

	in6->sin6_family = AF_INET6; /* sin6_addr is zero: in6addr_any */
	address->length = sizeof(*in6);
	if (parse_port(&in6->sin6_port, text, expected) == 0)
		return 0;
	if (*text < '0' || *text > '9')
		*expected = expected_any;
	return -EINVAL;
}

int address_parse(struct address *address, const char *text, bool *any, const char **expected)
{
	*address = (struct address){ .length = 0 };
	*any = false;
	if (*text == '/' || *text == '@')
		return parse_unix(address, text, expected);
	if (*text == '[')
		return parse_v6(address, text, expected);
	if (strchr(text, ':'))
		return parse_v4(address, text, expected);
	*any = true;
	return parse_any(address, text, expected);
}

/* The name's bytes and their number; 0 when the socket has no name. */
static size_t unix_name(const struct address *address, const char **bytes)
{
	const struct sockaddr_un *name = (const struct sockaddr_un *)&address->storage;
	size_t offset = offsetof(struct sockaddr_un, sun_path);
	size_t length;

	*bytes = name->sun_path;
	if (address->length <= offset || address->length > sizeof(*name))
		return 0;
	length = address->length - offset;
	return name->sun_path[0] ? strnlen(name->sun_path, length) : length;
}

static void unix_text(const struct address *address, struct text *text)
{
	const char *bytes;
	size_t length = unix_name(address, &bytes);

	if (!length) {
		text_add(text, "unix");
	} else if (*bytes) {
		text_add_escaped(text, bytes, length);
	} else {
		text_add(text, "@");
		text_add_escaped(text, bytes + 1, length - 1);
	}
}

/* The host into text; true when it is one that goes in brackets before a port. */
static bool internet_text(const struct address *address, struct text *text)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)&address->storage;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&address->storage;
	char host[INET6_ADDRSTRLEN] = "";

	if (address->storage.ss_family == AF_INET) {
		text_add(text, inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host)));
		return false;
	}
	if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		text_add(text, inet_ntop(AF_INET, in6->sin6_addr.s6_addr + 12, host, sizeof(host)));
		return false;
	}
	text_add(text, inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host)));
	if (in6->sin6_scope_id)
		text_addf(text, "%%%u", (unsigned int)in6->sin6_scope_id);
	return true;
}

static bool internet(const struct address *address)
{
	return address->storage.ss_family == AF_INET || address->storage.ss_family == AF_INET6;
}

const char *address_host(const struct address *address, char text[ADDRESS_TEXT_SIZE])
{
	struct text out;

	text_init(&out, text, ADDRESS_TEXT_SIZE);
	if (internet(address))
		internet_text(address, &out);
	else
		unix_text(address, &out);
	return text;
}

const char *address_text(const struct address *address, char text[ADDRESS_TEXT_SIZE])
{
	char host[ADDRESS_TEXT_SIZE];
	struct text inner, out;
	bool brackets;

	if (!internet(address))
		return address_host(address, text);
	text_init(&inner, host, sizeof(host));
	brackets = internet_text(address, &inner);
	text_init(&out, text, ADDRESS_TEXT_SIZE);
	text_add(&out, brackets ? "[" : "");
	text_add(&out, host);
	text_addf(&out, brackets ? "]:%u" : ":%u", address_port(address));
	return text;
}

unsigned int address_port(const struct address *address)
{
	if (address->storage.ss_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)&address->storage)->sin_port);
	if (address->storage.ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)&address->storage)->sin6_port);
	return 0;
}

bool address_equal(const struct address *left, const struct address *right)
{
	const struct sockaddr_in *in[2] = { (const struct sockaddr_in *)&left->storage,
					    (const struct sockaddr_in *)&right->storage };
	const struct sockaddr_in6 *in6[2] = { (const struct sockaddr_in6 *)&left->storage,
					      (const struct sockaddr_in6 *)&right->storage };
	const char *name[2];
	size_t length[2];

	if (left->storage.ss_family != right->storage.ss_family)
		return false;
	switch (left->storage.ss_family) {
	case AF_INET:
		return in[0]->sin_port == in[1]->sin_port &&
		       in[0]->sin_addr.s_addr == in[1]->sin_addr.s_addr;
	case AF_INET6:
		return in6[0]->sin6_port == in6[1]->sin6_port &&
		       in6[0]->sin6_scope_id == in6[1]->sin6_scope_id &&
		       !memcmp(&in6[0]->sin6_addr, &in6[1]->sin6_addr, sizeof(struct in6_addr));
	}
	length[0] = unix_name(left, &name[0]);
	length[1] = unix_name(right, &name[1]);
	return length[0] == length[1] && !memcmp(name[0], name[1], length[0]);
}

/* SPDX-License-Identifier: ISC */
/* See seeds.h. Also linked into the test that replays them: no file is read or written. */
#include "seeds.h"

#include "config/config.h"
#include "net/proxy_header.h"
#include "wire/control.h"
#include "wire/wire.h"

#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct taker {
	seeds_take *take;
	void *context;
};

static void give(const struct taker *taker, const char *target, const char *name, const void *bytes,
		 size_t size)
{
	taker->take(taker->context, target, name, bytes, size);
}

/* ---- config: each directive with its example, in the section where it belongs ---- */

static void config_seed(const struct taker *taker, const struct directive_info *info)
{
	bool own = strcmp(info->section, "service") == 0;
	char text[2048], name[256];
	int length = 0;

	if (strcmp(info->section, "spawnd") == 0)
		length = snprintf(text, sizeof(text), "[spawnd]\n%s=%s\n", info->name,
				  info->example);
	length += snprintf(text + length, sizeof(text) - (size_t)length, "[defaults]\n");
	if (own && !info->service_only)
		length += snprintf(text + length, sizeof(text) - (size_t)length, "%s=%s\n",
				   info->name, info->example);
	length += snprintf(text + length, sizeof(text) - (size_t)length,
			   "[service echo]\nListenStream=7\nRootDirectory=/srv/echo\n"
			   "ExecStart=/bin/cat\n");
	if (own)
		length += snprintf(text + length, sizeof(text) - (size_t)length, "%s=\n%s=%s\n",
				   info->name, info->name, info->example);
	snprintf(name, sizeof(name), "%s.%s", info->section, info->name);
	give(taker, "config", name, text, (size_t)length);
}

static void config_seeds(const struct taker *taker)
{
	const struct directive_info *info;

	for (size_t i = 0; (info = directive_at(i)); i++)
		config_seed(taker, info);
}

void seeds_words(void (*take)(void *context, const char *word), void *context)
{
	const struct directive_info *info;
	char word[128];

	for (size_t i = 0; (info = directive_at(i)); i++) {
		snprintf(word, sizeof(word), "%s=", info->name);
		take(context, word);
		take(context, info->example);
	}
	take(context, "[service ");
	take(context, "[defaults]");
	take(context, "[spawnd]");
}

/* ---- address: what ListenStream= takes, and a socket address of each family ---- */

static const char *const addresses[] = {
	"7",
	"192.0.2.7:7",
	"[2001:db8::7]:7",
	"[fe80::1%lo]:7",
	"[::ffff:192.0.2.7]:7",
	"/run/echo",
	"@abstract\x1",
	"vsock:2:7",
	"127.0.0.1:0",
	"localhost:7",
	"[::1]:",
	":::7",
	"255.255.255.255:65535",
};

static void address_seeds(const struct taker *taker)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(7) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_scope_id = 1 };
	struct sockaddr_un local = { .sun_family = AF_UNIX, .sun_path = "/run/\x1b[31m" };
	char name[64];

	for (size_t i = 0; i < COUNT(addresses); i++) {
		snprintf(name, sizeof(name), "text-%zu", i);
		give(taker, "address", name, addresses[i], strlen(addresses[i]));
	}
	give(taker, "address", "inet", &in, sizeof(in));
	give(taker, "address", "inet6", &in6, sizeof(in6));
	give(taker, "address", "unix", &local, sizeof(local));
	local.sun_path[0] = '\0';
	give(taker, "address", "unix-abstract", &local, sizeof(local));
	give(taker, "address", "unix-unnamed", &local, sizeof(local.sun_family));
}

/* ---- account: lines of each kind ---- */

static const char *const accounts[] = {
	"{\"version\":1,\"id\":7,\"service\":\"web\",\"listener\":\"80\",\"peer\":\"192.0.2.7:"
	"5000\","
	"\"source\":\"192.0.2.7\",\"cookie\":9,\"end\":\"exit\","
	"\"accepted\":\"2026-11-24T13:50:00.000001Z\",\"accepted_mono_ns\":1,"
	"\"started\":\"2026-11-24T13:50:00.000001Z\",\"queue_us\":1,\"spawn_us\":2,"
	"\"wall_us\":3,\"warmth\":\"ready\",\"status\":0,\"user_us\":1,\"system_us\":1,"
	"\"cpu_us\":2,\"bytes_in\":5,\"bytes_out\":5,\"bytes_final\":true}",
	"{\"version\":1,\"service\":\"web\",\"end\":\"refused\",\"reason\":\"source-rate\","
	"\"suppressed\":3}",
	"{\"service\":\"a\\\"\\u0041\",\"end\":\"\",\"new\":{\"a\":[1.5e3,null,{\"b\":\"}\"}]}}",
	"{\"version\":2,\"service\":\"a\",\"end\":\"exit\"}",
	"{\"service\":\"a\",\"end\":\"exit\",\"wall_us\":-9223372036854775808}",
};

static void account_seeds(const struct taker *taker)
{
	char name[64];

	for (size_t i = 0; i < COUNT(accounts); i++) {
		snprintf(name, sizeof(name), "line-%zu", i);
		give(taker, "account", name, accounts[i], strlen(accounts[i]));
	}
}

/* ---- network: lines of a list, and all examples, of which some are networks ---- */

static const char *const networks[] = {
	"any",
	"localhost",
	"link-local multicast",
	"192.0.2.7",
	"192.0.2.0/24",
	"0.0.0.0/0",
	"2001:db8::/32",
	"::ffff:192.0.2.0/120",
	"::/0",
	"10.0.0.0/8\n10.1.0.0/16\n10.1.2.3\n",
	"# a comment\n\t192.0.2.0/25 ; another\r\n192.0.2.128/25\n",
	"1.2.3.4/33",
	"1.2.3.4/08",
	"fe80::1/10\nfe80::/64\nff00::/8",
};

static void network_seeds(const struct taker *taker)
{
	const struct directive_info *info;
	char name[64];

	for (size_t i = 0; i < COUNT(networks); i++) {
		snprintf(name, sizeof(name), "list-%zu", i);
		give(taker, "network", name, networks[i], strlen(networks[i]));
	}
	for (size_t i = 0; (info = directive_at(i)); i++)
		if (strstr(info->name, "IPAddress") || strstr(info->name, "From"))
			give(taker, "network", info->name, info->example, strlen(info->example));
}

/* ---- proxy_header: every command, family and length of version 2; the lines of version 1 ---- */

static const char *const lines[] = {
	"PROXY TCP4 192.0.2.7 192.0.2.1 5000 80\r\n",
	"PROXY TCP6 2001:db8::7 ::1 65535 0\r\nGET /\r\n",
	"PROXY UNKNOWN\r\n",
	"PROXY UNKNOWN whatever it likes 1 2 3 4\r\n",
	"PROXY TCP4 192.0.2.7 192.0.2.1 5000",
	"PROXY TCP6 ::ffff:192.0.2.7 ::ffff:192.0.2.1 1 1\r\n",
	"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
	"GET / HTTP/1.1\r\n",
};

static void proxy_header_seeds(const struct taker *taker)
{
	static const uint8_t start[12] = "\r\n\r\n\0\r\nQUIT\n";
	static const uint8_t commands[] = { 0x20, 0x21, 0x22, 0x11 };
	static const uint8_t families[] = { 0x00, 0x11, 0x12, 0x21, 0x22, 0x31, 0x32, 0x41 };
	static const uint16_t lengths[] = { 0, 12, 36, 216, 40, PROXY_HEADER_MAX - 16 };
	uint8_t bytes[PROXY_HEADER_MAX];
	char name[64];

	for (size_t i = 0; i < COUNT(lines); i++) {
		snprintf(name, sizeof(name), "v1-%zu", i);
		give(taker, "proxy_header", name, lines[i], strlen(lines[i]));
	}
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	memcpy(bytes, start, sizeof(start));
	for (size_t i = 0; i < COUNT(commands) * COUNT(families) * COUNT(lengths); i++) {
		uint16_t length = lengths[i / (COUNT(commands) * COUNT(families))];

		bytes[12] = commands[i % COUNT(commands)];
		bytes[13] = families[i / COUNT(commands) % COUNT(families)];
		bytes[14] = (uint8_t)(length >> 8);
		bytes[15] = (uint8_t)length;
		snprintf(name, sizeof(name), "v2-%02x-%02x-%u", bytes[12], bytes[13], length);
		give(taker, "proxy_header", name, bytes, 16 + (size_t)length);
	}
}

/* ---- wire: each type on its channel, with as few and as many descriptors as it may have ---- */

static bool passes(enum wire_channel channel, enum wire_type type, size_t fd_count)
{
	const int fds[WIRE_FDS_MAX] = { 0, 0, 0, 0 };
	struct wire_message message = { 0 };
	int pair[2], got = -1;

	if (wire_pair(pair) < 0)
		return false;
	if (wire_send(pair[0], type, &message, fds, fd_count, false) == 0)
		got = wire_receive(pair[1], channel, &message, false);
	for (int i = 0; i < WIRE_FDS_MAX && got == 1; i++)
		if (message.fds[i] >= 0)
			close(message.fds[i]);
	close(pair[0]);
	close(pair[1]);
	return got == 1;
}

/* As fuzz_wire.c reads it: the channel, how many descriptors, the message. */
static void wire_seed(const struct taker *taker, enum wire_channel channel, enum wire_type type,
		      size_t fd_count)
{
	struct wire_message message = { .type = type, .size = sizeof(message) };
	uint8_t bytes[2 + sizeof(message)] = { (uint8_t)channel, (uint8_t)fd_count };
	char name[64];

	memset(&message.handover, 'a', sizeof(message.handover));
	message.generation = message.number = message.id = message.slot.generation = 1;
	memcpy(bytes + 2, &message, sizeof(message));
	snprintf(name, sizeof(name), "%s-%zu", wire_type_name(type), fd_count);
	give(taker, "wire", name, bytes, sizeof(bytes));
}

static void wire_seeds(const struct taker *taker)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(7) };
	struct wire_message message = { .type = HANDOVER, .size = sizeof(message) };
	uint8_t bytes[2 + sizeof(message)] = { WIRE_HANDOVER, 1 };

	for (int type = 0; type < WIRE_TYPES; type++)
		for (int channel = 0; channel < WIRE_CHANNELS; channel++)
			for (size_t count = 0; count <= WIRE_FDS_MAX; count++)
				if (passes((enum wire_channel)channel, (enum wire_type)type, count))
					wire_seed(taker, (enum wire_channel)channel,
						  (enum wire_type)type, count);
	memcpy(&message.handover.peer.storage, &in6, sizeof(in6));
	message.handover.peer.length = sizeof(in6);
	message.handover.local = message.handover.peer;
	memcpy(bytes + 2, &message, sizeof(message));
	give(taker, "wire", "handover-inet6", bytes, sizeof(bytes));
	give(taker, "wire", "short", bytes, 40);
}

/* ---- control: an answer with a record of each type, and one of all ---- */

static size_t add_record(uint8_t *at, enum control_type type)
{
	struct control_head head = { CONTROL_MAGIC, (uint16_t)type, control_size(type) };

	memcpy(at, &head, sizeof(head));
	memset(at + sizeof(head), 'a', head.size);
	return sizeof(head) + head.size;
}

/* As fuzz_control.c reads it: where the packet is parted, of 255, and the packet. */
static void control_seeds(const struct taker *taker)
{
	static uint8_t all[16384], one[4096];
	size_t size, sum = 1;
	char name[64];

	for (int type = 0; type < CONTROL_TYPES; type++) {
		one[0] = 255;
		size = 1 + add_record(one + 1, CONTROL_SERVICE);
		size += add_record(one + size, (enum control_type)type);
		snprintf(name, sizeof(name), "service-and-%d", type);
		give(taker, "control", name, one, size);
		if (type != CONTROL_END) /* it comes last */
			sum += add_record(all + sum, (enum control_type)type);
	}
	sum += add_record(all + sum, CONTROL_END);
	all[0] = 128;
	give(taker, "control", "all-parted", all, sum);
	all[0] = 255;
	give(taker, "control", "all", all, sum);
}

/* ---- http: requests, and what is none ---- */

static const char *const requests[] = {
	"GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n",
	"HEAD /metrics?x=y HTTP/1.0\n\n",
	"GET / HTTP/1.1\r\n\r\n",
	"POST /metrics HTTP/1.1\r\nContent-Length: 1\r\n\r\nx",
	"GET /metrics HTTP/2.0\r\n\r\n",
	"GET /metrics\r\n\r\n",
	"\r\n\r\n",
};

static void http_seeds(const struct taker *taker)
{
	char name[32];

	for (size_t i = 0; i < COUNT(requests); i++) {
		snprintf(name, sizeof(name), "request-%zu", i);
		give(taker, "http", name, requests[i], strlen(requests[i]));
	}
}

void seeds_each(seeds_take *take, void *context)
{
	const struct taker taker = { take, context };

	config_seeds(&taker);
	address_seeds(&taker);
	account_seeds(&taker);
	network_seeds(&taker);
	proxy_header_seeds(&taker);
	wire_seeds(&taker);
	control_seeds(&taker);
	http_seeds(&taker);
}

/* SPDX-License-Identifier: ISC */
/*
 * P1: sockets of other families. With SocketSeal=strict there are none but AF_UNIX; with `local`
 * those that stay in the empty network. Most of the kernel bugs of 2025 and 2026 begin here.
 */
#define _GNU_SOURCE
#include "hostile.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct family {
	const char *name;
	int family, type, protocol;
} families[] = {
	{ "family-inet", AF_INET, SOCK_STREAM, 0 },
	{ "family-inet-datagram", AF_INET, SOCK_DGRAM, 0 },
	{ "family-inet6", AF_INET6, SOCK_STREAM, 0 },
	{ "family-inet6-datagram", AF_INET6, SOCK_DGRAM, 0 },
	{ "family-netlink-route", AF_NETLINK, SOCK_RAW, 0 },
	{ "family-netlink-diag", AF_NETLINK, SOCK_RAW, 4 },
	{ "family-netlink-xfrm", AF_NETLINK, SOCK_RAW, 6 },
	{ "family-netlink-netfilter", AF_NETLINK, SOCK_RAW, 12 },
	{ "family-netlink-uevent", AF_NETLINK, SOCK_RAW, 15 },
	{ "family-netlink-generic", AF_NETLINK, SOCK_RAW, 16 },
	{ "family-mptcp", AF_INET, SOCK_STREAM, 262 },
	{ "family-udplite", AF_INET, SOCK_DGRAM, 136 },
	{ "family-sctp", AF_INET, SOCK_STREAM, 132 },
	{ "family-dccp", AF_INET, 6, 33 },
	{ "family-raw", AF_INET, SOCK_RAW, IPPROTO_ICMP },
	{ "family-ping", AF_INET, SOCK_DGRAM, IPPROTO_ICMP },
	{ "family-raw6", AF_INET6, SOCK_RAW, IPPROTO_ICMPV6 },
	{ "family-packet", AF_PACKET, SOCK_RAW, 0x0300 },
	{ "family-key", 15, SOCK_RAW, 2 },
	{ "family-rds", 21, SOCK_SEQPACKET, 0 },
	{ "family-llc", 26, SOCK_DGRAM, 0 },
	{ "family-can", 29, SOCK_RAW, 1 },
	{ "family-tipc", 30, SOCK_SEQPACKET, 0 },
	{ "family-bluetooth", 31, SOCK_RAW, 1 },
	{ "family-alg", 38, SOCK_SEQPACKET, 0 },
	{ "family-nfc", 39, SOCK_RAW, 0 },
	{ "family-kcm", 41, SOCK_DGRAM, 0 },
	{ "family-qrtr", 42, SOCK_DGRAM, 0 },
	{ "family-smc", 43, SOCK_STREAM, 0 },
	{ "family-xdp", 44, SOCK_RAW, 0 },
};

static void family(void)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (strcmp(families[i].name, current->name) == 0)
			leak_if(socket(families[i].family, families[i].type | SOCK_CLOEXEC,
				       families[i].protocol) >= 0,
				"a socket");
}

/* vsock(7) knows no network namespaces: any socket of it is the host's. */
static void vsock(void)
{
	struct {
		uint16_t family, reserved;
		uint32_t port, cid;
		unsigned char rest[4];
	} here = { 40, 0, VICTIM_VSOCK, 0xffffffff, "" };
	int fd = socket(40, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		leak_if(false, "socket(AF_VSOCK)");
		return;
	}
	leak("socket(AF_VSOCK), bind: %s",
	     bind(fd, (struct sockaddr *)(void *)&here, sizeof(here)) == 0 ? "ok"
									   : strerror(errno));
}

/* Pairs of what is not AF_UNIX: netlink has none, TIPC has. */
static void pairs(void)
{
	static const int others[] = { AF_INET, AF_INET6, AF_NETLINK, 30, 31, 40 };
	int pair[2];

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (socketpair(others[i], SOCK_SEQPACKET, 0, pair) == 0 ||
		    socketpair(others[i], SOCK_STREAM, 0, pair) == 0) {
			leak("a pair of family %d", others[i]);
			return;
		}
	leak_if(false, "socketpair");
}

/* What seccomp(2) sees are registers: the upper half of a family must not hide it. */
static void high_bits(void)
{
	long fd = syscall(SYS_socket, 0xdead00000000UL | AF_NETLINK, SOCK_RAW, 0);

	leak_if(fd >= 0, "a socket, by a family with high bits");
}

const struct probe family_probes[] = {
	{ "family-inet", "P1", ON_ANY | LOCAL, family, NULL },
	{ "family-inet-datagram", "P1", ON_ANY | LOCAL, family, NULL },
	{ "family-inet6", "P1", ON_ANY | LOCAL, family, "no IPv6" },
	{ "family-inet6-datagram", "P1", ON_ANY | LOCAL, family, "no IPv6" },
	{ "family-netlink-route", "P1", ON_ANY | LOCAL, family, NULL },
	{ "family-netlink-diag", "P1", ON_ANY, family, NULL },
	{ "family-netlink-xfrm", "P1", ON_ANY, family, "no XFRM_USER" },
	{ "family-netlink-netfilter", "P1", ON_ANY, family, "no nfnetlink" },
	{ "family-netlink-uevent", "P1", ON_ANY, family, NULL },
	{ "family-netlink-generic", "P1", ON_ANY, family, NULL },
	{ "family-mptcp", "P1", ON_ANY, family, "no MPTCP" },
	{ "family-udplite", "P1", ON_ANY, family, "UDP-Lite is gone since 7.0" },
	{ "family-sctp", "P1", ON_ANY, family, "no SCTP" },
	{ "family-dccp", "P1", ON_ANY, family, "no DCCP" },
	{ "family-raw", "P1", ON_ANY | BARE, family, NULL },
	{ "family-ping", "P1", ON_ANY | BARE, family, "ping_group_range" },
	{ "family-raw6", "P1", ON_ANY | BARE, family, "no IPv6" },
	{ "family-packet", "P1", ON_ANY | BARE, family, NULL },
	{ "family-key", "P1", ON_ANY | BARE, family, "no NET_KEY" },
	{ "family-rds", "P1", ON_ANY, family, "no RDS" },
	{ "family-llc", "P1", ON_ANY | BARE, family, "no LLC2" },
	{ "family-can", "P1", ON_ANY, family, "no CAN" },
	{ "family-tipc", "P1", ON_ANY, family, "no TIPC" },
	{ "family-bluetooth", "P1", ON_ANY, family, "no Bluetooth" },
	{ "family-alg", "P1", ON_ANY, family, "no AF_ALG" },
	{ "family-nfc", "P1", ON_ANY, family, "no NFC" },
	{ "family-kcm", "P1", ON_ANY, family, "no KCM" },
	{ "family-qrtr", "P1", ON_ANY, family, "no QRTR" },
	{ "family-smc", "P1", ON_ANY, family, "no SMC" },
	{ "family-xdp", "P1", ON_ANY | BARE, family, "no XDP sockets" },
	{ "family-vsock", "P1", ON_ANY, vsock, "no VSOCK" },
	{ "family-pairs", "P1", ON_ANY, pairs, "no family here has pairs but AF_UNIX" },
	{ "family-high-bits", "P1", ON_ANY | LOCAL, high_bits, NULL },
	{ NULL, NULL, 0, NULL, NULL },
};

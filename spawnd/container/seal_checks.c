/* SPDX-License-Identifier: ISC */
/*
 * Rules of the seal on arguments. Runs in the zygote, start regime; pure. The numbers are those of
 * the kernel's headers, by their names where all C libraries have them.
 */
#include "container/seal_checks.h"

#include "container/seal.h"

#include <errno.h>
#include <linux/ioctl.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define ALLOW SECCOMP_RET_ALLOW
#define DENY(error) (SECCOMP_RET_ERRNO | (error))
#define PRETEND (SECCOMP_RET_ERRNO | 0) /* success, and nothing happens: __seccomp_filter() */

#define TYPE_MASK 0xf /* SOCK_TYPE_MASK in linux/net.h: the rest are flags */

/* asm-generic/socket.h; not in every C library's headers */
#define SO_BINDTOIFINDEX_ 62
#define SO_TIMESTAMP_NEW_ 63
#define SO_TIMESTAMPNS_NEW_ 64
#define SO_RCVTIMEO_NEW_ 66
#define SO_SNDTIMEO_NEW_ 67
#define SO_NETNS_COOKIE_ 71
#define SO_PEERPIDFD_ 77

/* linux/fcntl.h, which cannot be included beside fcntl.h */
#define F_SETLEASE_ 1024
#define F_NOTIFY_ 1026

static bool is_local(const void *context)
{
	const struct seal_options *options = context;

	return options->spec->socket_seal == SOCKET_SEAL_LOCAL;
}

/*
 * Without connect and bind an AF_UNIX socket of a program's own is harmless, but for datagrams:
 * those are sent to a name, which may be a socket in the tree that a host's server listens on.
 * SOCK_RAW is SOCK_DGRAM there (unix_create() in net/unix/af_unix.c).
 */
static void check_unix_type(struct filter *filter)
{
	filter_load_argument(filter, 1);
	filter_mask(filter, TYPE_MASK);
	filter_return_if(filter, SOCK_DGRAM, DENY(EACCES));
	filter_return_if(filter, SOCK_RAW, DENY(EACCES));
	filter_return(filter, ALLOW);
}

static void check_internet(struct filter *filter)
{
	filter_load_argument(filter, 1);
	filter_mask(filter, TYPE_MASK);
	filter_return_if(filter, SOCK_RAW, DENY(EPERM));
	filter_return_if(filter, SOCK_PACKET, DENY(EPERM));
	filter_load_argument(filter, 2);
	filter_return_if(filter, 0, ALLOW);
	filter_return_if(filter, IPPROTO_TCP, ALLOW);
	filter_return_if(filter, IPPROTO_UDP, ALLOW);
	filter_return_if(filter, IPPROTO_ICMP, ALLOW);
	filter_return_if(filter, IPPROTO_ICMPV6, ALLOW);
	filter_return(filter, DENY(EPROTONOSUPPORT));
}

static void check_own_network(struct filter *filter)
{
	static const uint32_t internet[] = { AF_INET, AF_INET6 };
	uint32_t other;

	filter_load_argument(filter, 0);
	filter_return_if(filter, AF_UNIX, ALLOW);
	for (size_t i = 0; i < sizeof(internet) / sizeof(internet[0]); i++) {
		other = filter_if(filter, internet[i]);
		check_internet(filter);
		filter_else(filter, other);
	}
	other = filter_if(filter, AF_NETLINK);
	filter_load_argument(filter, 2);
	filter_return_if(filter, 0, ALLOW); /* NETLINK_ROUTE */
	filter_return(filter, DENY(EPROTONOSUPPORT));
	filter_else(filter, other);
	filter_return(filter, DENY(EAFNOSUPPORT));
}

void seal_check_socket(struct filter *filter, const void *context)
{
	uint32_t other;

	if (is_local(context)) {
		check_own_network(filter);
		return;
	}
	filter_load_argument(filter, 0);
	other = filter_if(filter, AF_UNIX);
	check_unix_type(filter);
	filter_else(filter, other);
	filter_return(filter, DENY(EAFNOSUPPORT));
}

void seal_check_socketpair(struct filter *filter, const void *context)
{
	uint32_t other;

	filter_load_argument(filter, 0);
	other = filter_if(filter, AF_UNIX);
	if (is_local(context))
		filter_return(filter, ALLOW);
	else
		check_unix_type(filter);
	filter_else(filter, other);
	filter_return(filter, DENY(EAFNOSUPPORT));
}

static void check_send_flags(struct filter *filter, unsigned int argument)
{
	filter_load_argument(filter, argument);
	filter_return_if_any(filter, MSG_FASTOPEN, DENY(EACCES));
	filter_return(filter, ALLOW);
}

void seal_check_sendto(struct filter *filter, const void *context)
{
	check_send_flags(filter, 3);
}

void seal_check_sendmsg(struct filter *filter, const void *context)
{
	check_send_flags(filter, 2);
}

void seal_check_sendmmsg(struct filter *filter, const void *context)
{
	check_send_flags(filter, 3);
}

static const int socket_options[] = { SO_REUSEADDR,	 SO_KEEPALIVE,	      SO_OOBINLINE,
				      SO_LINGER,	 SO_RCVLOWAT,	      SO_RCVTIMEO,
				      SO_SNDTIMEO,	 SO_TIMESTAMP,	      SO_TIMESTAMPNS,
				      SO_TIMESTAMP_NEW_, SO_TIMESTAMPNS_NEW_, SO_RCVTIMEO_NEW_,
				      SO_SNDTIMEO_NEW_ };
static const int tcp_options[] = { TCP_NODELAY, TCP_CORK,     TCP_KEEPIDLE,	TCP_KEEPINTVL,
				   TCP_KEEPCNT, TCP_QUICKACK, TCP_USER_TIMEOUT, TCP_NOTSENT_LOWAT };
static const int ip_options[] = { IP_TOS };
static const int ipv6_options[] = { IPV6_TCLASS, IPV6_V6ONLY };

#define OPTIONS(level, list)                                                                       \
	{                                                                                          \
		level, list, sizeof(list) / sizeof((list)[0])                                      \
	}

static const struct {
	int level;
	const int *list;
	size_t count;
} harmless[] = {
	OPTIONS(SOL_SOCKET, socket_options),
	OPTIONS(IPPROTO_TCP, tcp_options),
	OPTIONS(IPPROTO_IP, ip_options),
	OPTIONS(IPPROTO_IPV6, ipv6_options),
};

void seal_check_setsockopt(struct filter *filter, const void *context)
{
	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
		uint32_t other;

		filter_load_argument(filter, 1);
		other = filter_if(filter, (uint32_t)harmless[i].level);
		filter_load_argument(filter, 2);
		for (size_t j = 0; j < harmless[i].count; j++)
			filter_return_if(filter, (uint32_t)harmless[i].list[j], ALLOW);
		if (harmless[i].level == SOL_SOCKET) {
			/* Buffers are the host's memory. Programs that insist go on. */
			filter_return_if(filter, SO_SNDBUF, PRETEND);
			filter_return_if(filter, SO_RCVBUF, PRETEND);
		}
		filter_return(filter, DENY(EPERM));
		filter_else(filter, other);
	}
	filter_return(filter, DENY(EPERM));
}

/* The options of one level that may not be read; of others nothing is said here. */
static void deny_reading(struct filter *filter, int level, const int *options, size_t count)
{
	uint32_t other;

	filter_load_argument(filter, 1);
	other = filter_if(filter, (uint32_t)level);
	filter_load_argument(filter, 2);
	for (size_t i = 0; i < count; i++)
		filter_return_if(filter, (uint32_t)options[i], DENY(EPERM));
	filter_else(filter, other);
}

/*
 * What tells of the host: its namespace, a process, and the interface by which the client came: an
 * accepted socket's multicast interface is that one (tcp_v6_syn_recv_sock() in
 * net/ipv6/tcp_ipv6.c).
 */
void seal_check_getsockopt(struct filter *filter, const void *context)
{
	static const int of_sockets[] = { SO_PEERPIDFD_, SO_BINDTODEVICE, SO_BINDTOIFINDEX_,
					  SO_NETNS_COOKIE_ };
	static const int of_ip[] = { IP_PKTOPTIONS, IP_MULTICAST_IF };
	static const int of_ipv6[] = { IPV6_2292PKTOPTIONS, IPV6_MULTICAST_IF };

	filter_load_argument(filter, 1);
	filter_return_if(filter, IPPROTO_SCTP, DENY(EPERM));
	deny_reading(filter, SOL_SOCKET, of_sockets, sizeof(of_sockets) / sizeof(of_sockets[0]));
	deny_reading(filter, IPPROTO_IP, of_ip, sizeof(of_ip) / sizeof(of_ip[0]));
	deny_reading(filter, IPPROTO_IPV6, of_ipv6, sizeof(of_ipv6) / sizeof(of_ipv6[0]));
	filter_return(filter, ALLOW);
}

/*
 * 0x89: sockets, interfaces, routes, ARP, bridges, VLANs (SIOCGIFVLAN loads a module for anybody),
 * and SIOCGSKNS, the way into the socket's namespace. Only the first seven are of the socket
 * itself: owner, process group, urgent mark, time stamps. 0x8b: wireless. linux/sockios.h
 */
void seal_check_ioctl(struct filter *filter, const void *context)
{
	static const uint32_t terminal[] = { TIOCSTI, TIOCLINUX, TIOCSETD, TIOCCONS };
	uint32_t other;

	filter_load_argument(filter, 1);
	for (size_t i = 0; i < sizeof(terminal) / sizeof(terminal[0]); i++)
		filter_return_if(filter, terminal[i], DENY(EPERM));
	filter_return_if(filter, 0x894b, ALLOW); /* SIOCOUTQNSD: bytes not yet sent */
	filter_mask(filter, 0xff00);
	filter_return_if(filter, 0x8b00, DENY(EPERM));
	other = filter_if(filter, 0x8900);
	filter_load_argument(filter, 1);
	filter_mask(filter, 0xff);
	for (uint32_t low = 1; low <= 7; low++)
		filter_return_if(filter, low, ALLOW);
	filter_return(filter, DENY(EPERM));
	filter_else(filter, other);
	filter_return(filter, ALLOW);
}

void seal_check_clone(struct filter *filter, const void *context)
{
#if defined(__s390__) || defined(__CRIS__)
	filter_load_argument(filter, 1);
#else
	filter_load_argument(filter, 0);
#endif
	filter_return_if_any(filter,
			     CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
				     CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP,
			     DENY(EPERM));
	filter_return(filter, ALLOW);
}

void seal_check_fcntl(struct filter *filter, const void *context)
{
	filter_load_argument(filter, 1);
	filter_return_if(filter, F_SETLEASE_, DENY(EINVAL));
	filter_return_if(filter, F_NOTIFY_, DENY(EINVAL));
	filter_return(filter, ALLOW);
}

void seal_check_personality(struct filter *filter, const void *context)
{
	filter_load_argument(filter, 0);
	filter_return_if(filter, 0, ALLOW);
	filter_return_if(filter, 0xffffffff, ALLOW);
	filter_return(filter, DENY(EPERM));
}

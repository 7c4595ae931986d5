/* SPDX-License-Identifier: ISC */
/*
 * Asks the kernel about TCP sockets by netlink. Runs in the loop; the descriptors are opened before
 * it locks itself down. What the kernel answers is checked for size like anything from outside.
 */
#include "net/inet_diag.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RECEIVE_BUFFER_BYTES (4 << 20) /* capped by net.core.rmem_max */
#define MESSAGE_BYTES 8192
#define STATE_ESTABLISHED 1 /* TCP_*: netinet/tcp.h, which does not go with linux/tcp.h */
#define STATE_TIME_WAIT 6
#define STATE_CLOSE_WAIT 8
#define STATE_LAST_ACK 9
#define STATE_CLOSING 11

int inet_diag_open(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG);

	return fd < 0 ? -errno : fd;
}

int inet_diag_open_destroyed(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK,
				       .nl_groups = 1 << (SKNLGRP_INET_TCP_DESTROY - 1) |
						    1 << (SKNLGRP_INET6_TCP_DESTROY - 1) };
	int fd = inet_diag_open(), bytes = RECEIVE_BUFFER_BYTES, error;

	if (fd < 0)
		return fd;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	error = -errno;
	close(fd);
	return error;
}

/* struct tcp_info has grown with the kernels: what is beyond the end is zero. */
static void take_info(const void *bytes, size_t size, struct inet_counts *counts)
{
	struct tcp_info info;
	uint64_t sent;

	memset(&info, 0, sizeof(info));
	memcpy(&info, bytes, size < sizeof(info) ? size : sizeof(info));
	/*
	 * Sent counts payload, acknowledged also our FIN: what is acknowledged beyond what was sent
	 * is that (tcp_snd_una_update(), net/ipv4/tcp_input.c).
	 */
	sent = info.tcpi_bytes_sent - info.tcpi_bytes_retrans;
	counts->fin_out = info.tcpi_bytes_acked > sent;
	counts->bytes_out = counts->fin_out ? sent : info.tcpi_bytes_acked;
	counts->bytes_in = info.tcpi_bytes_received;
	counts->rtt_us = info.tcpi_rtt;
	counts->retransmits = info.tcpi_total_retrans;
	counts->quiet_in_ms = info.tcpi_last_data_recv;
	counts->quiet_out_ms = info.tcpi_last_data_sent;
	counts->counted = true;
}

bool inet_diag_parse(const void *bytes, size_t size, struct inet_counts *counts)
{
	struct inet_diag_msg message;
	size_t at = sizeof(message);
	struct nlattr attribute;

	*counts = (struct inet_counts){ 0 };
	if (size < sizeof(message))
		return false;
	memcpy(&message, bytes, sizeof(message));
	counts->cookie = (uint64_t)message.id.idiag_cookie[1] << 32 | message.id.idiag_cookie[0];
	counts->state = message.idiag_state;
	counts->unread = message.idiag_rqueue;
	while (at + sizeof(attribute) <= size) {
		memcpy(&attribute, (const char *)bytes + at, sizeof(attribute));
		if (attribute.nla_len < sizeof(attribute) || attribute.nla_len > size - at)
			return false;
		if (attribute.nla_type == INET_DIAG_INFO)
			take_info((const char *)bytes + at + sizeof(attribute),
				  attribute.nla_len - sizeof(attribute), counts);
		at += NLA_ALIGN(attribute.nla_len);
	}
	switch (counts->state) {
	case STATE_CLOSE_WAIT:
	case STATE_LAST_ACK:
	case STATE_CLOSING:
		if (counts->bytes_in > 0)
			counts->bytes_in--;
		counts->fin_in = true;
		break;
	default:
		break;
	}
	return true;
}

struct request {
	struct nlmsghdr header;
	struct inet_diag_req_v2 body;
};

static bool set_ends(struct inet_diag_req_v2 *request, const struct peer *peer)
{
	const struct sockaddr_storage *near = &peer_near_end(peer)->storage;
	const struct sockaddr_storage *far = &peer_far_end(peer)->storage;
	const struct sockaddr_in *in[2] = { (const struct sockaddr_in *)near,
					    (const struct sockaddr_in *)far };
	const struct sockaddr_in6 *in6[2] = { (const struct sockaddr_in6 *)near,
					      (const struct sockaddr_in6 *)far };

	request->sdiag_family = (uint8_t)near->ss_family;
	if (request->sdiag_family == AF_INET) {
		memcpy(request->id.idiag_src, &in[0]->sin_addr, sizeof(in[0]->sin_addr));
		memcpy(request->id.idiag_dst, &in[1]->sin_addr, sizeof(in[1]->sin_addr));
		request->id.idiag_sport = in[0]->sin_port;
		request->id.idiag_dport = in[1]->sin_port;
	} else if (request->sdiag_family == AF_INET6) {
		memcpy(request->id.idiag_src, &in6[0]->sin6_addr, sizeof(in6[0]->sin6_addr));
		memcpy(request->id.idiag_dst, &in6[1]->sin6_addr, sizeof(in6[1]->sin6_addr));
		request->id.idiag_sport = in6[0]->sin6_port;
		request->id.idiag_dport = in6[1]->sin6_port;
		/* A link-local socket is bound to its interface. */
		request->id.idiag_if = in6[1]->sin6_scope_id;
	} else {
		return false;
	}
	request->id.idiag_cookie[0] = (uint32_t)peer->cookie;
	request->id.idiag_cookie[1] = (uint32_t)(peer->cookie >> 32);
	return peer->cookie != 0;
}

/* One netlink message into a buffer that is aligned for it. Its size, or -errno. */
static ssize_t receive(int fd, struct nlmsghdr *header, size_t room)
{
	ssize_t size;

	do {
		size = recv(fd, header, room, MSG_DONTWAIT | MSG_TRUNC);
	} while (size < 0 && errno == EINTR);
	if (size < 0)
		return -errno;
	if ((size_t)size > room || !NLMSG_OK(header, (size_t)size))
		return -EPROTO;
	return size;
}

int inet_diag_ask(int fd, const struct peer *peer, struct inet_counts *counts)
{
	struct request request = { .header = { .nlmsg_len = sizeof(request),
					       .nlmsg_type = SOCK_DIAG_BY_FAMILY,
					       .nlmsg_flags = NLM_F_REQUEST },
				   .body = { .sdiag_protocol = IPPROTO_TCP,
					     .idiag_ext = 1 << (INET_DIAG_INFO - 1),
					     .idiag_states = UINT32_MAX } };
	union {
		struct nlmsghdr header;
		char bytes[MESSAGE_BYTES];
	} answer;
	ssize_t size;
	int error;

	if (!set_ends(&request.body, peer))
		return -EINVAL;
	/* The kernel has answered when send(2) returns: netlink_rcv_skb() runs in it. */
	if (send(fd, &request, sizeof(request), MSG_DONTWAIT) != (ssize_t)sizeof(request))
		return -errno;
	size = receive(fd, &answer.header, sizeof(answer));
	if (size < 0)
		return (int)size;
	if (answer.header.nlmsg_type == NLMSG_ERROR) {
		error = ((struct nlmsgerr *)NLMSG_DATA(&answer.header))->error;
		return error == -ESTALE || error == 0 ? -ENOENT : error; /* another's cookie */
	}
	if (!inet_diag_parse(NLMSG_DATA(&answer.header), NLMSG_PAYLOAD(&answer.header, 0), counts))
		return -EPROTO;
	return counts->cookie == peer->cookie ? 0 : -ENOENT;
}

int inet_diag_hear(int fd, struct inet_counts *counts)
{
	union {
		struct nlmsghdr header;
		char bytes[MESSAGE_BYTES];
	} message;
	ssize_t size = receive(fd, &message.header, sizeof(message));

	if (size == -EAGAIN)
		return 0;
	if (size < 0)
		return (int)size;
	return inet_diag_parse(NLMSG_DATA(&message.header), NLMSG_PAYLOAD(&message.header, 0),
			       counts)
		       ? 1
		       : -EPROTO;
}

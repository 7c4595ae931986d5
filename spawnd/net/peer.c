/* SPDX-License-Identifier: ISC */
/*
 * What the kernel knows of an accepted socket's ends. Runs in the loop; never blocks, reads no byte
 * sent.
 */
#include "net/peer.h"

#include "base/fd.h"
#include "base/gate.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

void peer_read(struct peer *peer, int fd)
{
	socklen_t length = sizeof(peer->cookie);
	struct ucred credentials;

	if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &peer->cookie, &length) < 0)
		peer->cookie = 0;
	peer->local.length = sizeof(peer->local.storage);
	if (getsockname(fd, (struct sockaddr *)&peer->local.storage, &peer->local.length) < 0)
		memset(&peer->local, 0, sizeof(peer->local));
	peer->pid = peer->uid = peer->gid = 0;
	if (peer->local.storage.ss_family != AF_UNIX)
		return;
	length = sizeof(credentials);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0) {
		peer->pid = (uint32_t)credentials.pid;
		peer->uid = credentials.uid;
		peer->gid = credentials.gid;
	}
}

const struct address *peer_far_end(const struct peer *peer)
{
	return peer->via_local.length > 0 ? &peer->via : &peer->address;
}

const struct address *peer_near_end(const struct peer *peer)
{
	return peer->via_local.length > 0 ? &peer->via_local : &peer->local;
}

void peer_release(int *fd)
{
	struct linger linger = { 0, 0 };
	socklen_t size = sizeof(linger);

	if (*fd >= 0 && getsockopt(*fd, SOL_SOCKET, SO_LINGER, &linger, &size) == 0 &&
	    linger.l_onoff && linger.l_linger > 0) {
		linger.l_onoff = 0;
		setsockopt(*fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	}
	fd_close(fd);
}

void peer_dismiss(int fd)
{
	/* Bounded: a client that sends faster than this gets its RST. */
	for (int i = 0; i < 4; i++)
		if (gate_call(SYS_recvfrom, fd, 0, 1 << 20, MSG_TRUNC | MSG_DONTWAIT, 0, 0) <= 0)
			return;
}

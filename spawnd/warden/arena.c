/* SPDX-License-Identifier: ISC */
/*
 * The scratch network. Warden, start and run regime; nothing in it comes from or goes to the host.
 */
#include "warden/arena.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define STEP "selftest"
#define PORT 7
#define HANDSHAKE_MS 5000 /* it takes microseconds, if a processor is free */

void arena_init(struct arena *arena, const struct guard *guard)
{
	*arena = (struct arena){ .guard = guard, .network = -1, .home = -1, .listener = -1 };
}

void arena_close(struct arena *arena)
{
	fd_close(&arena->network);
	fd_close(&arena->home);
	fd_close(&arena->listener);
}

static int open_own_network(void)
{
	return open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
}

/* A warden that cannot come back would bind its next listener where nobody is. */
static void go_home(const struct arena *arena)
{
	if (setns(arena->home, CLONE_NEWNET) < 0)
		abort();
}

static int make_network(struct arena *arena, struct why *why)
{
	int error = 0;

	arena->home = open_own_network();
	if (arena->home < 0)
		return why_set(why, -errno, STEP, "open /proc/self/ns/net");
	if (unshare(CLONE_NEWNET) < 0)
		return why_set(why, -errno, STEP, "a scratch network");
	arena->network = open_own_network();
	if (arena->network < 0)
		error = why_set(why, -errno, STEP, "open /proc/self/ns/net");
	go_home(arena);
	return error;
}

/* In the scratch network. */
static int make_socket(struct arena *arena, const struct guard_leaf *leaf, struct why *why)
{
	int kind = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, fd;

	if (setns(arena->network, CLONE_NEWNET) < 0)
		return why_set(why, -errno, STEP, "enter the scratch network");
	fd = leaf ? guard_socket(leaf, AF_INET, kind, why) : socket(AF_INET, kind, 0);
	if (fd < 0 && !leaf)
		fd = why_set(why, -errno, STEP, "socket");
	go_home(arena);
	return fd;
}

static struct sockaddr_in own_address(void)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(PORT),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static int start_listening(int fd, struct why *why)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	struct sockaddr_in own = own_address();

	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return why_set(why, -errno, STEP, "SIOCSIFFLAGS lo up");
	if (bind(fd, (const struct sockaddr *)&own, sizeof(own)) < 0 || listen(fd, SOMAXCONN) < 0)
		return why_set(why, -errno, STEP, "listen in the scratch network");
	return 0;
}

static int make_listener(struct arena *arena, struct why *why)
{
	const struct guard *guard = arena->guard;
	struct guard_leaf leaf = { .group = -1 };
	int error;

	arena->guarded =
		guard->directory >= 0 && guard_make_leaf(guard, "selftest", &leaf, why) == 0;
	arena->listener = make_socket(arena, arena->guarded ? &leaf : NULL, why);
	if (arena->listener < 0 && arena->guarded) {
		arena->guarded = false;
		arena->listener = make_socket(arena, NULL, why);
	}
	error = arena->listener < 0 ? arena->listener : start_listening(arena->listener, why);
	if (error == 0 && arena->guarded)
		arena->guarded = guard_attach(guard, &leaf, PORT, why) == 0;
	guard_drop_leaf(guard, &leaf);
	return error;
}

int arena_connect(struct arena *arena, int pair[2], struct why *why)
{
	struct pollfd polled = { .events = POLLIN };
	struct sockaddr_in to = own_address();
	int error = 0;

	pair[0] = pair[1] = -1;
	if (arena->listener < 0) {
		error = make_network(arena, why);
		if (error == 0)
			error = make_listener(arena, why);
		if (error < 0)
			arena_close(arena);
	}
	if (error == 0 && (pair[1] = make_socket(arena, NULL, why)) < 0)
		error = pair[1];
	if (error < 0)
		return error;
	polled.fd = arena->listener;
	if (connect(pair[1], (const struct sockaddr *)&to, sizeof(to)) < 0 && errno != EINPROGRESS)
		error = why_set(why, -errno, STEP, "connect in the scratch network");
	else if (poll(&polled, 1, HANDSHAKE_MS) < 0 ||
		 (pair[0] = accept4(arena->listener, NULL, NULL, SOCK_CLOEXEC)) < 0)
		error = why_set(why, -errno, STEP, "accept in the scratch network");
	if (error < 0) {
		fd_close_all(pair, 2);
		/* The next one begins anew: it would accept what comes late. */
		arena_close(arena);
	}
	return error;
}

/* SPDX-License-Identifier: ISC */
/*
 * Readiness for supervisors. Warden only; never blocks, never fails: a supervisor that is gone is
 * not our fault.
 */
#include "process/notify.h"

#include "base/clock.h"
#include "base/fd.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(path);
	int fd;

	if ((path[0] != '/' && path[0] != '@') || length < 2 || length > sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, path, length);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address,
			       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) < 0)
		fd_close(&fd);
	return fd;
}

void notify_init(struct notify *notify, int descriptor)
{
	const char *path = getenv("NOTIFY_SOCKET");

	notify->socket = path ? connect_to(path) : -1;
	notify->descriptor = descriptor;
	unsetenv("NOTIFY_SOCKET");
}

static void say(const struct notify *notify, const char *text)
{
	if (notify->socket >= 0)
		send(notify->socket, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
}

void notify_ready(struct notify *notify)
{
	say(notify, "READY=1");
	if (notify->descriptor >= 0)
		fd_write_all(notify->descriptor, "\n", 1);
	fd_close(&notify->descriptor);
}

void notify_reloading(struct notify *notify)
{
	char text[64];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld",
		 (long long)(clock_now_ns() / CLOCK_MICROSECOND_NS));
	say(notify, text);
}

void notify_stopping(struct notify *notify)
{
	say(notify, "STOPPING=1");
}

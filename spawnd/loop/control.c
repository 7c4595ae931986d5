/* SPDX-License-Identifier: ISC */
/*
 * The control socket: its clients, their patience, their packets. Runs in the loop. A client gets
 * as much of its answer as it reads; one that says nothing, or stops reading, is dropped. What is
 * answered is the affair of answers.c. Descriptors that a client sends along are never received.
 */
#include "loop/control.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/text.h"
#include "loop/answers.h"
#include "loop/loop.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS_MAX 8
#define CLIENT_SECONDS 2.0 /* to ask, or to read a packet; a reload takes as long as it takes */
#define PACKETS_PER_TURN 4 /* a long list does not hold up the connections */

struct client {
	ev_io io; /* fd -1: a free place */
	ev_timer patience;
	struct control *control;
	int pid;
	bool asked;
	int64_t asked_ns; /* when it has asked for a reload */
	struct question question;
};

struct control {
	struct loop *loop;
	ev_io io;
	struct client clients[CLIENTS_MAX];
};

static bool waits_for_reload(const struct client *client)
{
	return client->asked && client->question.request.verb == CONTROL_RELOAD;
}

static void drop(struct client *client)
{
	int fd = client->io.fd;

	ev_io_stop(client->control->loop->ev, &client->io);
	ev_timer_stop(client->control->loop->ev, &client->patience);
	ev_io_set(&client->io, -1, EV_READ);
	client->asked = false;
	fd_close(&fd);
}

static void listen_for(struct client *client, int events)
{
	struct ev_loop *ev = client->control->loop->ev;

	ev_io_stop(ev, &client->io);
	ev_io_set(&client->io, client->io.fd, events);
	ev_io_start(ev, &client->io);
	ev_now_update(ev);
	ev_timer_stop(ev, &client->patience);
	ev_timer_set(&client->patience, CLIENT_SECONDS, 0.);
	ev_timer_start(ev, &client->patience);
}

/* passed: a descriptor that goes with it, or -1. 0 or -errno. */
static int send_packet(int fd, const char *packet, size_t size, int passed)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec part = { (void *)(uintptr_t)packet, size };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };

	if (passed >= 0) {
		header.msg_control = control.bytes;
		header.msg_controllen = sizeof(control.bytes);
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.align), &passed, sizeof(passed));
	}
	return sendmsg(fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Goes on with the answer, as far as the client reads. */
static void answer(struct client *client)
{
	static char packet[CONTROL_PACKET]; /* too many bytes for the stack of a small machine */

	for (int i = 0; i < PACKETS_PER_TURN; i++) {
		struct question before = client->question;
		size_t size = answer_fill(client->control->loop, &client->question, packet);
		int error = send_packet(client->io.fd, packet, size, -1);

		if (error == -EAGAIN) {
			client->question = before;
			break;
		}
		if (error < 0 || client->question.done) {
			drop(client);
			return;
		}
	}
	listen_for(client, EV_READ | EV_WRITE);
}

static void hear(struct client *client, const struct control_request *request)
{
	struct loop *loop = client->control->loop;
	struct wire_message message = { 0 };

	client->asked = true;
	client->question = (struct question){ .request = *request };
	if (waits_for_reload(client)) {
		ev_timer_stop(loop->ev, &client->patience);
		client->asked_ns = message.when_ns = clock_now_ns();
		loop_tell_warden(loop, WARDEN_RELOAD, &message);
		return;
	}
	answer_begin(loop, &client->question, client->pid);
	answer(client);
}

static void client_ready(struct ev_loop *ev, ev_io *io, int events)
{
	struct client *client = container_of(io, struct client, io);
	struct control_request request;
	ssize_t size;

	if (events & EV_READ) {
		size = recv(io->fd, &request, sizeof(request), MSG_DONTWAIT | MSG_TRUNC);
		if (size >= 0 || errno != EAGAIN) {
			if (!client->asked && size == (ssize_t)sizeof(request) &&
			    request.magic == CONTROL_MAGIC)
				hear(client, &request);
			else
				drop(client); /* nonsense, a second question, or it has gone */
			return;
		}
	}
	if ((events & EV_WRITE) && client->asked && !waits_for_reload(client))
		answer(client);
}

static void client_too_slow(struct ev_loop *ev, ev_timer *timer, int events)
{
	drop(container_of(timer, struct client, patience));
}

/* unix(7): who connected, as it was then. Root's process id, or -1: it is somebody else. */
static int root_pid(int fd)
{
	struct ucred credentials;
	socklen_t length = sizeof(credentials);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0 ||
	    credentials.uid != 0)
		return -1;
	return credentials.pid;
}

static struct client *free_place(struct control *control)
{
	for (int i = 0; i < CLIENTS_MAX; i++)
		if (control->clients[i].io.fd < 0)
			return &control->clients[i];
	return NULL;
}

static void control_readable(struct ev_loop *ev, ev_io *io, int events)
{
	struct control *control = container_of(io, struct control, io);
	int fd = accept4(io->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct client *client = free_place(control);

	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE)
			loop_shed_one(control->loop, io->fd);
		return;
	}
	if (!client || (client->pid = root_pid(fd)) < 0) {
		close(fd);
		return;
	}
	ev_io_set(&client->io, fd, EV_READ);
	listen_for(client, EV_READ);
}

void control_open(struct loop *loop, int fd)
{
	struct control *control = loop->control;

	if (!control) {
		control = calloc(1, sizeof(*control));
		if (!control) {
			fd_close(&fd);
			return;
		}
		control->loop = loop;
		loop->control = control;
		ev_io_init(&control->io, control_readable, -1, EV_READ);
		for (int i = 0; i < CLIENTS_MAX; i++) {
			control->clients[i].control = control;
			ev_io_init(&control->clients[i].io, client_ready, -1, EV_READ);
			ev_init(&control->clients[i].patience, client_too_slow);
		}
	}
	ev_io_stop(loop->ev, &control->io);
	if (control->io.fd >= 0)
		close(control->io.fd);
	ev_io_set(&control->io, fd, EV_READ);
	ev_io_start(loop->ev, &control->io);
}

void control_reloaded(struct loop *loop, int64_t asked_ns, const struct why *why, int errors)
{
	struct {
		struct control_head head;
		struct control_end end;
	} packet = { { CONTROL_MAGIC, CONTROL_END, sizeof(struct control_end) },
		     { .code = why->code } };

	if (why->code < 0)
		snprintf(packet.end.text, sizeof(packet.end.text), "%s: %s", why->step, why->text);
	for (int i = 0; loop->control && i < CLIENTS_MAX; i++) {
		struct client *client = &loop->control->clients[i];

		/* Who has asked since then waits for the next. */
		if (client->io.fd < 0 || !waits_for_reload(client) || client->asked_ns > asked_ns)
			continue;
		send_packet(client->io.fd, (const char *)&packet, sizeof(packet), errors);
		drop(client);
	}
	fd_close(&errors);
}

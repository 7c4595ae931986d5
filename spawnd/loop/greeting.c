/* SPDX-License-Identifier: ISC */
/*
 * Waits for PROXY headers. A table of its own, beside that of the connections: who is in it has no
 * place yet, and is nobody's connection.
 */
#include "loop/greeting.h"

#include "base/fd.h"
#include "base/slots.h"
#include "loop/acceptor.h"
#include "loop/connection.h"
#include "loop/loop.h"
#include "loop/overflow.h"
#include "net/proxy_header.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#define GREETING_SECONDS 5. /* a proxy sends it with its first segment */

struct greeting {
	ev_io io;
	ev_timer patience;
	struct acceptor *acceptor;
	uint32_t place;
	ssize_t seen; /* bytes that were there the last time */
	struct peer peer;
	int64_t accepted_ns;
};

struct greetings {
	struct slots slots;
	struct greeting *all;
};

int greeting_init(struct service *service)
{
	uint32_t places = service->spec->max_connections;
	struct greetings *greetings;

	if (service->spec->admission.proxy_protocol == PROXY_PROTOCOL_NO)
		return 0;
	greetings = calloc(1, sizeof(*greetings));
	service->greetings = greetings;
	if (!greetings || slots_init(&greetings->slots, places) < 0)
		return -ENOMEM;
	greetings->all = calloc(places, sizeof(*greetings->all));
	return greetings->all ? 0 : -ENOMEM;
}

/* Its place is free; the socket is the caller's. */
static int leave(struct greeting *greeting)
{
	struct service *service = greeting->acceptor->service;
	struct loop *loop = service->generation->loop;
	int fd = greeting->io.fd, one = 1;

	ev_io_stop(loop->ev, &greeting->io);
	ev_timer_stop(loop->ev, &greeting->patience);
	service->generation->live--;
	slots_give(&service->greetings->slots, greeting->place);
	setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &one, sizeof(one));
	return fd;
}

bool greeting_waits(const struct service *service)
{
	return service->greetings && service->greetings->slots.used > 0;
}

void greeting_free(struct service *service)
{
	struct greetings *greetings = service->greetings;

	for (uint32_t i = 0; greetings && greetings->all && i < greetings->slots.capacity; i++) {
		int fd = slots_in_use(&greetings->slots, i) ? leave(&greetings->all[i]) : -1;

		fd_close(&fd);
	}
	if (greetings) {
		slots_free(&greetings->slots);
		free(greetings->all);
	}
	free(greetings);
	service->greetings = NULL;
}

static void refuse(struct acceptor *acceptor, const struct peer *peer, int fd,
		   enum verdict_code code)
{
	struct service *service = acceptor->service;
	struct verdict verdict = { .code = code };

	ledger_refused(service->generation->loop, service, acceptor, peer, &verdict);
	overflow_dismiss(service, &fd, code);
}

static void give_up(struct greeting *greeting)
{
	refuse(greeting->acceptor, &greeting->peer, leave(greeting), VERDICT_PROXY_HEADER);
}

static void patience_over(struct ev_loop *ev, ev_timer *timer, int events)
{
	give_up(container_of(timer, struct greeting, patience));
}

/* The client is who the proxy says; the proxy is how it came. */
static void admit(struct greeting *greeting, const struct proxy_header *header)
{
	struct peer peer = greeting->peer;
	int fd = leave(greeting);

	if (header->known) {
		peer.via = peer.address;
		peer.via_local = peer.local;
		peer.address = header->client;
		peer.local = header->local;
	}
	acceptor_admit(greeting->acceptor, &peer, fd, greeting->accepted_ns);
}

/*
 * Or the socket would stay readable: tcp(7), socket(7). What is readable then without a new byte
 * is an end or an urgent byte in the middle of the header, or AF_UNIX, which has no low-water mark:
 * waiting for the rest would be spinning.
 */
static void await_more(struct greeting *greeting, ssize_t seen, int wanted)
{
	greeting->seen = seen;
	setsockopt(greeting->io.fd, SOL_SOCKET, SO_RCVLOWAT, &wanted, sizeof(wanted));
}

static void greeting_readable(struct ev_loop *ev, ev_io *io, int events)
{
	struct greeting *greeting = container_of(io, struct greeting, io);
	struct proxy_header header;
	char bytes[PROXY_HEADER_MAX];
	ssize_t size = recv(io->fd, bytes, sizeof(bytes), MSG_PEEK | MSG_DONTWAIT);
	int length, wanted;

	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	length = size > 0 ? proxy_header_parse(bytes, (size_t)size, &header) : -EPROTO;
	if (length > 0 && recv(io->fd, bytes, (size_t)length, MSG_DONTWAIT) != length)
		length = -EPROTO;
	wanted = length == 0 ? (int)header.wanted : 0;
	if (length > 0)
		admit(greeting, &header);
	else if (length < 0 || wanted <= (int)size || size == greeting->seen)
		give_up(greeting);
	else
		await_more(greeting, size, wanted);
}

void greeting_begin(struct acceptor *acceptor, const struct peer *peer, int fd, int64_t now_ns)
{
	struct service *service = acceptor->service;
	const struct admission_spec *spec = &service->spec->admission;
	struct ev_loop *ev = service->generation->loop->ev;
	struct greeting *greeting;
	uint32_t place;

	if (peer->local.storage.ss_family != AF_UNIX &&
	    network_set_match(&spec->proxy_from, &peer->address) < 0) {
		refuse(acceptor, peer, fd, VERDICT_PROXY_UNTRUSTED);
		return;
	}
	if (!slots_take(&service->greetings->slots, &place)) {
		refuse(acceptor, peer, fd, VERDICT_SERVICE_FULL);
		return;
	}
	greeting = &service->greetings->all[place];
	*greeting = (struct greeting){
		.acceptor = acceptor, .place = place, .peer = *peer, .accepted_ns = now_ns
	};
	service->generation->live++;
	ev_io_init(&greeting->io, greeting_readable, fd, EV_READ);
	ev_io_start(ev, &greeting->io);
	ev_timer_init(&greeting->patience, patience_over, GREETING_SECONDS, 0.);
	ev_now_update(ev);
	ev_timer_start(ev, &greeting->patience);
}

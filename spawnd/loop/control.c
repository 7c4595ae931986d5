/* SPDX-License-Identifier: ISC */
/*
 * Answers spawnctl. Runs in the loop. Requests are one small struct; answers are built in one
 * buffer, sent without waiting, and whoever does not read loses the rest. Descriptors that a client
 * sends along are never received.
 */
#include "loop/control.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/text.h"
#include "loop/connection.h"
#include "loop/loop.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS_MAX 8
#define CLIENT_SECONDS 2.0 /* to say what it wants; a reload takes as long as it takes */
#define SEND_BUFFER_BYTES (4 << 20)

struct client {
	ev_io io; /* fd -1: a free place */
	ev_timer patience;
	struct control *control;
	bool waits_for_reload;
};

struct control {
	struct loop *loop;
	ev_io io;
	struct client clients[CLIENTS_MAX];
};

/* An answer on its way: packets are sent as they fill. */
struct answer {
	int fd;
	bool json, failed;
	struct text text;
	char bytes[CONTROL_PACKET];
};

static void drop(struct client *client)
{
	int fd = client->io.fd;

	ev_io_stop(client->control->loop->ev, &client->io);
	ev_timer_stop(client->control->loop->ev, &client->patience);
	ev_io_set(&client->io, -1, EV_READ);
	client->waits_for_reload = false;
	fd_close(&fd);
}

static void send_packet(struct answer *answer, const void *bytes, size_t size)
{
	if (!answer->failed &&
	    send(answer->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)size)
		answer->failed = true;
}

static void flush(struct answer *answer)
{
	if (answer->text.length > 0)
		send_packet(answer, answer->bytes, answer->text.length);
	text_init(&answer->text, answer->bytes, sizeof(answer->bytes));
}

/* Called between records, each of which is far smaller than a packet. */
static void make_room(struct answer *answer)
{
	if (answer->text.length > sizeof(answer->bytes) - 2048)
		flush(answer);
}

static void begin(struct answer *answer, int fd, uint32_t flags, int32_t code)
{
	struct control_answer head = { CONTROL_MAGIC, code };

	answer->fd = fd;
	answer->json = flags & CONTROL_JSON;
	answer->failed = false;
	text_init(&answer->text, answer->bytes, sizeof(answer->bytes));
	send_packet(answer, &head, sizeof(head));
}

static void finish(struct answer *answer)
{
	struct control_answer tail = { CONTROL_MAGIC, 0 };

	flush(answer);
	send_packet(answer, &tail, sizeof(tail));
}

static void add_counters(struct answer *answer, const struct counters *counters, uint32_t live)
{
	text_addf(&answer->text,
		  "\"accepted\":%" PRIu64 ",\"served\":%" PRIu64 ",\"refused\":%" PRIu64
		  ",\"aborted\":%" PRIu64 ",\"live\":%u,\"bytes_in\":%" PRIu64
		  ",\"bytes_out\":%" PRIu64 ",\"deferred\":%" PRIu64,
		  counters->accepted, counters->served, counters_refused(counters),
		  counters->aborted, live, counters->bytes_in, counters->bytes_out,
		  counters->deferred);
}

static const struct service *serving_service(const struct loop *loop, const char *name)
{
	const struct generation *serving = loop->serving;

	for (size_t i = 0; serving && i < serving->config.service_count; i++)
		if (strcmp(serving->services[i].spec->name, name) == 0)
			return &serving->services[i];
	return NULL;
}

static void add_service(struct answer *answer, const struct loop *loop, const struct tally *tally,
			bool first)
{
	const struct service *service = serving_service(loop, tally->name);
	struct text *text = &answer->text;

	make_room(answer);
	if (answer->json) {
		text_add(text, first ? "" : ",");
		text_add_json(text, tally->name);
		text_add(text, ":{");
		add_counters(answer, &tally->counters, tally->live);
		text_addf(text, ",\"parked\":%u,\"waiting\":%u,\"configured\":%s",
			  service ? service->parked_count : 0, service ? service->waiting_count : 0,
			  service ? "true" : "false");
		text_addf(text, ",\"warmth\":\"%s\"",
			  warmth_name(service ? service->warmth : WARMTH_NONE));
		for (int code = 1; code < VERDICT_CODES; code++)
			text_addf(text, ",\"refused_%s\":%" PRIu64,
				  verdict_name((enum verdict_code)code),
				  tally->counters.refused[code]);
		text_add(text, "}");
		return;
	}
	text_addf(text, "%-20s %10" PRIu64 " %10" PRIu64 " %8" PRIu64 " %8" PRIu64 " %6u %6u %s\n",
		  tally->name, tally->counters.accepted, tally->counters.served,
		  counters_refused(&tally->counters), tally->counters.aborted, tally->live,
		  service ? service->parked_count : 0,
		  service ? warmth_name(service->warmth) : "-");
}

static void answer_status(struct answer *answer, const struct loop *loop)
{
	int64_t up_s = (clock_now_ns() - loop->started_ns) / CLOCK_SECOND_NS;

	if (answer->json) {
		text_addf(&answer->text,
			  "{\"version\":\"%s\",\"generation\":%u,\"uptime_s\":%" PRId64 ",",
			  SPAWND_VERSION, loop->serving ? loop->serving->number : 0, up_s);
		add_counters(answer, &loop->total, loop->live);
		text_addf(&answer->text, ",\"accounting_lost\":%" PRIu64 ",\"services\":{",
			  loop->accounting_lost);
	} else {
		text_addf(&answer->text,
			  "spawnd %s, up %" PRId64
			  " s, generation %u, %u of %u connections live\n\n"
			  "%-20s %10s %10s %8s %8s %6s %6s %s\n",
			  SPAWND_VERSION, up_s, loop->serving ? loop->serving->number : 0,
			  loop->live, loop->live_limit, "SERVICE", "ACCEPTED", "SERVED", "REFUSED",
			  "ABORTED", "LIVE", "PARKED", "WARMTH");
	}
	for (struct list *at = loop->tallies.next; at != &loop->tallies; at = at->next)
		add_service(answer, loop, container_of(at, struct tally, in_loop),
			    at == loop->tallies.next);
	if (answer->json)
		text_add(&answer->text, "}}\n");
}

static void add_connection(struct answer *answer, const struct connection *connection, bool first)
{
	const struct account *account = &connection->account;
	int64_t age_ms = (clock_now_ns() - account->accepted_ns) / CLOCK_MILLISECOND_NS;
	char address[ADDRESS_TEXT_SIZE];
	struct text *text = &answer->text;

	make_room(answer);
	address_text(&account->peer.address, address);
	if (answer->json) {
		text_addf(text, "%s{\"id\":%" PRIu64 ",\"service\":", first ? "" : ",",
			  account->id);
		text_add_json(text, connection->service->spec->name);
		text_addf(text,
			  ",\"state\":\"%s\",\"warmth\":\"%s\",\"pid\":%d,\"age_ms\":%" PRId64
			  ",\"peer\":",
			  connection_state_name(connection->state), warmth_name(account->warmth),
			  account->pid, age_ms);
		text_add_json(text, address);
		text_add(text, "}");
		return;
	}
	text_addf(text, "%10" PRIu64 " %-20s %-9s %-7s %8d %9" PRId64 ".%" PRId64 " %s\n",
		  account->id, connection->service->spec->name,
		  connection_state_name(connection->state), warmth_name(account->warmth),
		  account->pid, age_ms / 1000, age_ms % 1000 / 100, address);
}

static void answer_list(struct answer *answer, const struct loop *loop)
{
	bool first = true;

	if (answer->json)
		text_add(&answer->text, "[");
	else
		text_addf(&answer->text, "%10s %-20s %-9s %-7s %8s %11s %s\n", "ID", "SERVICE",
			  "STATE", "WARMTH", "PID", "AGE", "PEER");
	for (uint32_t i = 0; i < loop->slots.capacity; i++) {
		if (!slots_in_use(&loop->slots, i))
			continue;
		add_connection(answer, loop->connections[i], first);
		first = false;
	}
	if (answer->json)
		text_add(&answer->text, "]\n");
}

static void serve(struct client *client, const struct control_request *request)
{
	static struct answer answer; /* 16 KiB are too many for the stack of a small machine */
	struct loop *loop = client->control->loop;
	struct wire_message message = { 0 };

	switch ((enum control_verb)request->verb) {
	case CONTROL_STATUS:
		begin(&answer, client->io.fd, request->flags, 0);
		answer_status(&answer, loop);
		break;
	case CONTROL_LIST:
		begin(&answer, client->io.fd, request->flags, 0);
		answer_list(&answer, loop);
		break;
	case CONTROL_RELOAD:
		client->waits_for_reload = true;
		ev_timer_stop(loop->ev, &client->patience);
		loop_tell_warden(loop, WARDEN_RELOAD, &message);
		return;
	default:
		begin(&answer, client->io.fd, 0, -EINVAL);
		text_add(&answer.text, "spawnd does not know this request: is spawnctl newer?\n");
		break;
	}
	finish(&answer);
	drop(client);
}

static void client_readable(struct ev_loop *ev, ev_io *io, int events)
{
	struct client *client = container_of(io, struct client, io);
	struct control_request request;
	ssize_t size = recv(io->fd, &request, sizeof(request), MSG_DONTWAIT | MSG_TRUNC);

	if (size < 0 && errno == EAGAIN)
		return;
	if (size == (ssize_t)sizeof(request) && request.magic == CONTROL_MAGIC &&
	    !client->waits_for_reload)
		serve(client, &request);
	else
		drop(client);
}

static void client_too_slow(struct ev_loop *ev, ev_timer *timer, int events)
{
	drop(container_of(timer, struct client, patience));
}

static bool is_root(int fd)
{
	struct ucred credentials;
	socklen_t length = sizeof(credentials);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 &&
	       credentials.uid == 0;
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
	int bytes = SEND_BUFFER_BYTES;
	struct client *client = free_place(control);

	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE)
			loop_shed_one(control->loop, io->fd);
		return;
	}
	if (!client || !is_root(fd)) {
		close(fd);
		return;
	}
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	ev_io_set(&client->io, fd, EV_READ);
	ev_io_start(ev, &client->io);
	ev_timer_set(&client->patience, CLIENT_SECONDS, 0.);
	ev_timer_start(ev, &client->patience);
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
			ev_io_init(&control->clients[i].io, client_readable, -1, EV_READ);
			ev_init(&control->clients[i].patience, client_too_slow);
		}
	}
	ev_io_stop(loop->ev, &control->io);
	if (control->io.fd >= 0)
		close(control->io.fd);
	ev_io_set(&control->io, fd, EV_READ);
	ev_io_start(loop->ev, &control->io);
}

void control_reloaded(struct loop *loop, const struct why *why)
{
	static struct answer answer;

	for (int i = 0; loop->control && i < CLIENTS_MAX; i++) {
		struct client *client = &loop->control->clients[i];

		if (client->io.fd < 0 || !client->waits_for_reload)
			continue;
		begin(&answer, client->io.fd, 0, why->code);
		if (why->code == 0)
			text_add(&answer.text, "reloaded\n");
		else
			text_addf(&answer.text, "%s: %s\n", why->step, why->text);
		finish(&answer);
		drop(client);
	}
}

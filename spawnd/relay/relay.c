/* SPDX-License-Identifier: ISC */
/*
 * The relay process: started as host root, it learns from the warden for how many connections it
 * is, allocates all it will ever need, gives everything up (start regime), and then turns an
 * epoll(7) loop of its own over connections that the loop sends (run regime). It reads no byte of
 * theirs.
 */
#include "relay/relay.h"

#include "base/fd.h"
#include "base/list.h"
#include "base/slots.h"
#include "base/title.h"
#include "process/inherited.h"
#include "process/role.h"
#include "process/trim.h"
#include "relay/confine.h"
#include "relay/stream.h"
#include "wire/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EXIT_SYSTEM 111
#define EVENTS_PER_TURN 64

_Static_assert((int)RELAY_CHANNEL_FD == ROLE_CHANNEL_FD, "the filter knows it by its number");

struct place {
	struct stream stream;
	struct list busy;      /* in relay->busy: its last turn was not the end of it */
	uint64_t id;	       /* of the connection */
	struct wire_slot name; /* what the loop calls it */
	int middles[2][2];     /* of a pair */
};

struct relay {
	struct slots slots;
	struct place *places;
	struct list busy;
	struct stream_waste waste;
	int epoll;
	bool pairs; /* the programs have socket pairs, not pipes */
	bool drain; /* no more will come */
};

/* What epoll(7) hands back: generation of a place, its index, which of its ends. */
#define KEY_ENDS 4u
#define KEY_CHANNEL UINT64_MAX
#define KEY_LINK (UINT64_MAX - 1)
#define PLACES_MAX (UINT32_MAX / KEY_ENDS)

static uint64_t key_of(const struct relay *relay, uint32_t index, enum stream_end end)
{
	return (uint64_t)relay->slots.slot[index].generation << 32 |
	       (index * KEY_ENDS + (unsigned int)end);
}

static int watch(const struct relay *relay, int fd, uint32_t events, uint64_t key)
{
	struct epoll_event event = { .events = events, .data.u64 = key };

	return epoll_ctl(relay->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

/* Nobody to tell: the next loop asks. */
static void lose_link(struct relay *relay)
{
	/* Its number stays taken, or a connection would get it. Closed, it leaves the epoll set. */
	dup3(relay->waste.null, RELAY_LINK_FD, O_CLOEXEC);
}

/* stream NULL: it is not here, and nothing is known of it. */
static void tell_over(struct relay *relay, uint64_t id, struct wire_slot name,
		      const struct stream *stream)
{
	struct wire_message message = { .id = id, .slot = name, .number = stream ? 1 : 0 };

	if (stream)
		message.moved =
			(struct wire_moved){ stream->to_program.bytes, stream->to_client.bytes };
	/* There is room for one of each connection: a loop that does not take it is none. */
	if (wire_send(RELAY_LINK_FD, RELAY_OVER, &message, NULL, 0, false) < 0)
		lose_link(relay);
}

static void end(struct relay *relay, struct place *place)
{
	stream_close(&place->stream, &relay->waste);
	list_remove(&place->busy);
	tell_over(relay, place->id, place->name, &place->stream);
	slots_give(&relay->slots, (uint32_t)(place - relay->places));
}

static void turn_place(struct relay *relay, struct place *place)
{
	list_remove(&place->busy);
	if (stream_turn(&place->stream, &relay->waste))
		list_append(&relay->busy, &place->busy);
	else if (stream_over(&place->stream))
		end(relay, place);
}

static int watch_ends(const struct relay *relay, uint32_t index)
{
	const struct stream *stream = &relay->places[index].stream;
	uint32_t both = EPOLLIN | EPOLLOUT | EPOLLET;
	int error =
		watch(relay, stream->socket, both | EPOLLPRI, key_of(relay, index, STREAM_SOCKET));

	if (error == 0)
		error = watch(relay, stream->in, stream->pair ? both : EPOLLOUT | EPOLLET,
			      key_of(relay, index, STREAM_IN));
	if (error == 0 && !stream->pair)
		error = watch(relay, stream->out, EPOLLIN | EPOLLET,
			      key_of(relay, index, STREAM_OUT));
	return error;
}

static void take(struct relay *relay, struct wire_message *message)
{
	struct place *place;
	uint32_t index;

	if ((message->fds[2] < 0) != relay->pairs || !slots_take(&relay->slots, &index)) {
		fd_close_all(message->fds, WIRE_FDS_MAX);
		tell_over(relay, message->id, message->slot, NULL);
		return;
	}
	place = &relay->places[index];
	place->id = message->id;
	place->name = message->slot;
	list_init(&place->busy);
	stream_open(&place->stream, message->fds[0], message->fds[1],
		    relay->pairs ? message->fds[1] : message->fds[2], place->middles);
	if (watch_ends(relay, index) < 0)
		end(relay, place);
	else
		turn_place(relay, place); /* what has come meanwhile is there already */
}

static struct place *find(struct relay *relay, uint64_t id)
{
	for (uint32_t i = 0; i < relay->slots.capacity; i++)
		if (slots_in_use(&relay->slots, i) && relay->places[i].id == id)
			return &relay->places[i];
	return NULL;
}

/* Rare: a stop, a limit of time, a loop that follows a dead one. */
static void hear_of(struct relay *relay, const struct wire_message *message)
{
	struct place *place = find(relay, message->id);

	if (!place) {
		tell_over(relay, message->id, message->slot, NULL);
		return;
	}
	place->name = message->slot;
	if (message->type == RELAY_CUT) {
		stream_turn(&place->stream, &relay->waste); /* what can still go, goes */
		end(relay, place);
	}
}

static void hear_loop(struct relay *relay)
{
	struct wire_message message;
	int got;

	while ((got = wire_receive(RELAY_LINK_FD, WIRE_RELAY_DOWN, &message, false)) == 1) {
		if (message.type == RELAY_TAKE)
			take(relay, &message);
		else if (message.type == RELAY_DRAIN)
			relay->drain = true;
		else
			hear_of(relay, &message);
	}
	/* A loop that is gone leaves the connections alone; the warden sends another. */
	if (got != -EAGAIN)
		lose_link(relay);
}

static int use_link(struct relay *relay, int fd)
{
	struct wire_message ready = { 0 };
	int error = dup3(fd, RELAY_LINK_FD, O_CLOEXEC) < 0 ? -errno : 0;

	close(fd);
	if (error == 0)
		error = watch(relay, RELAY_LINK_FD, EPOLLIN, KEY_LINK);
	if (error == 0 && wire_send(RELAY_LINK_FD, RELAY_READY, &ready, NULL, 0, false) < 0)
		lose_link(relay);
	return error;
}

/* A new link, or the end. False: the warden has gone. */
static bool hear_warden(struct relay *relay)
{
	struct wire_message message;
	int got = wire_receive(RELAY_CHANNEL_FD, WIRE_TO_RELAY, &message, false);

	if (got == 1 && message.type == RELAY_LINK)
		return use_link(relay, message.fds[0]) == 0;
	return got == -EAGAIN;
}

static void hear_place(struct relay *relay, const struct epoll_event *event)
{
	uint32_t low = (uint32_t)event->data.u64, index = low / KEY_ENDS;
	struct place *place = &relay->places[index];

	/* It may have ended since: by an event before this one. */
	if (!slots_is(&relay->slots, index, (uint32_t)(event->data.u64 >> 32)))
		return;
	stream_hear(&place->stream, (enum stream_end)(low % KEY_ENDS), event->events);
	turn_place(relay, place);
}

/* One more turn for each that is busy now; those that stay so are in the list again. */
static void turn_busy(struct relay *relay)
{
	struct list now = relay->busy;

	if (list_empty(&relay->busy))
		return;
	now.next->previous = now.previous->next = &now;
	list_init(&relay->busy);
	while (!list_empty(&now))
		turn_place(relay, container_of(now.next, struct place, busy));
}

static bool turn(struct relay *relay)
{
	struct epoll_event events[EVENTS_PER_TURN];
	int count = epoll_wait(relay->epoll, events, EVENTS_PER_TURN,
			       list_empty(&relay->busy) ? -1 : 0);

	if (count < 0 && errno != EINTR)
		return false;
	for (int i = 0; i < count; i++) {
		if (events[i].data.u64 == KEY_LINK)
			hear_loop(relay);
		else if (events[i].data.u64 != KEY_CHANNEL)
			hear_place(relay, &events[i]);
		else if (!hear_warden(relay))
			return false;
	}
	turn_busy(relay);
	return !(relay->drain && relay->slots.used == 0);
}

static int open_pipe(int pair[2], struct why *why)
{
	return pipe2(pair, O_CLOEXEC | O_NONBLOCK) < 0
		       ? why_set(why, -errno, "relay-tables", "pipe2")
		       : 0;
}

/*
 * All that is ever needed, as host root: the pipes of another user would shrink to two pages each
 * when it has many (pipe(7), pipe-user-pages-soft).
 */
static int prepare(struct relay *relay, const struct wire_message *assign, struct why *why)
{
	uint32_t count = (uint32_t)assign->number;
	int error = 0;

	relay->pairs = assign->service > 0;
	list_init(&relay->busy);
	if (assign->number > PLACES_MAX)
		return why_set(why, -EINVAL, "relay-tables", "too many");
	relay->places = calloc(count, sizeof(*relay->places));
	if (!relay->places || slots_init(&relay->slots, count) < 0)
		return why_set(why, -ENOMEM, "relay-tables", "memory");
	relay->epoll = epoll_create1(EPOLL_CLOEXEC);
	relay->waste.null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (relay->epoll < 0 || relay->waste.null < 0)
		return why_set(why, -errno, "relay-tables", "epoll, /dev/null");
	/* The daemon's standard error is not for a process that handles strangers' bytes. */
	for (int fd = 0; fd <= STDERR_FILENO && error == 0; fd++)
		error = fd_place(relay->waste.null, fd, false);
	if (error < 0)
		return why_set(why, error, "relay-tables", "/dev/null");
	error = open_pipe(relay->waste.drain, why);
	for (uint32_t i = 0; i < count && relay->pairs && error == 0; i++) {
		error = open_pipe(relay->places[i].middles[0], why);
		if (error == 0)
			error = open_pipe(relay->places[i].middles[1], why);
	}
	if (error == 0 && (error = watch(relay, RELAY_CHANNEL_FD, EPOLLIN, KEY_CHANNEL)) < 0)
		why_set(why, error, "relay-tables", "epoll_ctl");
	return error;
}

/* The warden's first two words. The link keeps its own number from the first. */
static int hear_start(struct wire_message *assign, int *link)
{
	struct wire_message message;

	if (wire_receive(RELAY_CHANNEL_FD, WIRE_TO_RELAY, assign, true) != 1 ||
	    assign->type != RELAY_ASSIGN)
		return -EPROTO;
	assign->name[sizeof(assign->name) - 1] = '\0';
	if (wire_receive(RELAY_CHANNEL_FD, WIRE_TO_RELAY, &message, true) != 1 ||
	    message.type != RELAY_LINK)
		return -EPROTO;
	*link = fd_lift(message.fds[0], RELAY_LINK_FD + 1);
	close(message.fds[0]);
	return *link < 0 || fd_place(*link, RELAY_LINK_FD, false) < 0 ? -EBADF : 0;
}

int relay_run(void)
{
	static struct relay relay;
	struct wire_message assign, failure = { 0 };
	int link, error;

	inherited_ignore_write_signals();
	if (hear_start(&assign, &link) < 0)
		return EXIT_SYSTEM;
	title_set("spawnd-relay", "spawnd: relay %s", assign.name);
	error = prepare(&relay, &assign, &failure.why);
	if (error == 0) {
		trim_startup_pages();
		error = confine_for_good((uid_t)assign.id, &failure.why);
	}
	if (error < 0) {
		wire_send(RELAY_LINK_FD, RELAY_FAILED, &failure, NULL, 0, true);
		return EXIT_SYSTEM;
	}
	if (use_link(&relay, link) == 0)
		while (turn(&relay))
			;
	/* No exit(3): its work is not in the filter. */
	_exit(relay.drain ? EXIT_SUCCESS : EXIT_SYSTEM);
}

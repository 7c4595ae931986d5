/* SPDX-License-Identifier: ISC */
/*
 * Compares what a program says when it has been started ahead with what it says otherwise. Zygote,
 * start regime: it plays loop and client at once. Of the answers nothing is understood.
 */
#include "zygote/trial.h"

#include "base/clock.h"
#include "base/fd.h"
#include "container/enter.h"
#include "container/namespaces.h"
#include "container/park.h"
#include "wire/wire.h"
#include "zygote/rehearsal.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define STEP "warm-check"
#define ANSWER_NS (10 * CLOCK_SECOND_NS)
/* So that a program that remembers when it was started says another second. */
#define APART_MS 1100
#define READS_PER_TURN 64
#define KEPT_BYTES (1 << 20) /* of an answer; of more the number of bytes is compared */

enum { COLD, AHEAD, ACTORS };

void trial_init(struct trial *trial)
{
	for (int i = 0; i < TRIAL_TURNS * ACTORS; i++)
		trial->pairs[i / ACTORS][i % ACTORS] =
			(struct trial_pair){ .connection = -1, .client = -1 };
	trial->port = 0;
}

void trial_close(struct trial *trial)
{
	for (int i = 0; i < TRIAL_TURNS * ACTORS; i++) {
		fd_close(&trial->pairs[i / ACTORS][i % ACTORS].connection);
		fd_close(&trial->pairs[i / ACTORS][i % ACTORS].client);
	}
}

static int bind_local(int fd, uint16_t port)
{
	struct sockaddr_in own = { .sin_family = AF_INET,
				   .sin_port = htons(port),
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int yes = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	return bind(fd, (struct sockaddr *)&own, sizeof(own));
}

/* All clients have one address and port, which a program may well say; only the servers' differ. */
static int make_pair(struct trial *trial, struct trial_pair *pair, int listener)
{
	struct address to = { .length = sizeof(to.storage) };
	struct address *from = &pair->peer.address;
	struct sockaddr *name = (struct sockaddr *)&to.storage;

	pair->client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (pair->client < 0 || bind_local(listener, 0) < 0 || listen(listener, 1) < 0 ||
	    getsockname(listener, name, &to.length) < 0 ||
	    bind_local(pair->client, trial->port) < 0 || connect(pair->client, name, to.length) < 0)
		return -errno;
	from->length = sizeof(from->storage);
	pair->connection =
		accept4(listener, (struct sockaddr *)&from->storage, &from->length, SOCK_CLOEXEC);
	if (pair->connection < 0)
		return -errno;
	peer_read(&pair->peer, pair->connection);
	trial->port = (uint16_t)address_port(from);
	return 0;
}

static int make_pairs(void *context)
{
	struct trial *trial = context;
	int error = 0;

	for (int i = 0; i < TRIAL_TURNS * ACTORS && error == 0; i++) {
		int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		error = listener < 0
				? -errno
				: make_pair(trial, &trial->pairs[i / ACTORS][i % ACTORS], listener);
		fd_close(&listener);
	}
	return error;
}

int trial_prepare(struct trial *trial, int connection, struct why *why)
{
	int error = rehearsal_in_network(connection, make_pairs, trial);

	return error < 0 ? why_set(why, error, STEP, "connections in the scratch network") : 0;
}

/* A scratch container and what its program has said. */
struct actor {
	pid_t pid; /* 0: reaped */
	int channel;
	struct leaf leaf;
	struct park park;
	bool parked;
	struct trial_pair *pair;
	bool silent; /* it has said all */
	char *answer;
	size_t size;
	int status;
};

static int start(struct actor *actor, const struct troupe *troupe, enum warmth level,
		 struct why *why)
{
	const struct plan *plan = troupe->plan;
	bool ahead = warmth_is_ahead(level);
	int pair[2], group;

	if (leaf_begin(troupe->leaf_plan, &actor->leaf, why) < 0)
		return why->code;
	group = actor->leaf.dir;
	if (wire_pair(pair) < 0)
		return why_set(why, -errno, STEP, "socketpair");
	actor->channel = pair[0];
	actor->pid = namespaces_clone_into(CLONE_NEWPID, &group);
	if (actor->pid == 0) {
		/* What it says to the log is nobody's here. */
		bool logs = plan->spec->standard_error == STANDARD_ERROR_LOG;
		struct enter enter = { .environment = plan->environment,
				       .channel = pair[1],
				       .log = logs ? STDERR_FILENO : -1,
				       .group = group,
				       .ahead = ahead };

		enter_container(plan, &enter);
	}
	fd_close(&pair[1]);
	if (actor->pid < 0)
		return why_set(why, actor->pid, STEP, "clone");
	if (ahead)
		park_begin(&actor->park, plan->spec, actor->pid, level, -1);
	return 0;
}

static void end(struct actor *actor, const struct troupe *troupe)
{
	if (actor->pid > 0 && kill(actor->pid, SIGKILL) == 0)
		waitpid(actor->pid, NULL, __WALL);
	leaf_drop(troupe->leaf_plan, &actor->leaf);
	fd_close(&actor->channel);
	free(actor->answer);
}

/* Hears its signals. -errno: it cannot be parked. */
static int reap(struct actor *actor, struct why *why)
{
	int status, result = 0;

	while (actor->pid > 0 && result >= 0 &&
	       waitpid(actor->pid, &status, WNOHANG | __WALL) == actor->pid) {
		if (!WIFSTOPPED(status)) {
			actor->status = status;
			actor->pid = 0;
			return 0;
		}
		result = park_step(&actor->park, status, why);
		actor->parked |= result == 1;
	}
	return result;
}

static void read_answer(struct actor *actor)
{
	char rest[4096] = "";
	ssize_t got = 1;

	/* One that writes without end is heard again: the deadline is looked at between. */
	for (int i = 0; i < READS_PER_TURN && got > 0; i++) {
		bool kept = actor->size < KEPT_BYTES;
		char *to = kept ? actor->answer + actor->size : rest;

		got = recv(actor->pair->client, to, kept ? KEPT_BYTES - actor->size : sizeof(rest),
			   MSG_DONTWAIT);
		actor->size += got > 0 ? (size_t)got : 0;
	}
	/* A reset, too, is an end. */
	actor->silent = got == 0 || (got < 0 && errno != EAGAIN);
}

/* What happens next, of up to two actors. 0, or -ETIMEDOUT after the deadline. */
static int wait_for_them(struct actor *actors, int signals, int channel, int64_t deadline_ns)
{
	int64_t left_ns = deadline_ns - clock_now_ns();
	struct signalfd_siginfo info;
	struct pollfd polled[ACTORS + 2];

	for (int i = 0; i < ACTORS; i++)
		polled[i] = (struct pollfd){ .fd = actors[i].silent || !actors[i].pair
							   ? -1
							   : actors[i].pair->client,
					     .events = POLLIN };
	polled[ACTORS] = (struct pollfd){ .fd = signals, .events = POLLIN };
	polled[ACTORS + 1] = (struct pollfd){ .fd = channel, .events = POLLIN };
	if (left_ns <= 0)
		return -ETIMEDOUT;
	poll(polled, ACTORS + 2, (int)(left_ns / CLOCK_MILLISECOND_NS) + 1);
	while (read(signals, &info, sizeof(info)) > 0)
		;
	for (int i = 0; i < ACTORS; i++)
		if (polled[i].revents && actors[i].pair)
			read_answer(&actors[i]);
	return 0;
}

/* The one that starts ahead waits, or *cannot: it will be tried in earnest, and then be told. */
static int await_parked(struct actor *actors, const struct troupe *troupe, enum warmth level,
			int signals, bool *cannot, struct why *why)
{
	int64_t deadline_ns = clock_now_ns() + ANSWER_NS;
	struct actor *actor = &actors[AHEAD];
	int error = start(actor, troupe, level, why);

	while (error == 0 && !actor->parked && !*cannot) {
		*cannot = wait_for_them(actors, signals, -1, deadline_ns) < 0 ||
			  reap(actor, why) < 0 || actor->pid == 0;
	}
	return error;
}

static int await_ready(struct actor *actors, const struct troupe *troupe, int signals,
		       struct why *why)
{
	int64_t deadline_ns = clock_now_ns() + ANSWER_NS;
	struct actor *actor = &actors[COLD];
	struct wire_message message;
	int error = start(actor, troupe, WARMTH_READY, why), got = -EAGAIN;

	if (error < 0)
		return error;
	while (got == -EAGAIN) {
		if (wait_for_them(actors, signals, actor->channel, deadline_ns) < 0)
			return why_set(why, -ETIMEDOUT, STEP, "the container did not come up");
		got = wire_receive(actor->channel, WIRE_PARKED, &message, false);
	}
	if (got == 1 && message.type == PARKED_READY)
		return 0;
	if (got != 1)
		return why_set(why, got < 0 ? got : -ECHILD, STEP, "the container did not come up");
	why_sanitise(&message.why);
	*why = message.why;
	return why->code < 0 ? why->code : -EPROTO;
}

/* As a client, and then as the loop does. */
static int speak(struct actor *actor, struct trial_pair *pair, const struct request_spec *request,
		 struct why *why)
{
	const struct peer *peer = &pair->peer;
	struct wire_message message = { 0 };

	message.handover = (struct wire_handover){ .cookie = peer->cookie,
						   .peer = peer->address,
						   .local = peer->local };
	actor->pair = pair;
	actor->answer = malloc(KEPT_BYTES);
	if (!actor->answer)
		return why_set(why, -ENOMEM, STEP, "memory");
	/* Before there is anybody who might close it. */
	if (send(pair->client, request->bytes, request->size, MSG_DONTWAIT | MSG_NOSIGNAL) !=
	    (ssize_t)request->size)
		return why_set(why, -ENOBUFS, STEP, "the request does not fit into a socket");
	if (shutdown(pair->client, SHUT_WR) < 0)
		return why_set(why, -errno, STEP, "shutdown");
	if (wire_send(actor->channel, HANDOVER, &message, &pair->connection, 1, true) < 0)
		return why_set(why, -ECHILD, STEP, "it has not waited");
	fd_close(&pair->connection);
	return 0;
}

static int await_end(struct actor *actors, int signals, struct why *why)
{
	int64_t deadline_ns = clock_now_ns() + ANSWER_NS;

	for (;;) {
		bool over = true;

		for (int i = 0; i < ACTORS; i++) {
			reap(&actors[i], why);
			over = over && actors[i].pid == 0 && actors[i].silent;
		}
		if (over)
			return 0;
		if (wait_for_them(actors, signals, -1, deadline_ns) < 0)
			return why_set(why, -ETIMEDOUT, STEP,
				       "it has not ended within 10 seconds of the request");
	}
}

static int compare(const struct actor *cold, const struct actor *ahead, struct why *why)
{
	size_t shorter = cold->size < ahead->size ? cold->size : ahead->size, at = 0;
	size_t kept = shorter < KEPT_BYTES ? shorter : KEPT_BYTES;

	while (at < kept && cold->answer[at] == ahead->answer[at])
		at++;
	if (at < kept || cold->size != ahead->size)
		return why_set(why, -EBADMSG, STEP,
			       "its answer is another when it is started ahead: from byte %zu on",
			       at < kept ? at : shorter);
	if (cold->status != ahead->status)
		return why_set(why, -EBADMSG, STEP,
			       "it ends with wait status 0x%x when it is started ahead, not 0x%x",
			       (unsigned int)ahead->status, (unsigned int)cold->status);
	return 0;
}

/* Both get their connections at one moment: what they say of the time then is the same. */
static int run_round(struct trial_pair pairs[ACTORS], const struct troupe *troupe,
		     enum warmth level, const struct request_spec *request, int signals,
		     struct why *why)
{
	const struct actor none = { .channel = -1, .leaf = { .dir = -1, .peak = -1 } };
	struct actor actors[ACTORS] = { none, none };
	bool cannot = false;
	int error = await_parked(actors, troupe, level, signals, &cannot, why);

	if (error == 0 && !cannot) {
		poll(NULL, 0, APART_MS);
		error = await_ready(actors, troupe, signals, why);
		for (int i = 0; i < ACTORS && error == 0; i++)
			error = speak(&actors[i], &pairs[i], request, why);
		if (error == 0)
			error = await_end(actors, signals, why);
		if (error == 0)
			error = compare(&actors[COLD], &actors[AHEAD], why);
	}
	for (int i = 0; i < ACTORS; i++)
		end(&actors[i], troupe);
	return error;
}

int trial_run(struct trial *trial, const struct troupe *troupe, enum warmth level,
	      const struct request_spec *request, int signals, struct why *why)
{
	struct trial_pair(*pairs)[ACTORS] =
		trial->pairs + TRIAL_ROUNDS * (level - WARMTH_BEFORE_MAIN);
	int error = -EBADMSG;

	for (int i = 0; i < TRIAL_ROUNDS && error == -EBADMSG; i++)
		error = run_round(pairs[i], troupe, level, request, signals, why);
	return error;
}

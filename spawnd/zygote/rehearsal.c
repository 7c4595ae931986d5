/* SPDX-License-Identifier: ISC */
/*
 * Runs the self-test of a service. Zygote, start regime. It stands under the seal itself by then:
 * it can accept no connection and, in most services, make none, so it looks at the victims' queues.
 */
#include "zygote/rehearsal.h"

#include "base/fd.h"
#include "container/enter.h"
#include "container/namespaces.h"
#include "wire/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define STEP "selftest"
#define ANSWER_MS 30000 /* some calls make the kernel look for a module */
#define SETTLE_MS 5000	/* what was sent off arrives in it, however busy the machine */
#define KNOCK_MS 20	/* a handshake on lo takes microseconds, once a processor has time for it */
#define ARRIVAL_MS 10	/* between two looks at the victims' queues */
#define QUEUE 64	/* more than there are ways */

static struct sockaddr *generic(struct address *address)
{
	address->length = sizeof(address->storage);
	return (struct sockaddr *)&address->storage;
}

/* A listener where the kernel likes: on the connection's own address, another port. */
static int listen_beside(void *context)
{
	struct rehearsal *rehearsal = context;
	struct address *own = &rehearsal->victim_address;
	struct sockaddr *name = generic(own);

	if (getsockname(rehearsal->connection, name, &own->length) < 0)
		return -errno;
	if (name->sa_family == AF_INET6)
		((struct sockaddr_in6 *)&own->storage)->sin6_port = 0;
	else
		((struct sockaddr_in *)&own->storage)->sin_port = 0;
	rehearsal->victim = socket(name->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	rehearsal->knocker = socket(name->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	rehearsal->gauge = socket(name->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (rehearsal->victim < 0 || rehearsal->knocker < 0 || rehearsal->gauge < 0 ||
	    bind(rehearsal->victim, name, own->length) < 0 || listen(rehearsal->victim, QUEUE) < 0)
		return -errno;
	return getsockname(rehearsal->victim, name, &own->length) < 0 ? -errno : 0;
}

/* An empty name: the kernel chooses an abstract one (unix(7), autobind). */
static int listen_abstract(struct rehearsal *rehearsal)
{
	struct address *own = &rehearsal->abstract_address;
	sa_family_t family = AF_UNIX;

	rehearsal->abstract = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (rehearsal->abstract < 0 ||
	    bind(rehearsal->abstract, (struct sockaddr *)&family, sizeof(family)) < 0 ||
	    listen(rehearsal->abstract, QUEUE) < 0)
		return -1;
	return getsockname(rehearsal->abstract, generic(own), &own->length);
}

int rehearsal_in_network(int connection, int (*work)(void *context), void *context)
{
	int network = ioctl(connection, SIOCGSKNS), error = 0;
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (network < 0 || home < 0 || setns(network, CLONE_NEWNET) < 0)
		error = -errno;
	else
		error = work(context);
	if (home >= 0 && setns(home, CLONE_NEWNET) < 0)
		error = -errno;
	fd_close(&network);
	fd_close(&home);
	return error;
}

int rehearsal_prepare(struct rehearsal *rehearsal, int connection, int client, struct why *why)
{
	int error;

	*rehearsal = (struct rehearsal){ .connection = connection,
					 .client = client,
					 .victim = -1,
					 .knocker = -1,
					 .gauge = -1,
					 .abstract = -1 };
	error = rehearsal_in_network(connection, listen_beside, rehearsal);
	if (error < 0)
		return why_set(why, error, STEP, "victims in the scratch network");
	if (listen_abstract(rehearsal) < 0)
		return why_set(why, -errno, STEP, "an abstract name");
	return 0;
}

/* How many have come that nobody has accepted (tcp_get_info() in net/ipv4/tcp.c). */
static unsigned int arrived(const struct rehearsal *rehearsal, enum selftest_path path)
{
	struct pollfd polled = { .fd = rehearsal->abstract, .events = POLLIN };
	struct tcp_info info = { 0 };
	socklen_t size = sizeof(info);

	if (path == SELFTEST_ABSTRACT)
		return poll(&polled, 1, 0) > 0 ? 1 : 0;
	getsockopt(rehearsal->victim, IPPROTO_TCP, TCP_INFO, &info, &size);
	return info.tcpi_unacked;
}

/*
 * Where a call has sent something off, or a handshake that the program saw the end of: the victim
 * has it when a processor has had time for the packets, which on a busy machine is later than the
 * answer.
 */
static bool arrives(const struct rehearsal *rehearsal, enum selftest_path path, int error,
		    unsigned int before)
{
	int left = error == 0 || error == EINPROGRESS ? SETTLE_MS : 0;

	while (arrived(rehearsal, path) == before) {
		if (left <= 0)
			return false;
		poll(NULL, 0, ARRIVAL_MS);
		left -= ARRIVAL_MS;
	}
	return true;
}

/* connect(2) without waiting, to the victim or to another port (network byte order) there. */
static int knock(int fd, const struct address *victim, const uint16_t *port)
{
	struct address to = *victim;

	if (port && to.storage.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&to.storage)->sin6_port = *port;
	else if (port)
		((struct sockaddr_in *)&to.storage)->sin_port = *port;
	return connect(fd, (struct sockaddr *)&to.storage, to.length) < 0 ? -errno : 0;
}

static bool is_answered(int fd, int timeout_ms)
{
	struct pollfd polled = { .fd = fd, .events = POLLOUT };

	poll(&polled, 1, timeout_ms);
	return polled.revents & POLLOUT && !(polled.revents & (POLLERR | POLLHUP));
}

static void hang_up(int fd)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	(void)connect(fd, &none, sizeof(none));
}

/* Until a knock at the victim, which is always answered, has come: so has what was sent before. */
static void settle(const struct rehearsal *rehearsal)
{
	unsigned int before = arrived(rehearsal, SELFTEST_LISTEN);
	int error = knock(rehearsal->gauge, &rehearsal->victim_address, NULL);

	(void)arrives(rehearsal, SELFTEST_LISTEN, -error, before);
	hang_up(rehearsal->gauge);
}

/* False: nobody gets in there. Where the seal denies the knock, listen(2) alone is the fault. */
static bool is_let_in(const struct rehearsal *rehearsal, uint64_t port)
{
	uint16_t there = htons((uint16_t)port);
	int error = knock(rehearsal->knocker, &rehearsal->victim_address, &there);
	bool answered;

	if (error < 0 && error != -EINPROGRESS)
		return error == -EACCES || error == -EPERM || error == -ENOSYS;
	settle(rehearsal);
	answered = is_answered(rehearsal->knocker, KNOCK_MS);
	hang_up(rehearsal->knocker);
	return answered;
}

/* The scratch container. */
struct player {
	pid_t pid;
	int channel;
};

static int start_player(struct player *player, const struct rehearsal *rehearsal,
			const struct plan *plan, struct why *why)
{
	int pair[2];

	if (wire_pair(pair) < 0)
		return why_set(why, -errno, STEP, "socketpair");
	player->pid = namespaces_clone(CLONE_NEWPID);
	if (player->pid == 0)
		enter_selftest(plan, pair[1], rehearsal->connection);
	fd_close(&pair[1]);
	player->channel = pair[0];
	return player->pid < 0 ? why_set(why, player->pid, STEP, "clone") : 0;
}

/* Its end is not waited for: the nursery reaps whatever dies. */
static void end_player(struct player *player)
{
	if (player->pid > 0)
		kill(player->pid, SIGKILL);
	fd_close(&player->channel);
	player->pid = 0;
}

/* 1: a message; 0: it has ended; -errno. */
static int hear(const struct player *player, struct wire_message *message)
{
	struct pollfd polled = { .fd = player->channel, .events = POLLIN };
	int got = poll(&polled, 1, ANSWER_MS);

	if (got <= 0)
		return got < 0 ? -errno : -ETIMEDOUT;
	got = wire_receive(player->channel, WIRE_PARKED, message, false);
	return got == -ECONNRESET ? 0 : got;
}

/* A container like the others: if it cannot be made, its own reason is the reason. */
static int open_player(struct player *player, const struct rehearsal *rehearsal,
		       const struct plan *plan, struct why *why)
{
	struct wire_message message = { 0 };
	int error = start_player(player, rehearsal, plan, why);

	if (error < 0)
		return error;
	error = hear(player, &message);
	if (error == 1 && message.type == PARKED_READY)
		return 0;
	if (error == 1 && message.type == PARKED_FAILED) {
		why_sanitise(&message.why);
		*why = message.why;
		return why->code < 0 ? why->code : -EPROTO;
	}
	return why_set(why, error < 0 ? error : -ECHILD, STEP, "the container did not come up");
}

/* 0 with *error (what the calls said) and *port; -EPIPE: a filter has killed it. */
static int go(const struct player *player, const struct rehearsal *rehearsal,
	      enum selftest_path path, int *error, uint64_t *port)
{
	struct wire_message message = { .number = path };
	int got;

	message.handover.peer = rehearsal->victim_address;
	message.handover.local = rehearsal->abstract_address;
	if (wire_send(player->channel, SELFTEST_TRY, &message, NULL, 0, true) < 0)
		return -EPIPE;
	got = hear(player, &message);
	if (got == 0)
		return -EPIPE;
	if (got < 0)
		return got;
	if (message.type != SELFTEST_DONE || message.number != (uint64_t)path)
		return -EPROTO;
	*error = (int)message.id;
	*port = message.handover.id;
	return 0;
}

static bool is_open(const struct rehearsal *rehearsal, enum selftest_path path, int error,
		    uint64_t port, unsigned int before)
{
	switch (selftest_info(path)->proof) {
	case SELFTEST_ARRIVES:
		return arrives(rehearsal, path, error, before);
	case SELFTEST_LETS_IN:
		return error == 0 && is_let_in(rehearsal, port);
	case SELFTEST_SUCCEEDS:
		break;
	}
	return error == 0;
}

static int fault(const struct rehearsal *rehearsal, enum selftest_path path, struct why *why)
{
	const struct selftest_info *info = selftest_info(path);
	char text[ADDRESS_TEXT_SIZE];

	if (info->proof == SELFTEST_ARRIVES)
		return why_set(why, -EPERM, STEP, "way %u: %s reached %.60s", info->way, info->what,
			       path == SELFTEST_ABSTRACT
				       ? "it"
				       : address_text(&rehearsal->victim_address, text));
	return why_set(why, -EPERM, STEP, "way %u: %s %s", info->way, info->what,
		       info->proof == SELFTEST_LETS_IN ? "let a client in" : "succeeded");
}

static int run(struct rehearsal *rehearsal, const struct plan *plan, rehearsal_teller *tell,
	       void *context, struct why *why)
{
	struct player player = { .channel = -1 };
	int result = 0;

	for (int path = 0; path < (rehearsal->full ? SELFTEST_PATHS : SELFTEST_CALLS_32); path++) {
		unsigned int before = arrived(rehearsal, (enum selftest_path)path);
		int error = EPERM, went;
		uint64_t port = 0;
		bool open;

		if (player.pid == 0 && (went = open_player(&player, rehearsal, plan, why)) < 0) {
			end_player(&player);
			return went;
		}
		went = go(&player, rehearsal, (enum selftest_path)path, &error, &port);
		/* Killed: the way is closed; the next are gone by another. */
		if (went < 0)
			end_player(&player);
		if (went < 0 && went != -EPIPE)
			return why_set(why, went, STEP, "way %u: no answer",
				       selftest_info((enum selftest_path)path)->way);
		open = is_open(rehearsal, (enum selftest_path)path, error, port, before);
		if (tell)
			tell(context, (enum selftest_path)path, open, error);
		if (!open || result < 0 ||
		    !selftest_is_promised((enum selftest_path)path, plan->spec->socket_seal))
			continue;
		result = fault(rehearsal, (enum selftest_path)path, why);
		if (!tell)
			break;
	}
	end_player(&player);
	return result;
}

void rehearsal_close(struct rehearsal *rehearsal)
{
	fd_close(&rehearsal->connection);
	fd_close(&rehearsal->client);
	fd_close(&rehearsal->victim);
	fd_close(&rehearsal->knocker);
	fd_close(&rehearsal->gauge);
	fd_close(&rehearsal->abstract);
}

int rehearsal_run(struct rehearsal *rehearsal, const struct plan *plan, rehearsal_teller *tell,
		  void *context, struct why *why)
{
	int result = run(rehearsal, plan, tell, context, why);

	rehearsal_close(rehearsal);
	return result;
}

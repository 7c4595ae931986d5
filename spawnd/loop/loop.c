/* SPDX-License-Identifier: ISC */
/*
 * The loop process: libev, the warden's messages, the stop. It starts with no privilege but to go
 * to its empty root, locks itself down (process/lockdown.h) and gets every descriptor it uses from
 * the warden: it opens no file.
 */
#include "loop/loop.h"

#include "base/clock.h"
#include "base/errno_name.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/title.h"
#include "loop/acceptor.h"
#include "loop/account.h"
#include "loop/connection.h"
#include "loop/control.h"
#include "loop/deadlines.h"
#include "loop/ending.h"
#include "loop/link.h"
#include "loop/overflow.h"
#include "loop/pool.h"
#include "loop/relayed.h"
#include "loop/status_file.h"
#include "loop/unblock.h"
#include "loop/watched.h"
#include "process/inherited.h"
#include "process/lockdown.h"
#include "process/role.h"
#include "process/trim.h"
#include "wire/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#define EXIT_SYSTEM 111
#define EXIT_BUG 101
#define INCARNATION_SHIFT 40 /* ids of a loop that follows a dead one never meet the dead one's */

void loop_tell_warden(struct loop *loop, enum wire_type type, struct wire_message *message)
{
	if (wire_send(ROLE_CHANNEL_FD, type, message, NULL, 0, false) != -EPIPE)
		return;
	loop->exit_status = EXIT_SYSTEM;
	ev_break(loop->ev, EVBREAK_ALL);
}

/* What is given up when there are no descriptors, or no files (ENFILE): it is one of both. */
static int take_reserve(void)
{
	return eventfd(0, EFD_CLOEXEC);
}

void loop_shed_one(struct loop *loop, int listener)
{
	int fd;

	fd_close(&loop->reserve);
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	fd_close(&fd);
	loop->reserve = take_reserve();
}

static void stage(struct loop *loop, struct wire_message *message)
{
	struct wire_message failure = { .generation = message->generation,
					.number = FAILURE_STAGING };

	if (loop->next_id == 0)
		loop->next_id = (message->number << INCARNATION_SHIFT) + 1;
	if (loop->staged)
		generation_abort(loop->staged);
	loop->staged = generation_stage(loop, message->generation, message->fds[0], &failure.why);
	if (!loop->staged)
		loop_tell_warden(loop, WARDEN_FAILED, &failure);
}

static void take_listener(struct loop *loop, struct wire_message *message)
{
	struct generation *generation = generation_find(loop, message->generation);
	struct service *service =
		generation ? generation_service(generation, message->service) : NULL;

	if (!service || message->number >= service->spec->listener_count) {
		fd_close_all(message->fds, WIRE_FDS_MAX);
		return;
	}
	acceptor_init(service, (unsigned int)message->number, message->fds[0]);
}

static void take_link(struct loop *loop, struct wire_message *message)
{
	struct generation *generation = generation_find(loop, message->generation);
	struct service *service =
		generation ? generation_service(generation, message->service) : NULL;

	if (!service)
		fd_close_all(message->fds, WIRE_FDS_MAX);
	else if (message->type == LOOP_ZYGOTE)
		link_open(service, message->fds[0]);
	else
		relayed_open(service, message->fds[0]);
}

/* state CONNECTION_STATES: in whatever state. */
static void kill_all_of(struct loop *loop, enum connection_state state)
{
	for (uint32_t i = 0; i < loop->slots.capacity; i++)
		if (slots_in_use(&loop->slots, i) &&
		    (state == CONNECTION_STATES || loop->connections[i]->state == state))
			connection_kill(loop->connections[i], END_OPERATOR);
}

static void stop_over(struct ev_loop *ev, ev_timer *timer, int events)
{
	kill_all_of(container_of(timer, struct loop, stop), CONNECTION_STATES);
}

static void stop(struct loop *loop, bool at_once)
{
	const struct generation *current = loop->serving ? loop->serving : loop->staged;
	int64_t patience = current ? current->config.daemon.timeout_stop_ns : 0;

	if (loop->staged)
		generation_abort(loop->staged);
	loop->stopping = true;
	kill_all_of(loop, CONNECTION_QUEUED); /* nobody gets a place any more */
	if (loop->serving)
		generation_drain(loop->serving);
	if (at_once || patience == 0) {
		kill_all_of(loop, CONNECTION_STATES);
	} else if (patience != CLOCK_NEVER_NS && !ev_is_active(&loop->stop)) {
		ev_now_update(loop->ev);
		ev_timer_set(&loop->stop, (double)patience / CLOCK_SECOND_NS, 0.);
		ev_timer_start(loop->ev, &loop->stop);
	}
}

static void hear(struct loop *loop, struct wire_message *message)
{
	struct generation *generation = generation_find(loop, message->generation);

	switch ((enum wire_type)message->type) {
	case LOOP_LOG:
		log_set_sink((enum log_sink_kind)message->number, message->fds[0]);
		break;
	case LOOP_ACCOUNTING:
		fd_close(&loop->accounting);
		loop->accounting = message->fds[0];
		account_opened(loop);
		break;
	case LOOP_STATUS:
		status_file_take(loop, message->fds[0]);
		break;
	case LOOP_PRESSURE:
		pressure_take(loop, (enum pressure_kind)message->number, message->fds[0]);
		break;
	case LOOP_CONTROL:
		control_open(loop, message->fds[0]);
		break;
	case LOOP_CONFIG:
		stage(loop, message);
		break;
	case LOOP_LISTENER:
		take_listener(loop, message);
		break;
	case LOOP_ZYGOTE:
	case LOOP_RELAY:
		take_link(loop, message);
		break;
	case LOOP_COMMIT:
		if (generation && generation == loop->staged) {
			generation_commit(generation);
			trim_startup_pages();
		}
		break;
	case LOOP_ABORT:
		if (generation && generation == loop->staged)
			generation_abort(generation);
		break;
	case LOOP_DRAIN:
		if (generation && generation == loop->staged) {
			loop->staged = NULL;
			generation_drain(generation);
		}
		break;
	case LOOP_STOP:
		stop(loop, message->number > 0);
		break;
	case LOOP_RELOADED:
		control_reloaded(loop, message->when_ns, &message->why, message->fds[0]);
		break;
	default:
		break;
	}
}

static void warden_readable(struct ev_loop *ev, ev_io *io, int events)
{
	struct loop *loop = container_of(io, struct loop, warden);
	struct wire_message message;
	int got;

	while ((got = wire_receive(io->fd, WIRE_TO_LOOP, &message, false)) == 1)
		hear(loop, &message);
	if (got == -EAGAIN)
		return;
	/* The warden has gone: everything ends. */
	loop->exit_status = EXIT_SYSTEM;
	ev_break(ev, EVBREAK_ALL);
}

/* Once a turn, when all callbacks have run: what is done with is put away. */
static void before_sleep(struct ev_loop *ev, ev_prepare *watcher, int events)
{
	struct loop *loop = watcher->data;
	struct wire_message message = { 0 };
	uint32_t suppressed;

	overflow_tend(loop);
	while (loop->stopping && !list_empty(&loop->lingering))
		connection_settle(container_of(loop->lingering.next, struct connection, waiting));
	generations_sweep(loop);
	if (loop->stopping && loop->slots.used == 0)
		ev_break(ev, EVBREAK_ALL);
	/* Every line finds a dead sink dead again, and each reopening is the warden's work. */
	if (log_wants_reopen() && log_allow(&loop->reopen_bound, 1, CLOCK_SECOND_NS, &suppressed))
		loop_tell_warden(loop, WARDEN_REOPEN, &message);
}

static void fatal(const char *text) __attribute__((noreturn));
static void fatal(const char *text)
{
	log_event(LOG_LEVEL_ERROR, "bug", "text=\"libev: %s\"", text);
	_exit(EXIT_BUG);
}

static int init(struct loop *loop)
{
	static ev_prepare turn;

	/* A program of ours must never die of a peer's absence, nor be traced by the like of it. */
	inherited_ignore_write_signals();
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	/* Its tables are sized for all there may be, and huge pages would fill them. prctl(2) */
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	title_set("spawnd-loop", "spawnd: loop");
	list_init(&loop->generations);
	list_init(&loop->tallies);
	list_init(&loop->overflowing);
	list_init(&loop->lingering);
	slots_init(&loop->slots, 0);
	loop->accounting = -1;
	(void)!getrandom(loop->anonymous, sizeof(loop->anonymous), GRND_NONBLOCK);
	loop->started_ns = clock_now_ns();
	loop->reserve = take_reserve();
	ev_set_syserr_cb(fatal);
	/*
	 * A loop of our own: the default one reaps all children; and epoll or poll, whatever the
	 * environment says.
	 */
	loop->ev = ev_loop_new(EVFLAG_NOENV | EVBACKEND_EPOLL | EVBACKEND_POLL);
	if (!loop->ev)
		return -ENOMEM;
	watched_find(loop);
	ev_io_init(&loop->warden, warden_readable, ROLE_CHANNEL_FD, EV_READ);
	ev_io_start(loop->ev, &loop->warden);
	pressure_init(loop);
	status_file_init(loop);
	counts_open(loop);
	deadlines_open(loop);
	ev_init(&loop->stop, stop_over);
	pool_init_fading(loop);
	ev_prepare_init(&turn, before_sleep);
	turn.data = loop;
	ev_prepare_start(loop->ev, &turn);
	unblock_init(loop);
	return 0;
}

/* In this order: libev opens its own descriptors before the filter, and hears nothing before it. */
static int start(struct loop *loop, struct why *why)
{
	int error = lockdown_loop_enter(ROLE_NOWHERE_FD, why);

	if (error == 0 && (error = init(loop)) < 0)
		why_set(why, error, "start-loop", "libev");
	return error < 0 ? error : lockdown_loop_filter(why);
}

int loop_run(void)
{
	static struct loop loop;
	struct why why;

	if (start(&loop, &why) < 0) {
		log_event(LOG_LEVEL_ERROR, "start-failed", "step=%s error=%s text=\"%s\"", why.step,
			  errno_name(why.code), why.text);
		return EXIT_SYSTEM;
	}
	ev_run(loop.ev, 0);
	return loop.exit_status;
}

/* SPDX-License-Identifier: ISC */
/*
 * Receives the connection in the parked container, builds the environment from nothing, places
 * exactly the promised descriptors, executes. Child regime: no allocation. It reads no byte of the
 * connection.
 */
#include "container/handover.h"

#include "base/fd.h"
#include "base/gate.h"
#include "base/text.h"
#include "container/park.h"
#include "container/state.h"
#include "container/trace.h"
#include "net/peer.h"
#include "wire/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define LISTEN_FD 3 /* SD_LISTEN_FDS_START */

int handover_wait(const struct plan *plan, struct wire_message *message)
{
	int got = wire_receive(HANDOVER_CHANNEL_FD, WIRE_HANDOVER, message, true);

	if (got > 0)
		return spec_relays(plan->spec) == (message->fds[0] < 0) ? 0 : -EPROTO;
	return got == 0 ? -ECONNRESET : got;
}

struct environment {
	const char **next;
	struct text text;
	char bytes[1024];
};

/* Starts "NAME=": the value follows in the text, its NUL ends the entry. */
static struct text *begin(struct environment *environment, const char *name)
{
	struct text *text = &environment->text;

	*environment->next++ = text->bytes + text->length;
	text_addf(text, "%s=", name);
	return text;
}

static void end(struct environment *environment)
{
	text_add_bytes(&environment->text, "", 1);
}

static void add(struct environment *environment, const char *name, const char *value)
{
	text_add(begin(environment, name), value);
	end(environment);
}

static void add_number(struct environment *environment, const char *name, unsigned long long value)
{
	text_addf(begin(environment, name), "%llu", value);
	end(environment);
}

/* Unknown values are absent, not empty (features of tcp-environ(5)). */
static void add_internet(struct environment *environment, const struct wire_handover *handover)
{
	char text[ADDRESS_TEXT_SIZE];

	add(environment, "PROTO", "TCP");
	if (handover->peer.length > 0) {
		add(environment, "REMOTE_ADDR", address_host(&handover->peer, text));
		add(environment, "TCPREMOTEIP", text);
		add_number(environment, "REMOTE_PORT", address_port(&handover->peer));
		add_number(environment, "TCPREMOTEPORT", address_port(&handover->peer));
	}
	if (handover->local.length > 0) {
		add(environment, "TCPLOCALIP", address_host(&handover->local, text));
		add_number(environment, "TCPLOCALPORT", address_port(&handover->local));
	}
}

static void add_unix(struct environment *environment, const struct wire_handover *handover)
{
	char text[ADDRESS_TEXT_SIZE];

	add(environment, "PROTO", "IPC");
	add_number(environment, "IPCREMOTEEUID", handover->peer_uid);
	add_number(environment, "IPCREMOTEEGID", handover->peer_gid);
	if (handover->peer.length > offsetof(struct sockaddr_un, sun_path)) {
		add(environment, "REMOTE_ADDR", address_host(&handover->peer, text));
		add(environment, "IPCREMOTEPATH", text);
	}
}

static void add_connection(struct environment *environment, const struct wire_handover *handover)
{
	if (handover->local.storage.ss_family == AF_UNIX)
		add_unix(environment, handover);
	else
		add_internet(environment, handover);
	if (handover->cookie != 0)
		add_number(environment, "SO_COOKIE", handover->cookie);
}

/* handover NULL: nothing of the connection, which is not there yet. */
static void build_environment(struct environment *environment, const struct plan *plan,
			      const char **entries, const struct wire_handover *handover)
{
	const struct string_list *own = &plan->spec->environment;
	bool has_path = false;

	environment->next = entries;
	text_init(&environment->text, environment->bytes, sizeof(environment->bytes));
	for (size_t i = 0; i < own->count; i++) {
		*environment->next++ = own->items[i];
		has_path = has_path || strncmp(own->items[i], "PATH=", 5) == 0;
	}
	if (!has_path)
		add(environment, "PATH",
		    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	if (handover)
		add_connection(environment, handover);
	if (plan->spec->standard_input == STANDARD_INPUT_NULL) {
		add_number(environment, "LISTEN_PID", (unsigned long long)GATE_0(SYS_getpid));
		add(environment, "LISTEN_FDS", "1");
		add(environment, "LISTEN_FDNAMES", "connection");
	}
	*environment->next = NULL;
}

static bool needs_nothing(const struct container_spec *spec)
{
	return spec->standard_input == STANDARD_INPUT_NULL ||
	       spec->standard_error == STANDARD_ERROR_NULL;
}

int handover_prepare(const struct plan *plan, struct why *why)
{
	int fd = needs_nothing(plan->spec) ? fd_open("/dev/null", O_RDWR) : -1, error = 0;

	if (fd < 0 && needs_nothing(plan->spec))
		return why_set(why, fd, "descriptors", "/dev/null");
	if (fd >= 0 && fd != HANDOVER_NOTHING_FD) {
		error = fd_place(fd, HANDOVER_NOTHING_FD, false);
		fd_close(&fd);
	}
	return error < 0 ? why_set(why, error, "descriptors", "place /dev/null") : 0;
}

/*
 * All that is placed lies above 2 already: 0, 1 and 2 were the zygote's until now. What is left
 * over is CLOEXEC.
 */
static int place_descriptors(const struct container_spec *spec, int input, int output,
			     struct why *why)
{
	bool listen_fds = spec->standard_input == STANDARD_INPUT_NULL;
	int errors = spec->standard_error == STANDARD_ERROR_LOG	     ? HANDOVER_STDERR_FD
		     : spec->standard_error == STANDARD_ERROR_SOCKET ? output
								     : HANDOVER_NOTHING_FD;
	int sources[] = { listen_fds ? HANDOVER_NOTHING_FD : input, listen_fds ? errors : output,
			  errors };
	int error = 0;

	for (int fd = 0; fd < 3 && error == 0; fd++)
		error = sources[fd] <= STDERR_FILENO ? -EBADF : fd_place(sources[fd], fd, true);
	return error < 0 ? why_set(why, error, "descriptors", "place") : 0;
}

/*
 * The channel must survive until execve has succeeded; with LISTEN_FDS its number is needed for the
 * socket.
 */
static int free_listen_fd(int connection, struct why *why)
{
	int channel = fd_lift(HANDOVER_CHANNEL_FD, 10);
	int error = channel < 0 ? channel : fd_place(connection, LISTEN_FD, true);

	return error < 0 ? why_set(why, error, "descriptors", "place the socket at 3") : channel;
}

/* Returns only on failure. */
static int execute(const struct container_spec *spec, const char **environment, struct why *why)
{
	int error = (int)GATE_3(SYS_execve, spec->exec_path, spec->exec_start.items, environment);

	return why_set(why, error, "exec", "%s", spec->exec_path);
}

int handover_execute(const struct plan *plan, const struct wire_message *message,
		     const char **entries, bool nameless)
{
	struct environment environment;
	const struct container_spec *spec = plan->spec;
	bool relayed = spec_relays(spec), pair = spec->standard_input == STANDARD_INPUT_NULL;
	int input = relayed ? HANDOVER_INPUT_FD : message->fds[0];
	int output = relayed && !pair ? HANDOVER_OUTPUT_FD : input;
	int channel = HANDOVER_CHANNEL_FD, error;
	struct wire_message report = { 0 };

	error = place_descriptors(spec, input, output, &report.why);
	if (error == 0 && pair) {
		channel = free_listen_fd(input, &report.why);
		error = channel < 0 ? channel : 0;
	}
	if (error == 0) {
		build_environment(&environment, plan, entries,
				  nameless ? NULL : &message->handover);
		error = state_apply_last(plan, &report.why);
	}
	if (error == 0)
		error = execute(spec, entries, &report.why);
	wire_send(channel < 0 ? HANDOVER_CHANNEL_FD : channel, PARKED_FAILED, &report, NULL, 0,
		  false);
	if (!relayed)
		peer_dismiss(input);
	return error;
}

/*
 * One end of a pair whose other end is closed: a socket, as the connection will be, that can never
 * be connected to anything, should a program find a way to keep it.
 */
static int make_placeholder(struct why *why)
{
	int pair[2];
	int error = (int)GATE_4(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);

	if (error < 0)
		return why_set(why, error, "start-ahead", "socketpair");
	fd_close(&pair[1]);
	return pair[0];
}

/* The channel first, since the placeholder may get its number. */
static int place_ahead(const struct container_spec *spec, struct why *why)
{
	int placeholder, error = fd_place(HANDOVER_CHANNEL_FD, PARK_CHANNEL_FD, true);

	if (error < 0)
		return why_set(why, error, "descriptors", "place the channel");
	placeholder = make_placeholder(why);
	if (placeholder < 0)
		return placeholder;
	error = place_descriptors(spec, placeholder, placeholder, why);
	if (error == 0 && spec->standard_input == STANDARD_INPUT_NULL &&
	    (error = fd_place(placeholder, LISTEN_FD, true)) < 0)
		why_set(why, error, "descriptors", "place the socket at 3");
	return error;
}

void handover_execute_ahead(const struct plan *plan, const char **entries)
{
	struct environment environment;
	struct wire_message report = { .number = HANDOVER_AHEAD };
	int error = place_ahead(plan->spec, &report.why);

	if (error == 0) {
		build_environment(&environment, plan, entries, NULL);
		error = state_apply_last(plan, &report.why);
	}
	if (error == 0 && (error = trace_me()) < 0)
		why_set(&report.why, error, "start-ahead", "it may not be traced");
	if (error == 0)
		(void)execute(plan->spec, entries, &report.why);
	wire_send(PARK_CHANNEL_FD, PARKED_FAILED, &report, NULL, 0, false);
}

/* SPDX-License-Identifier: ISC */
/*
 * From a fresh clone of the zygote to the program: every step in its order, with the reason why it
 * stands there. A step that fails is reported on the channel by its name, and the process ends.
 */
#include "container/enter.h"

#include "base/cgroup.h"
#include "base/gate.h"

#include "base/fd.h"
#include "base/title.h"
#include "container/ends.h"
#include "container/handover.h"
#include "container/identity.h"
#include "container/init.h"
#include "container/interior.h"
#include "container/namespaces.h"
#include "container/selftest.h"
#include "container/state.h"
#include "container/template.h"
#include "wire/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXIT_SETUP_FAILED                                                                          \
	125 /* what env(1) and container runtimes use for "could not even try"                     \
	     */

/*
 * First of all: the zygote's other descriptors (channels of other containers!) must be gone. The
 * template's is the last that stays; entering it closes that too.
 */
static int keep_two_descriptors(const struct plan *plan, int channel, int log, struct why *why)
{
	int next = log >= 0 ? HANDOVER_STDERR_FD + 1 : HANDOVER_STDERR_FD;
	int mounts = plan->mounts < 0 ? -1 : next++;
	/* Out of each other's way, then to their places. */
	int high_channel = fd_lift(channel, 10);
	int high_log = log < 0 ? -1 : fd_lift(log, 10);
	int error;

	if (high_channel < 0 || (log >= 0 && high_log < 0))
		return why_set(why, high_channel < 0 ? high_channel : high_log, "descriptors",
			       "duplicate");
	error = fd_place(high_channel, HANDOVER_CHANNEL_FD, false);
	if (error == 0 && log >= 0)
		error = fd_place(high_log, HANDOVER_STDERR_FD, false);
	if (error == 0 && mounts >= 0)
		error = fd_place(plan->mounts, mounts, false);
	if (error == 0)
		error = fd_close_from((unsigned int)next);
	if (error < 0)
		return why_set(why, error, "descriptors", "close the zygote's");
	return mounts < 0 ? 0 : template_enter(mounts, why);
}

/* Without a gate a seal that lets no descriptor in comes after the one that is handed over. */
static bool seals_late(const struct plan *plan)
{
	return plan->seals_each && plan->seal.hides_rights &&
	       plan->spec->socket_seal != SOCKET_SEAL_NONE;
}

/* How many descriptors there are for the relay, in relay[]; or -errno. */
static int build(const struct plan *plan, int relay[2], struct why *why)
{
	bool own_network = plan->spec->network_scope == NETWORK_SCOPE_CONNECTION;
	const char *directory = plan->spec->working_directory;
	int error, count = 0;

	/* The namespaces come before anything that lies in one of them. */
	if ((error = namespaces_unshare(own_network, why)) < 0)
		return error;
	if ((error = namespaces_name_host(plan->spec->hostname, why)) < 0)
		return error;
	if (own_network && (error = namespaces_raise_loopback(why)) < 0)
		return error;
	/* Needs capabilities in the user namespace, so before identity_drop(). */
	if ((error = interior_mount(plan, why)) < 0)
		return error;
	/* After the mounts: a small RLIMIT_FSIZE is the program's, not ours. */
	if ((error = state_apply(plan, why)) < 0)
		return error;
	/* In this network namespace; and before the ids of the program are ours: ends.c says why */
	if (spec_relays(plan->spec) && (count = ends_make(plan, relay, why)) < 0)
		return count;
	if ((error = identity_drop(plan, why)) < 0)
		return error;
	/* As the program's user: it must be able to go there itself. */
	error = (int)GATE_1(SYS_chdir, directory);
	if (error < 0 && !plan->spec->working_directory_optional)
		return why_set(why, error, "working-directory", "chdir %s", directory);
	if ((error = handover_prepare(plan, why)) < 0)
		return error;
	/* The last, for it denies most of the above. With a gate it was the zygote's last step. */
	error = plan->seals_each && !seals_late(plan) ? seal_install(&plan->seal, why) : 0;
	return error < 0 ? error : count;
}

static int become_program(const struct plan *plan, const struct enter *enter,
			  struct wire_message *message)
{
	struct wire_message report = { 0 };
	int error = seals_late(plan) ? seal_install(&plan->seal, &report.why) : 0;
	pid_t program = error == 0 && plan->spec->init ? fork() : 0;

	if (program < 0)
		error = why_set(&report.why, -errno, "fork", "the program under Init=yes");
	if (error < 0) {
		wire_send(HANDOVER_CHANNEL_FD, PARKED_FAILED, &report, NULL, 0, false);
		return error;
	}
	if (program == 0)
		return handover_execute(plan, message, enter->environment, enter->nameless);
	title_set("spawnd-init", "spawnd: %s [init]", plan->service);
	/* It lives beside the program, and needs nothing more that is denied. */
	gate_close();
	init_run(program);
}

/*
 * A finished container, with no word to anybody yet. `other` is kept at HANDOVER_STDERR_FD. How
 * many descriptors there are for the relay.
 */
static int make(const struct plan *plan, int channel, int other, int group, int relay[2])
{
	struct wire_message message = { 0 };
	/* Before anything that its limits are to count. */
	int error = group < 0 ? 0 : cgroup_join(group);

	if (error < 0)
		why_set(&message.why, error, "make-group", "join the control group");
	if (error == 0)
		error = keep_two_descriptors(plan, channel, other, &message.why);
	if (error == 0) {
		channel = HANDOVER_CHANNEL_FD; /* its old number is closed */
		error = build(plan, relay, &message.why);
	}
	if (error >= 0)
		return error;
	wire_send(channel, PARKED_FAILED, &message, NULL, 0, true);
	_exit(EXIT_SETUP_FAILED);
}

static void say_ready(int relay[2], int count)
{
	struct wire_message message = { 0 };

	if (wire_send(HANDOVER_CHANNEL_FD, PARKED_READY, &message, relay, (size_t)count, true) < 0)
		_exit(EXIT_SETUP_FAILED);
	fd_close_all(relay, 2);
}

void enter_container(const struct plan *plan, const struct enter *enter)
{
	struct wire_message message = { 0 };
	int relay[2] = { -1, -1 }, count;

	if (enter->borrows)
		title_set_name("spawnd-parked");
	else
		title_set("spawnd-parked", "spawnd: %s [parked]", plan->service);
	count = make(plan, enter->channel, enter->log, enter->group, relay);
	if (enter->ahead) {
		handover_execute_ahead(plan, enter->environment);
		_exit(EXIT_SETUP_FAILED);
	}
	say_ready(relay, count);
	if (handover_wait(plan, &message) < 0)
		_exit(EXIT_SUCCESS); /* never taken */
	become_program(plan, enter, &message);
	_exit(EXIT_SETUP_FAILED);
}

void enter_selftest(const struct plan *plan, int channel, int connection)
{
	int relay[2] = { -1, -1 };
	struct why why;

	title_set("spawnd-selftest", "spawnd: %s [self-test]", plan->service);
	make(plan, channel, connection, -1, relay);
	fd_close_all(relay, 2);
	if (seals_late(plan) && seal_install(&plan->seal, &why) < 0)
		_exit(EXIT_SETUP_FAILED);
	say_ready(relay, 0);
	/* As execve(2) would take it away. */
	gate_close();
	/* Behind a relay a program never has the connection. */
	if (spec_relays(plan->spec))
		close(HANDOVER_STDERR_FD);
	selftest_serve(HANDOVER_CHANNEL_FD,
		       spec_relays(plan->spec) ? HANDOVER_INPUT_FD : HANDOVER_STDERR_FD);
}

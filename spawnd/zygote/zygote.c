/* SPDX-License-Identifier: ISC */
/*
 * The zygote process: started as host root, it learns from the warden which service it serves,
 * prepares what all its containers share (start regime), gives up being host root, and then turns a
 * poll(2) loop (run regime). It reads nothing of the service's root and never sees a connection.
 */
#include "zygote/zygote.h"

#include "base/cgroup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/gate.h"
#include "base/kernel.h"
#include "base/title.h"
#include "config/config.h"
#include "container/handover.h"
#include "container/identity.h"
#include "container/namespaces.h"
#include "container/rootfs.h"
#include "container/seal.h"
#include "container/state.h"
#include "container/template.h"
#include "process/role.h"
#include "process/trim.h"
#include "wire/wire.h"
#include "zygote/birth.h"
#include "zygote/nursery.h"
#include "zygote/proof.h"
#include "zygote/request.h"
#include "zygote/stale.h"
#include "zygote/warmth.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define EXIT_SYSTEM 111

struct zygote {
	struct config config;
	const struct service_spec *service;
	struct plan plan;
	struct leaf_plan leaf_plan; /* of the containers' control groups */
	struct nursery nursery;
	struct proof proof;
	int signals; /* signalfd(2): SIGCHLD */
};

/* The specification of this one service; the others' environments never enter this memory. */
static int learn_service(struct zygote *zygote, const struct wire_message *assign, struct why *why)
{
	struct config_errors errors;
	struct snapshot snapshot;
	int error = snapshot_adopt(&snapshot, assign->fds[0], why);

	if (error < 0)
		return error;
	config_errors_init(&errors);
	error = config_parse(&zygote->config, &snapshot, assign->name, &errors);
	config_errors_free(&errors);
	snapshot_close(&snapshot);
	zygote->service = error < 0 ? NULL : config_find(&zygote->config, assign->name);
	if (zygote->service)
		return 0;
	why_set(why, -EINVAL, "configuration", "the snapshot has no service %s", assign->name);
	return -EINVAL;
}

/* Takes the descriptor of the groups' directory, or -1. */
static void plan_leaves(struct zygote *zygote, const struct wire_message *assign)
{
	const struct service_spec *service = zygote->service;
	int parent = assign->fds[1];

	/* Where no controller counts anything, a group for each container would be for nothing. */
	if (parent >= 0 && cgroup_controllers(parent, "cgroup.subtree_control") == 0)
		fd_close(&parent);
	zygote->leaf_plan = (struct leaf_plan){ .parent = parent,
						.serial = (uint32_t)assign->id,
						.limits = service->container.group,
						.required = service->limits_required };
}

static int make_plan(struct zygote *zygote, uint32_t id_base, struct why *why)
{
	const struct container_spec *spec = &zygote->service->container;
	size_t entries = spec->environment.count + HANDOVER_ENVIRONMENT_MAX;

	zygote->plan = (struct plan){ .spec = spec,
				      .service = zygote->service->name,
				      .id_base = id_base,
				      .mounts = -1,
				      .containers = spec_containers_max(zygote->service),
				      .environment = calloc(entries, sizeof(char *)),
				      .environment_entries = entries };
	if (!zygote->plan.environment)
		return why_set(why, -ENOMEM, "memory", "environment");
	return 0;
}

/*
 * 0, 1 and 2 become the room's own /dev/null: nothing of the host's file system stays open, and
 * containers inherit nothing else. From here on the zygote speaks through its link alone.
 */
static int leave_standard_files(struct why *why)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), error = null < 0 ? -errno : 0;

	for (int fd = 0; fd <= STDERR_FILENO && error == 0; fd++)
		error = fd_place(null, fd, true);
	fd_close(&null);
	return error < 0 ? why_set(why, error, "descriptors", "/dev/null of the room") : 0;
}

/* Whether a peer on the host could pass descriptors to a program here. */
static bool takes_rights(const struct service_spec *service)
{
	/* Nothing but bytes comes through a relay. */
	for (size_t i = 0; i < service->listener_count && !spec_relays(&service->container); i++)
		if (service->listeners[i].address.storage.ss_family == AF_UNIX)
			return !kernel_has(KERNEL_PASS_RIGHTS);
	return false;
}

/*
 * While host root, for the page lies where nobody else may map. Where there can be no gate each
 * container is sealed by itself.
 */
static void open_gate(struct zygote *zygote)
{
	struct plan *plan = &zygote->plan;
	struct why note;
	int error = gate_open();

	plan->seal = (struct seal_options){ .spec = plan->spec,
					    .gate = gate_address(),
					    .hides_rights = takes_rights(zygote->service) };
	plan->seals_each = error < 0;
	if (error < 0) {
		why_set(&note, error, "gate",
			"no page below vm.mmap_min_addr: each container gets filters of its own");
		plan_note(plan, &note);
	}
	if (plan->spec->socket_seal == SOCKET_SEAL_NONE) {
		why_set(&note, -EPERM, "seal",
			"SocketSeal=none: a program that is taken over reaches the host's network");
		plan_note(plan, &note);
	}
}

/*
 * Which files it has open a process of another user's may not be asked: ptrace(2), access mode. And
 * there may be too few inotify(7) instances: fs.inotify.max_user_instances counts those of all
 * services.
 */
static void note_unwatched(struct plan *plan, const struct nursery *nursery)
{
	struct why note;

	if (!warmth_is_ahead(nursery->warmth) || (plan->user_namespace && nursery->watch >= 0))
		return;
	why_set(&note, nursery->watch < 0 ? nursery->watch : -EPERM, "start-ahead",
		"files that waiting programs have read are not watched: reload when they change");
	plan_note(plan, &note);
}

/* Everything that containers share, in the order in which privilege is lost. */
static int prepare(struct zygote *zygote, struct why *why)
{
	struct plan *plan = &zygote->plan;
	int user_namespace, error;

	open_gate(zygote);
	plan->lends = birth_may_lend(zygote->service, &zygote->leaf_plan);
	if ((error = state_prepare(plan, why)) < 0)
		return error;
	user_namespace = identity_make_namespace(plan, why);
	if (user_namespace < 0 && user_namespace != -ENOSYS)
		return user_namespace;
	error = rootfs_build(plan, user_namespace, why);
	if (error == 0)
		error = identity_enter(plan, user_namespace, why);
	fd_close(&user_namespace);
	if (error < 0 || (error = rootfs_adopt(plan, why)) < 0 ||
	    (error = template_make(plan, why)) < 0)
		return error;
	/* As root of the service's user namespace, whose the network then is. */
	if (plan->spec->network_scope == NETWORK_SCOPE_SERVICE &&
	    (error = namespaces_leave_network(why)) < 0)
		return error;
	if ((error = identity_settle(plan, why)) < 0 || (error = leave_standard_files(why)) < 0)
		return error;
	return state_settle(plan, why);
}

static int watch_children(struct zygote *zygote, struct why *why)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	zygote->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return zygote->signals < 0 ? why_set(why, -errno, "signals", "signalfd") : 0;
}

static void read_signals(int signals)
{
	struct signalfd_siginfo info;

	while (read(signals, &info, sizeof(info)) > 0)
		;
}

/* From the warden: a new link, or the end. False: the warden has gone. */
static bool hear_warden(struct zygote *zygote)
{
	struct wire_message message;
	int got = wire_receive(ROLE_CHANNEL_FD, WIRE_TO_ZYGOTE, &message, false);

	if (got == 1 && message.type == ZYGOTE_LINK)
		nursery_set_link(&zygote->nursery, message.fds[0]);
	else if (got == 1)
		fd_close_all(message.fds, WIRE_FDS_MAX);
	return got == 1 || got == -EAGAIN;
}

static void hear_loop(struct nursery *nursery)
{
	struct wire_message message;
	int got;

	while ((got = wire_receive(nursery->link, WIRE_LINK_DOWN, &message, false)) == 1)
		request_hear(nursery, &message);
	/* A loop that is gone leaves the running containers alone; the warden sends another. */
	if (got != -EAGAIN)
		fd_close(&nursery->link);
}

static int turn(struct zygote *zygote)
{
	struct nursery *nursery = &zygote->nursery;
	enum { WARDEN, LINK, SIGNALS, FILES, MAKING };
	struct pollfd polled[MAKING + NURSERY_MAKING_MAX];
	uint32_t making = nursery->making;

	polled[WARDEN] = (struct pollfd){ .fd = ROLE_CHANNEL_FD, .events = POLLIN };
	polled[LINK] = (struct pollfd){ .fd = nursery->link, .events = POLLIN };
	polled[SIGNALS] = (struct pollfd){ .fd = zygote->signals, .events = POLLIN };
	polled[FILES] = (struct pollfd){ .fd = nursery->watch, .events = POLLIN };
	for (uint32_t n = 0; n < making; n++)
		polled[MAKING + n] =
			(struct pollfd){ .fd = nursery_channel(nursery, n), .events = POLLIN };
	if (poll(polled, MAKING + making, nursery_timeout_ms(nursery)) < 0)
		return errno == EINTR ? 0 : -errno;
	for (uint32_t n = 0; n < making; n++)
		if (polled[MAKING + n].revents) {
			nursery_hear(nursery);
			break;
		}
	if (polled[SIGNALS].revents || nursery->unreaped) {
		read_signals(zygote->signals);
		nursery_reap(nursery);
	}
	if (polled[FILES].revents)
		stale_hear(nursery);
	if (polled[LINK].revents)
		hear_loop(nursery);
	if (polled[WARDEN].revents && !hear_warden(zygote))
		return -EPIPE;
	nursery_tend(nursery);
	return nursery->mute ? -EIO : 0;
}

static void run(struct zygote *zygote)
{
	struct nursery *nursery = &zygote->nursery;
	int error = 0;

	while (error == 0 && !(nursery->drain && nursery->slots.used == 0))
		error = turn(zygote);
	/* The warden has gone, or the loop cannot be told: nothing may run on unseen. */
	if (error < 0)
		nursery_kill_all(nursery);
}

static bool hear_word(enum wire_type type, struct wire_message *message)
{
	return wire_receive(ROLE_CHANNEL_FD, WIRE_TO_ZYGOTE, message, true) == 1 &&
	       message->type == type;
}

/* The warden's first words: which service, what to test it with, and the link. */
static int hear_start(struct zygote *zygote, struct wire_message *assign,
		      struct wire_message *arena, int *link)
{
	struct wire_message message;

	if (!hear_word(ZYGOTE_ASSIGN, assign) || !hear_word(ZYGOTE_ARENA, arena) ||
	    !hear_word(ZYGOTE_LINK, &message))
		return -EPROTO;
	assign->name[sizeof(assign->name) - 1] = '\0';
	zygote->proof.extent = (enum selftest_extent)arena->number;
	*link = message.fds[0];
	return 0;
}

static void serve(struct zygote *zygote, int link)
{
	struct wire_message ready = { 0 };

	if (zygote->proof.extent == SELFTEST_TABLE) {
		wire_send(link, LINK_READY, &ready, NULL, 0, true);
		return;
	}
	nursery_set_link(&zygote->nursery, link);
	trim_startup_pages();
	run(zygote);
}

int zygote_run(void)
{
	static struct zygote zygote;
	struct wire_message assign, arena, failure = { 0 };
	struct why *why = &failure.why;
	int link, error;

	if (hear_start(&zygote, &assign, &arena, &link) < 0)
		return EXIT_SYSTEM;
	title_set("spawnd-zygote", "spawnd: zygote %s", assign.name);
	error = learn_service(&zygote, &assign, why);
	if (error == 0)
		plan_leaves(&zygote, &assign);
	if (error == 0)
		error = make_plan(&zygote, (uint32_t)assign.number, why);
	if (error == 0)
		error = proof_prepare(&zygote.proof, zygote.service, arena.fds, why);
	if (error == 0)
		error = prepare(&zygote, why);
	if (error == 0)
		error = watch_children(&zygote, why);
	if (error == 0 &&
	    (error = nursery_init(&zygote.nursery, &zygote.plan, &zygote.leaf_plan,
				  zygote.service->warmth, spec_containers_max(zygote.service))) < 0)
		why_set(why, error, "memory", "tables");
	if (error == 0)
		note_unwatched(&zygote.plan, &zygote.nursery);
	/* The last of all: it denies much of the above. */
	if (error == 0 && !zygote.plan.seals_each)
		error = seal_install(&zygote.plan.seal, why);
	if (error == 0)
		error = proof_rehearse(&zygote.proof, &zygote.plan, link, why);
	if (error < 0) {
		wire_send(link, LINK_FAILED, &failure, NULL, 0, true);
		return EXIT_SYSTEM;
	}
	proof_try(&zygote.proof, zygote.service, &zygote.nursery, zygote.signals);
	serve(&zygote, link);
	return EXIT_SUCCESS;
}

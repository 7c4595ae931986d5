/* SPDX-License-Identifier: ISC */
/*
 * The self-test on demand. A process of its own, root, that plays both the warden and, for the
 * zygotes' answers, the loop; it ends when the last service has been tried.
 */
#include "warden/selftest.h"

#include "base/cgroup.h"
#include "base/errno_name.h"
#include "base/fd.h"
#include "container/selftest.h"
#include "warden/arena.h"
#include "warden/dry_run.h"
#include "warden/roster.h"
#include "warden/warden.h"
#include "wire/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_STATUS_OPEN 1
#define GROUP "spawnd-selftest" /* not ControlGroup=: a daemon may have that */

struct test {
	struct guard guard;
	struct arena arena;
	struct roster *roster;
	struct roster_context context;
	int loop; /* our end of what is the loop's channel to a warden */
	bool open;
};

static void print_way(struct test *test, const struct service_spec *service,
		      const struct wire_message *message)
{
	enum socket_seal seal = service->container.socket_seal;
	enum selftest_path path = (enum selftest_path)message->number;
	const struct selftest_info *info;
	const char *result = "closed", *said = "ok";
	char way[12] = "-";

	if (message->number >= SELFTEST_PATHS)
		return;
	info = selftest_info(path);
	if (message->pid)
		result = selftest_is_promised(path, seal) ? "OPEN" : "open";
	if (message->id != 0)
		said = errno_name((int)-message->id);
	if (info->way)
		snprintf(way, sizeof(way), "%u", info->way);
	test->open = test->open || strcmp(result, "OPEN") == 0;
	printf("%-20s %-7s %-6s %3s  %-18s %-7s %s\n", service->name, socket_seal_name(seal),
	       test->arena.guarded ? "yes" : "no", way, info->name, result, said);
}

/* Until the zygote has no more to say. 0; -EPERM: a way is open; another -errno with why filled. */
static int hear_zygote(struct test *test, const struct service_spec *service, int link,
		       struct why *why)
{
	struct wire_message message;
	int got;

	while ((got = wire_receive(link, WIRE_LINK_UP, &message, true)) == 1) {
		switch ((enum wire_type)message.type) {
		case LINK_TESTED:
			print_way(test, service, &message);
			break;
		case LINK_READY:
			return 0;
		case LINK_FAILED:
			why_sanitise(&message.why);
			*why = message.why;
			return why->code < 0 ? why->code : -EPROTO;
		default:
			break;
		}
	}
	return why_set(why, got < 0 ? got : -ECHILD, "selftest", "the zygote has ended");
}

static int test_service(struct test *test, size_t index, struct why *why)
{
	const struct service_spec *service = &test->roster->config.services[index];
	struct post *post = &test->roster->posts[index];
	struct wire_message message = { .fds = { -1, -1 } };
	int error = roster_start_one(test->roster, index, &test->context, why);

	if (error == 0 && wire_receive(test->loop, WIRE_TO_LOOP, &message, true) != 1)
		error = why_set(why, -EPROTO, "selftest", "no link");
	if (error == 0)
		error = hear_zygote(test, service, message.fds[0], why);
	if (message.type == LOOP_ZYGOTE)
		fd_close(&message.fds[0]);
	fd_close(&post->channel);
	if (post->pid > 0)
		waitpid(post->pid, NULL, 0);
	post->pid = 0;
	return error;
}

static int load(struct test *test, const char *config_path)
{
	struct snapshot snapshot;
	struct config config;

	if (dry_run_load(config_path, &snapshot, &config) < 0)
		return -EINVAL;
	test->roster = roster_new(1, &snapshot, &config);
	config_free(&config);
	snapshot_close(&snapshot);
	return test->roster ? 0 : -EINVAL;
}

static int test_all(struct test *test)
{
	int status = 0;

	printf("%-20s %-7s %-6s %3s  %-18s %-7s %s\n", "SERVICE", "SEAL", "GUARD", "WAY", "BY",
	       "RESULT", "CALLS");
	for (size_t i = 0; i < test->roster->config.service_count; i++) {
		struct why why = { 0 };
		int error = test_service(test, i, &why);

		fflush(stdout);
		if (error == 0)
			continue;
		fprintf(stderr, "spawnd: %s: %s: %s (%s)\n", test->roster->config.services[i].name,
			why.step, why.text, errno_name(why.code));
		if (!test->open)
			status = EXIT_STATUS_SYSTEM;
	}
	return test->open ? EXIT_STATUS_OPEN : status;
}

static void remove_group(void)
{
	struct cgroup_place place;
	int root = cgroup_locate(&place, NULL) < 0 ? -1 : cgroup_open(AT_FDCWD, place.mount);

	if (root >= 0)
		cgroup_remove(root, GROUP);
	fd_close(&root);
}

int selftest_run(const char *config_path)
{
	static struct id_ranges ranges;
	static struct test test;
	int program = open("/proc/self/exe", O_PATH | O_CLOEXEC), pair[2], status;

	if (geteuid() != 0 || program < 0 || wire_pair(pair) < 0) {
		fputs("spawnd: --selftest takes root, and /proc\n", stderr);
		return EXIT_STATUS_SYSTEM;
	}
	if (load(&test, config_path) < 0)
		return EXIT_STATUS_USAGE;
	guard_init(&test.guard);
	arena_init(&test.arena, &test.guard);
	guard_prepare(&test.guard, GROUP);
	test.loop = pair[1];
	test.context =
		(struct roster_context){ program, pair[0], &ranges, &test.arena, true, NULL };
	status = test_all(&test);
	arena_close(&test.arena);
	guard_close(&test.guard);
	remove_group();
	return status;
}

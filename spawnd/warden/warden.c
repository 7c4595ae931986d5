/* SPDX-License-Identifier: ISC */
/*
 * The warden process: start, the poll(2) loop over signals and the loop's messages, children, the
 * stop. It takes no input from the network and none from a container.
 */
#include "warden/warden.h"

#include "base/clock.h"
#include "base/errno_name.h"
#include "base/fd.h"
#include "base/kernel.h"
#include "base/log.h"
#include "base/title.h"
#include "process/lockdown.h"
#include "warden/children.h"
#include "warden/detach.h"
#include "warden/held.h"
#include "warden/launch.h"
#include "warden/reports.h"
#include "warden/strays.h"
#include "warden/succession.h"
#include "wire/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define LOOP_STOP_NS (10 * CLOCK_SECOND_NS)	  /* beyond what its connections may take */
#define LOOP_START_AGAIN_NS (5 * CLOCK_SECOND_NS) /* after a loop could not even be started */

static int watch_signals(struct warden *warden)
{
	static const int watched[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(watched) / sizeof(watched[0]); i++)
		sigaddset(&set, watched[i]);
	/* Whatever was blocked or ignored when we were started is not any more. */
	sigprocmask(SIG_SETMASK, &set, NULL);
	signal(SIGCHLD, SIG_DFL);
	warden->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return warden->signals < 0 ? -errno : 0;
}

/*
 * How long an orderly stop can take: the connections' time, the slowest service's grace, and some.
 */
static int64_t patience_ns(const struct warden *warden)
{
	const struct roster *roster = warden->serving ? warden->serving : warden->staged;
	int64_t grace = 0;

	/* Of all generations: a connection keeps the grace that it was born with. */
	for (struct list *at = warden->rosters.next; at != &warden->rosters; at = at->next) {
		const struct config *config = &container_of(at, struct roster, in_all)->config;

		for (size_t i = 0; i < config->service_count; i++)
			if (config->services[i].timeout_stop_ns > grace)
				grace = config->services[i].timeout_stop_ns;
	}
	return LOOP_STOP_NS + grace + (roster ? roster->config.daemon.timeout_stop_ns : 0);
}

static void stop(struct warden *warden)
{
	struct wire_message message = { .number = warden->stopping ? 1 : 0 };

	if (!warden->stopping) {
		log_event(LOG_LEVEL_NOTICE, "stopping", "pid=%d", (int)getpid());
		notify_stopping(&warden->notify);
		held_close_all(&warden->listeners, &warden->guard);
		warden->stop_until_ns = clock_now_ns() + patience_ns(warden);
		if (warden->loop_pid == 0)
			children_dismiss(warden); /* between a loop's death and the next */
	}
	warden->stopping = true;
	if (warden->loop >= 0)
		wire_send(warden->loop, LOOP_STOP, &message, NULL, 0, true);
}

static void hear_signals(struct warden *warden)
{
	struct signalfd_siginfo info;

	while (read(warden->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGTERM:
		case SIGINT:
			stop(warden);
			break;
		case SIGHUP:
			warden->reload_wanted = true;
			break;
		case SIGUSR1:
			succession_reopen(warden);
			break;
		default:
			break; /* SIGCHLD: reap() looks in any case */
		}
	}
}

/* What is due now: children to start again, a reload, a staging that takes too long, the end. */
static void tend(struct warden *warden)
{
	struct roster_context context;
	int64_t now = clock_now_ns();
	struct why why;

	children_free_drained(warden);
	if (warden->stopping) {
		if (warden->loop_pid != 0 && now >= warden->stop_until_ns)
			kill(warden->loop_pid, SIGKILL);
		if (warden->loop_pid == 0)
			warden->done = !children_any_zygote(warden) || now >= warden->stop_until_ns;
		return;
	}
	if (warden->loop_pid == 0 && warden->serving && now >= warden->loop_retry_ns &&
	    launch_loop(warden, &why) < 0) {
		log_event(LOG_LEVEL_ERROR, "loop-start-failed", "step=%s error=%s text=\"%s\"",
			  why.step, errno_name(why.code), why.text);
		warden->loop_retry_ns = now + LOOP_START_AGAIN_NS;
	}
	context = warden_context(warden);
	if (warden->serving && roster_start(warden->serving, &context, &why) < 0)
		log_event(LOG_LEVEL_ERROR, "zygote-start-failed", "step=%s error=%s text=\"%s\"",
			  why.step, errno_name(why.code), why.text);
	if (warden->staged && now >= warden->staged_until_ns) {
		why_set(&why, -ETIMEDOUT, "stage", "zygotes did not become ready in time");
		succession_abort(warden, NULL, &why);
		warden->staged_until_ns = CLOCK_NEVER_NS;
	}
	if (warden->reload_wanted && !warden->staged && warden->serving && warden->loop >= 0) {
		warden->reload_wanted = false;
		warden->reload_answers_ns = warden->reload_asked_ns;
		warden->reload_asked_ns = 0;
		notify_reloading(&warden->notify);
		succession_stage(warden);
	}
}

static int next_timeout_ms(const struct warden *warden)
{
	int64_t next = CLOCK_NEVER_NS, left;

	if (warden->stopping)
		next = warden->stop_until_ns;
	else if (warden->serving)
		next = roster_next_retry_ns(warden->serving);
	if (!warden->stopping && warden->loop_pid == 0 && warden->loop_retry_ns < next)
		next = warden->loop_retry_ns;
	if (!warden->stopping && warden->staged && warden->staged_until_ns < next)
		next = warden->staged_until_ns;
	if (warden->groups.sweep_ns < next)
		next = warden->groups.sweep_ns;
	if (next == CLOCK_NEVER_NS)
		return -1;
	left = next - clock_now_ns();
	if (left <= 0)
		return 0;
	return left > CLOCK_SECOND_NS * 3600 ? 3600000 : (int)(left / CLOCK_MILLISECOND_NS) + 1;
}

static void turn(struct warden *warden)
{
	struct pollfd polled[] = { { .fd = warden->signals, .events = POLLIN },
				   { .fd = warden->loop, .events = POLLIN } };

	if (poll(polled, 2, next_timeout_ms(warden)) < 0 && errno != EINTR) {
		log_event(LOG_LEVEL_ERROR, "bug", "text=\"poll: %s\"", errno_name(errno));
		warden->exit_status = EXIT_STATUS_BUG;
		warden->done = true;
		return;
	}
	if (polled[1].revents && warden->loop >= 0)
		reports_hear(warden);
	if (polled[0].revents)
		hear_signals(warden);
	children_reap(warden);
	if (!warden->done)
		tend(warden);
}

/* The kernel's offer, before anything is started. */
static int check_kernel(void)
{
	int result = 0;

	for (int feature = 0; feature < KERNEL_FEATURES; feature++) {
		enum kernel_feature wanted = (enum kernel_feature)feature;

		if (kernel_has(wanted) || !kernel_feature_required(wanted))
			continue;
		log_event(LOG_LEVEL_ERROR, "kernel-lacks", "feature=%s",
			  kernel_feature_name(wanted));
		result = -ENOSYS;
	}
	return result;
}

static int open_control(struct warden *warden)
{
	const struct roster *roster = warden->staged;
	const char *path = roster ? roster->config.daemon.control_socket : NULL;
	struct wire_message message = { 0 };
	struct why why;

	if (!path)
		return 0;
	warden->control = sinks_open_control(path, &why);
	if (warden->control < 0) {
		log_event(LOG_LEVEL_ERROR, "start-failed", "step=%s error=%s text=\"%s\"", why.step,
			  errno_name(why.code), why.text);
		return why.code;
	}
	warden->control_path = strdup(path);
	wire_send(warden->loop, LOOP_CONTROL, &message, &warden->control, 1, true);
	return 0;
}

/*
 * Before there is any child, so that none has more; after what only an unconfined process can ask.
 */
static int confine(struct warden *warden)
{
	struct why why;
	int error;

	warden->nowhere = lockdown_make_nowhere(&why);
	error = warden->nowhere < 0 ? warden->nowhere : lockdown_warden(&why);
	if (error < 0)
		log_event(LOG_LEVEL_ERROR, "start-failed", "step=%s error=%s text=\"%s\"", why.step,
			  errno_name(error), why.text);
	else if (!lockdown_filters())
		log_event(LOG_LEVEL_WARNING, "not-confined", "text=\"%s\"",
			  LOCKDOWN_RELAXED ? "built with a sanitizer"
					   : "the kernel has no seccomp filters");
	return error;
}

static int start(struct warden *warden)
{
	int error;

	if (geteuid() != 0) {
		log_event(LOG_LEVEL_ERROR, "start-failed",
			  "text=\"spawnd must be started by root\"");
		return -EPERM;
	}
	if ((error = check_kernel()) < 0 || (error = confine(warden)) < 0)
		return error;
	warden->program = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	if (warden->program < 0 || watch_signals(warden) < 0) {
		error = -errno;
		log_event(LOG_LEVEL_ERROR, "start-failed", "text=\"%s\" error=%s",
			  warden->program < 0 ? "/proc/self/exe: is /proc mounted?" : "signalfd",
			  errno_name(error));
		return error;
	}
	/* Nobody's child may live on unseen when its zygote is gone. prctl(2) */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	title_set("spawnd", "spawnd: warden");
	if ((error = succession_stage(warden)) < 0)
		return error;
	return open_control(warden);
}

static int finish(struct warden *warden)
{
	held_close_all(&warden->listeners, &warden->guard);
	arena_close(&warden->arena);
	guard_close(&warden->guard);
	fd_close(&warden->loop);
	while (!list_empty(&warden->rosters))
		roster_free(container_of(warden->rosters.next, struct roster, in_all));
	strays_kill_all(warden);
	groups_close(&warden->groups);
	if (warden->control_path)
		unlink(warden->control_path);
	if (warden->pid_file)
		unlink(warden->pid_file);
	if (warden->stopping)
		log_event(LOG_LEVEL_NOTICE, "stopped", "pid=%d", (int)getpid());
	/* With -d: stopped before it ever served. */
	if (warden->report >= 0)
		detach_end(warden->report,
			   warden->exit_status ? warden->exit_status : EXIT_STATUS_SYSTEM);
	return warden->exit_status;
}

int warden_run(const struct warden_options *options)
{
	static struct warden
		warden; /* zero, and large: with an initialiser it would be in the file */
	int error;

	warden.signals = warden.control = warden.report = warden.loop = -1;
	warden.options = *options;
	warden.sinks = (struct sinks){ LOG_SINK_STDERR, -1, -1, -1 };
	groups_init(&warden.groups);
	list_init(&warden.listeners);
	guard_init(&warden.guard);
	arena_init(&warden.arena, &warden.guard);
	list_init(&warden.rosters);
	if (options->detach) {
		warden.report = detach_begin();
		if (warden.report < 0)
			return EXIT_STATUS_SYSTEM;
	}
	notify_init(&warden.notify, options->notify_descriptor);
	error = start(&warden);
	if (error < 0)
		warden.exit_status = error == -EINVAL ? EXIT_STATUS_USAGE : EXIT_STATUS_SYSTEM;
	while (error == 0 && !warden.done)
		turn(&warden);
	return finish(&warden);
}

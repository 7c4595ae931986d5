/* SPDX-License-Identifier: ISC */
/*
 * Generations and loops succeed one another. Warden, run regime (at the first start a failure ends
 * the daemon): the order is always open the new, prove it, commit, let the old drain.
 */
#include "warden/succession.h"

#include "base/clock.h"
#include "base/errno_name.h"
#include "base/fd.h"
#include "base/log.h"
#include "process/descriptors.h"
#include "process/role.h"
#include "process/trim.h"
#include "warden/detach.h"
#include "warden/held.h"
#include "warden/launch.h"
#include "warden/ration.h"
#include "warden/tell.h"
#include "wire/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * A text with every error, for spawnctl: the loop passes the descriptor on and reads none of it.
 * -1: memory; then there is the log.
 */
static int errors_text(struct config_errors *errors)
{
	int fd = fd_memory("errors");
	int copy = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
	FILE *stream = copy < 0 ? NULL : fdopen(copy, "w");

	if (stream) {
		config_errors_print(errors, stream);
		if (fclose(stream) == 0 &&
		    fcntl(fd, F_ADD_SEALS,
			  F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0)
			return fd;
	} else {
		fd_close(&copy);
	}
	fd_close(&fd);
	return -1;
}

/* errors: NULL, or those of the configuration. */
static void answer_reload(struct warden *warden, const struct why *why,
			  struct config_errors *errors)
{
	struct wire_message message = { .when_ns = warden->reload_answers_ns };
	int text;

	if (warden->reload_answers_ns == 0)
		return;
	warden->reload_answers_ns = 0;
	if (why)
		message.why = *why;
	text = errors ? errors_text(errors) : -1;
	tell_loop(warden, LOOP_RELOADED, &message, text);
	fd_close(&text);
}

/* At the first start a person may be looking; later there is the log, and perhaps spawnctl. */
static void refuse(struct warden *warden, struct config_errors *errors)
{
	struct why why;

	if (!warden->serving) {
		config_errors_print(errors, stderr);
		return;
	}
	why_set(&why, -EINVAL, "configuration",
		"%zu error%s, the first at %s:%u: nothing has changed", errors->count,
		errors->count == 1 ? "" : "s",
		errors->count && errors->items[0].origin.file ? errors->items[0].origin.file : "-",
		errors->count ? errors->items[0].origin.line : 0);
	log_event(LOG_LEVEL_ERROR, "reload-failed", "step=%s error=EINVAL text=\"%s\"", why.step,
		  why.text);
	notify_ready(&warden->notify);
	answer_reload(warden, &why, errors);
	for (size_t i = 0; i < errors->count; i++) {
		const struct config_error *error = &errors->items[i];

		log_event(LOG_LEVEL_ERROR, "config-error", "at=%s:%u text=\"%s\"",
			  error->origin.file ? error->origin.file : warden->options.config_path,
			  error->origin.line, error->text);
	}
}

static int load(const struct warden *warden, struct snapshot *snapshot, struct config *config,
		struct config_errors *errors)
{
	int error = snapshot_read(snapshot, warden->options.config_path, errors);

	if (error == 0)
		error = config_examine(config, snapshot, errors);
	/* Containers that run have ids of the ranges as they are. */
	if (error == 0 && warden->serving &&
	    config->daemon.id_base != warden->serving->config.daemon.id_base) {
		struct origin nowhere = { warden->options.config_path, 0 };

		config_errors_add(errors, nowhere,
				  "[spawnd] IdBase: cannot change while spawnd runs");
		error = -EINVAL;
	}
	return error < 0 ? -EINVAL : 0;
}

/* The new log and accounting files must be there before the old generation is given up. */
static int change_sinks(struct warden *warden, const struct daemon_spec *spec, struct why *why)
{
	struct sinks sinks;
	int error = sinks_open(&sinks, spec, warden->options.detach, why);

	if (error < 0)
		return error;
	sinks_close(&warden->sinks);
	warden->sinks = sinks;
	sinks_use(&sinks, spec->log_level);
	return 0;
}

static int begin(struct warden *warden, struct roster *roster)
{
	struct roster_context context;
	struct why why;
	int error = 0;

	list_append(&warden->rosters, &roster->in_all);
	warden->staged = roster;
	warden_staging(warden, STAGING_PATIENCE_NS, STAGING_PATIENCE_NS);
	if (!warden->serving) {
		error = change_sinks(warden, &roster->config.daemon, &why);
		if (error == 0)
			error = launch_loop(warden, &why);
	} else {
		context = warden_context(warden);
		/*
		 * The loop lifts its own limit as far as the hard one, 4,096 without systemd. That
		 * one takes a capability, which we may lack: then the loop says so.
		 */
		if (warden->loop_pid > 0)
			descriptors_allow(warden->loop_pid, config_descriptors(&roster->config),
					  &why);
		tell_generation(warden, roster, true);
		error = roster_start(roster, &context, &why);
	}
	if (error < 0)
		succession_abort(warden, NULL, &why);
	return error;
}

int succession_stage(struct warden *warden)
{
	struct snapshot snapshot = { .fd = -1 };
	struct config_errors errors;
	struct config config = { 0 };
	struct roster *roster = NULL;
	int error;

	config_errors_init(&errors);
	error = load(warden, &snapshot, &config, &errors);
	if (error == 0) {
		warden->generation++;
		error = ration_stage(&warden->groups, &config, &errors);
		groups_want_sweep(&warden->groups);
	}
	if (error == 0) {
		guard_prepare(&warden->guard, groups_path(&warden->groups));
		error = held_stage(&warden->listeners, &config, warden->generation, &warden->guard,
				   &errors);
		/* Only this generation's own: one that never began has opened none. */
		if (error < 0)
			held_abort(&warden->listeners, warden->generation, &warden->guard);
	}
	if (error == 0) {
		roster = roster_new(warden->generation, &snapshot, &config);
		error = roster ? begin(warden, roster) : -ENOMEM;
	} else {
		refuse(warden, &errors);
	}
	config_errors_free(&errors);
	config_free(&config);
	snapshot_close(&snapshot);
	return error;
}

static void announce(struct warden *warden)
{
	const struct config *config = &warden->serving->config;
	struct why why;

	notify_ready(&warden->notify);
	log_event(LOG_LEVEL_NOTICE, "ready", "version=%s generation=%u services=%zu",
		  SPAWND_VERSION, warden->serving->generation, config->service_count);
	if (warden->report < 0)
		return;
	if (config->daemon.pid_file) {
		int error = detach_write_pid(config->daemon.pid_file, &why);

		if (error < 0)
			log_event(LOG_LEVEL_ERROR, "pid-file-failed",
				  "path=%s error=%s text=\"%s\"", config->daemon.pid_file,
				  errno_name(error), why.text);
		else
			warden->pid_file = strdup(config->daemon.pid_file);
	}
	/* The file last, then the command that started us returns. */
	detach_end(warden->report, 0);
	warden->report = -1;
}

/* A loop that follows a dead one: what served goes on serving. */
static bool is_restoration(const struct warden *warden)
{
	return warden->staged == warden->serving;
}

void succession_commit(struct warden *warden, uint32_t generation)
{
	struct wire_message message = { .generation = generation };
	struct roster *old = warden->serving;
	struct why why;

	if (!warden->staged || warden->staged->generation != generation || warden->stopping)
		return;
	if (old && !is_restoration(warden) &&
	    change_sinks(warden, &warden->staged->config.daemon, &why) < 0) {
		succession_abort(warden, NULL, &why);
		return;
	}
	held_commit(&warden->listeners, &warden->staged->config, generation, &warden->guard);
	if (old && !is_restoration(warden)) {
		old->draining = true;
		tell_sinks(warden);
	}
	tell_loop(warden, LOOP_COMMIT, &message, -1);
	warden->serving = warden->staged;
	warden->staged = NULL;
	ration_commit(&warden->groups, &warden->serving->config, !old);
	trim_startup_pages();
	if (!old) {
		announce(warden);
		return;
	}
	notify_ready(&warden->notify);
	log_event(LOG_LEVEL_NOTICE, old == warden->serving ? "loop-restored" : "reload-done",
		  "generation=%u services=%zu", generation, warden->serving->config.service_count);
	answer_reload(warden, NULL, NULL);
}

void succession_abort(struct warden *warden, const char *service, const struct why *why)
{
	struct wire_message message = { 0 };
	struct roster *staged = warden->staged;
	bool first = !warden->serving;

	if (!staged)
		return;
	if (is_restoration(warden)) {
		/* It has served before: with the services that are there, the rest follows. */
		succession_commit(warden, staged->generation);
		return;
	}
	log_event(LOG_LEVEL_ERROR, first ? "start-failed" : "reload-failed",
		  "service=%s step=%s error=%s text=\"%s\"", service ? service : "-", why->step,
		  errno_name(why->code), why->text);
	if (first) {
		warden->exit_status = EXIT_STATUS_SYSTEM;
		warden->done = true;
		return;
	}
	message.generation = staged->generation;
	tell_loop(warden, LOOP_ABORT, &message, -1);
	held_abort(&warden->listeners, staged->generation, &warden->guard);
	staged->draining = true;
	roster_dismiss(staged);
	warden->staged = NULL;
	notify_ready(&warden->notify);
	answer_reload(warden, why, NULL);
}

void succession_reopen(struct warden *warden)
{
	struct roster *current = warden->serving ? warden->serving : warden->staged;
	struct why why;

	if (!current)
		return;
	if (change_sinks(warden, &current->config.daemon, &why) < 0) {
		log_event(LOG_LEVEL_ERROR, "reopen-failed", "step=%s error=%s text=\"%s\"",
			  why.step, errno_name(why.code), why.text);
		return;
	}
	tell_sinks(warden);
	log_event(LOG_LEVEL_NOTICE, "reopened", "pid=%d", (int)getpid());
}

/* The file that is written, and no other that somebody has put in its place meanwhile. */
static int move_away(const struct warden *warden, const char *path)
{
	struct stat open_one, named;
	char away[PATH_MAX];

	if (fstat(warden->sinks.accounting, &open_one) < 0 || lstat(path, &named) < 0)
		return -errno;
	if (open_one.st_dev != named.st_dev || open_one.st_ino != named.st_ino)
		return 0; /* it has been moved: opening it anew is all there is to do */
	if (!S_ISREG(named.st_mode))
		return -EINVAL;
	if (snprintf(away, sizeof(away), "%s.1", path) >= (int)sizeof(away))
		return -ENAMETOOLONG;
	return rename(path, away) < 0 ? -errno : 0;
}

/* The loop says so; it is looked at, because the file before this one is overwritten. */
static bool is_full(const struct warden *warden)
{
	uint64_t most = warden->serving->config.daemon.accounting_max_bytes;
	struct stat status;

	return most > 0 && fstat(warden->sinks.accounting, &status) == 0 &&
	       (uint64_t)status.st_size >= most;
}

void succession_rotate(struct warden *warden)
{
	const char *path = warden->serving ? warden->serving->config.daemon.accounting_file : NULL;
	int error;

	if (!path || warden->sinks.accounting < 0 || !is_full(warden))
		return;
	error = move_away(warden, path);
	if (error == 0)
		succession_reopen(warden);
	else
		log_event(LOG_LEVEL_ERROR, "rotate-failed", "path=%s error=%s", path,
			  errno_name(error));
}

/* SPDX-License-Identifier: ISC */
/*
 * What the warden tells the loop. Warden; may wait a few seconds for a loop that is busy, never
 * longer.
 */
#include "warden/tell.h"

#include "base/fd.h"
#include "warden/held.h"
#include "wire/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>

void tell_loop(struct warden *warden, enum wire_type type, struct wire_message *message, int fd)
{
	int error = 0;

	if (warden->loop >= 0)
		error = wire_send(warden->loop, type, message, &fd, fd >= 0 ? 1 : 0, true);
	/*
	 * One that is dead is found by its end; one that does not read would disagree with us from
	 * now on.
	 */
	if (error < 0 && error != -EPIPE && warden->loop_pid > 0)
		kill(warden->loop_pid, SIGKILL);
}

void tell_pressure(struct warden *warden)
{
	struct wire_message message;
	char path[32];
	int fd;

	for (int kind = 0; kind < PRESSURE_KINDS; kind++) {
		snprintf(path, sizeof(path), "/proc/pressure/%s", pressure_names[kind]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		message = (struct wire_message){ .number = (uint64_t)kind };
		if (fd >= 0)
			tell_loop(warden, LOOP_PRESSURE, &message, fd);
		fd_close(&fd);
	}
}

void tell_sinks(struct warden *warden)
{
	struct wire_message log = { .number = warden->sinks.kind }, accounting = { 0 },
			    status = { 0 };

	/* Without a descriptor: there is none any more. */
	tell_loop(warden, LOOP_LOG, &log, warden->sinks.log);
	tell_loop(warden, LOOP_ACCOUNTING, &accounting, warden->sinks.accounting);
	tell_loop(warden, LOOP_STATUS, &status, warden->sinks.status);
}

void tell_generation(struct warden *warden, const struct roster *roster, bool listeners)
{
	struct wire_message message = { .generation = roster->generation,
					.number = warden->incarnation };

	tell_loop(warden, LOOP_CONFIG, &message, roster->snapshot.fd);
	for (size_t i = 0; listeners && i < roster->config.service_count; i++) {
		const struct service_spec *service = &roster->config.services[i];

		for (size_t j = 0; j < service->listener_count; j++) {
			message = (struct wire_message){ .generation = roster->generation,
							 .service = (uint32_t)i,
							 .number = j };
			tell_loop(warden, LOOP_LISTENER, &message,
				  held_fd(&warden->listeners, service, j));
		}
	}
}

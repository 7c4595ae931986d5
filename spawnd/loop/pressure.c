/* SPDX-License-Identifier: ISC */
/*
 * Reads /proc/pressure. Loop; one pread(2) a second for each kind that a service has a limit for.
 */
#include "loop/pressure.h"

#include "base/fd.h"
#include "loop/loop.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOOK_SECONDS 1. /* the kernel's averages change every two */

/* "some avg10=12.34 avg60=...": the whole percents. */
static unsigned int read_percent(int file)
{
	static const char start[] = "some avg10=";
	char bytes[128];
	ssize_t size = file >= 0 ? pread(file, bytes, sizeof(bytes) - 1, 0) : -1;

	if (size <= 0)
		return 0;
	bytes[size] = '\0';
	return strncmp(bytes, start, strlen(start)) == 0
		       ? (unsigned int)strtoul(bytes + strlen(start), NULL, 10)
		       : 0;
}

static void look(struct ev_loop *ev, ev_timer *timer, int events)
{
	struct loop *loop = container_of(timer, struct loop, pressure.timer);

	for (int kind = 0; kind < PRESSURE_KINDS; kind++)
		loop->pressure.percent[kind] = read_percent(loop->pressure.files[kind]);
	loop->place_freed = true; /* it may have sunk */
}

void pressure_init(struct loop *loop)
{
	for (int kind = 0; kind < PRESSURE_KINDS; kind++)
		loop->pressure.files[kind] = -1;
	ev_timer_init(&loop->pressure.timer, look, 0., LOOK_SECONDS);
}

void pressure_take(struct loop *loop, enum pressure_kind kind, int fd)
{
	if (kind >= PRESSURE_KINDS) {
		fd_close(&fd);
		return;
	}
	fd_close(&loop->pressure.files[kind]);
	loop->pressure.files[kind] = fd;
}

static bool is_wanted(const struct generation *generation)
{
	for (size_t i = 0; generation && i < generation->config.service_count; i++)
		for (int kind = 0; kind < PRESSURE_KINDS; kind++)
			if (generation->config.services[i].admission.pressure[kind] > 0)
				return true;
	return false;
}

void pressure_watch(struct loop *loop)
{
	ev_timer_stop(loop->ev, &loop->pressure.timer);
	memset(loop->pressure.percent, 0, sizeof(loop->pressure.percent));
	if (!is_wanted(loop->serving))
		return;
	ev_timer_set(&loop->pressure.timer, 0., LOOK_SECONDS);
	ev_timer_start(loop->ev, &loop->pressure.timer);
}

enum pressure_kind pressure_above(const struct service *service)
{
	const struct pressure *now = &service->generation->loop->pressure;
	int kind = 0;

	while (kind < PRESSURE_KINDS &&
	       (service->spec->admission.pressure[kind] == 0 ||
		now->percent[kind] < service->spec->admission.pressure[kind]))
		kind++;
	return (enum pressure_kind)kind;
}

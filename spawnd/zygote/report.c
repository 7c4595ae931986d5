/* SPDX-License-Identifier: ISC */
/*
 * What a zygote tells the loop of its containers. Run regime: it may wait for the loop to read,
 * never for long.
 */
#include "zygote/report.h"

#include "base/clock.h"
#include "base/fd.h"
#include "wire/wire.h"
#include "zygote/request.h"

#include <errno.h>
#include <sys/socket.h>

/* What it has handed over last is known before it is followed by another. */
static void hear_the_last(struct nursery *nursery)
{
	struct wire_message message;

	while (wire_receive(nursery->link, WIRE_LINK_DOWN, &message, false) == 1)
		request_hear(nursery, &message);
	fd_close(&nursery->link);
}

/* It always reads, so waiting is bounded by its turn. */
int report(struct nursery *nursery, enum wire_type type, struct wire_message *message,
	   const int *fds, size_t fd_count)
{
	int error = 0;

	if (nursery->link >= 0)
		error = wire_send(nursery->link, type, message, fds, fd_count, true);
	if (error == -ETOOMANYREFS)
		return error;
	if (error == -EPIPE)
		hear_the_last(nursery);
	else if (error < 0)
		nursery->mute = true;
	return 0;
}

void report_name(const struct nursery *nursery, uint32_t index, struct wire_message *message)
{
	const struct container *container = &nursery->containers[index];

	message->slot = (struct wire_slot){ index, nursery->slots.slot[index].generation };
	message->pid = container->pid;
	message->id = container->id;
	message->when_ns = container->taken_ns;
}

void report_running(struct nursery *nursery, uint32_t index)
{
	struct wire_message message = { 0 };
	const struct container *container = &nursery->containers[index];

	report_name(nursery, index, &message);
	/* Rather without its standard error than not at all. */
	if (report(nursery, LINK_RUNNING, &message, &container->log, container->log >= 0 ? 1 : 0) <
	    0)
		report(nursery, LINK_RUNNING, &message, NULL, 0);
}

void report_exited(struct nursery *nursery, uint32_t index)
{
	const struct container *container = &nursery->containers[index];
	const struct rusage *usage = &container->usage;
	struct wire_message message = { .number = (uint32_t)container->status };

	report_name(nursery, index, &message);
	message.usage = container->group_usage;
	message.usage.user_ns = usage->ru_utime.tv_sec * CLOCK_SECOND_NS +
				usage->ru_utime.tv_usec * CLOCK_MICROSECOND_NS;
	message.usage.system_ns = usage->ru_stime.tv_sec * CLOCK_SECOND_NS +
				  usage->ru_stime.tv_usec * CLOCK_MICROSECOND_NS;
	message.usage.max_rss_bytes = (int64_t)usage->ru_maxrss * 1024;
	message.usage.minor_faults = usage->ru_minflt;
	message.usage.major_faults = usage->ru_majflt;
	report(nursery, LINK_EXITED, &message, NULL, 0);
}

/* A loop that has died meanwhile is not told: what it does not hear would be lost. */
bool report_is_deaf(const struct nursery *nursery)
{
	char byte;

	return nursery->link >= 0 && recv(nursery->link, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

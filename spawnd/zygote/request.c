/* SPDX-License-Identifier: ISC */
/* Hears what the loop asks for. Zygote, run regime: no message is answered, none waits. */
#include "zygote/request.h"

#include "base/clock.h"

#include <signal.h>

static void take(struct nursery *nursery, const struct wire_message *message)
{
	struct container *container;

	nursery->wanted = (uint32_t)message->number;
	nursery->waiting = message->waiting;
	if (!slots_is(&nursery->slots, message->slot.index, message->slot.generation))
		return; /* it has ended already, and LINK_EXITED says so */
	container = &nursery->containers[message->slot.index];
	if (container->state != CONTAINER_PARKED)
		return;
	container->state = CONTAINER_TAKEN;
	container->id = message->id;
	container->taken_ns = clock_now_ns();
	/* Not put off by each: then it would never come where there are many. */
	if (container->taken_ns >= nursery->calm_ns)
		nursery->calm_ns = container->taken_ns + NURSERY_CALM_NS;
	nursery->parked--;
	nursery->taken++;
}

/* To our own child, and only while it is not reaped, so that the pid is still its. */
static void send_signal(struct nursery *nursery, const struct wire_message *message)
{
	uint32_t index;
	pid_t pid;

	if (message->number < 1 || message->number >= _NSIG ||
	    !slots_is(&nursery->slots, message->slot.index, message->slot.generation))
		return;
	pid = nursery->containers[message->slot.index].pid;
	if (pids_find(&nursery->pids, pid, &index) && index == message->slot.index)
		kill(pid, (int)message->number);
}

void request_hear(struct nursery *nursery, const struct wire_message *message)
{
	switch ((enum wire_type)message->type) {
	case LINK_WANT:
		nursery->wanted = (uint32_t)message->number;
		nursery->waiting = message->waiting;
		break;
	case LINK_TAKEN:
		take(nursery, message);
		break;
	case LINK_KILL:
		send_signal(nursery, message);
		break;
	case LINK_DRAIN:
		nursery->drain = true;
		break;
	default:
		break;
	}
}

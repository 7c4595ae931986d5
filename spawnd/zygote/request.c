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
		/* Our own child, not yet reaped: the pid is still its. */
		if (slots_is(&nursery->slots, message->slot.index, message->slot.generation) &&
		    message->number > 0 && message->number < _NSIG)
			kill(nursery->containers[message->slot.index].pid, (int)message->number);
		break;
	case LINK_DRAIN:
		nursery->drain = true;
		break;
	default:
		break;
	}
}

/* SPDX-License-Identifier: ISC */
/* Waits for the kernel to take down what has ended. Zygote, run regime. */
#include "zygote/backlog.h"

#include "base/clock.h"
#include "zygote/report.h"

#include <errno.h>
#include <string.h>

#define RETRY_NS (20 * CLOCK_MILLISECOND_NS) /* a turn of cleanup_net() in net/core */
/* What takes longer is not a backlog but a limit of the host's. */
#define PATIENCE_NS (2 * CLOCK_SECOND_NS)
#define TOLD_NS (10 * CLOCK_SECOND_NS) /* once in so long */

bool backlog_holds(struct nursery *nursery, const struct why *why)
{
	struct wire_message message = { .why = *why };
	int64_t now_ns = clock_now_ns();

	if (why->code != -ENOSPC ||
	    (strcmp(why->step, "unshare-net") != 0 && strcmp(why->step, "unshare-ipc") != 0))
		return false;
	if (nursery->held_ns == 0)
		nursery->held_ns = now_ns;
	if (now_ns >= nursery->held_ns + PATIENCE_NS)
		return false;
	nursery->retry_ns = now_ns + RETRY_NS;
	if (nursery->told_ns == 0 || now_ns >= nursery->told_ns + TOLD_NS) {
		nursery->told_ns = now_ns;
		report(nursery, LINK_HELD, &message, NULL, 0);
	}
	return true;
}

void backlog_end(struct nursery *nursery)
{
	nursery->held_ns = 0;
}

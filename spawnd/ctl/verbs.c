/* SPDX-License-Identifier: ISC */
/* spawnctl's verbs: THE TABLE. tests/e2e/manual-events.t holds spawnctl(8) to it. */
#include "ctl/verb.h"

#include <stddef.h>

const struct verb verbs[] = {
	{
		.name = "status",
		.operands = "",
		.help = "the daemon and its services: counters, what is live and parked",
		.run = verb_status,
	},
	{
		.name = "list",
		.operands = "",
		.help = "the connections that live",
		.run = verb_list,
	},
	{
		.name = "reload",
		.operands = "",
		.help = "read the configuration again, and wait until it serves",
		.run = verb_reload,
	},
	{ .name = NULL },
};

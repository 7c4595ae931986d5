/* SPDX-License-Identifier: ISC */
/* spawnctl's verbs: THE TABLE. tests/e2e/manual-events.t holds spawnctl(8) to it. */
#include "ctl/verb.h"

#include <limits.h>
#include <stddef.h>

const struct verb verbs[] = {
	{
		.name = "status",
		.operands = "",
		.help = "the daemon and its services: counters, what is live and parked",
		.run = verb_status,
		.options = { { "file", "FILE",
			       "read it from a StatusFile=, not from the socket" } },
	},
	{
		.name = "list",
		.operands = "[SERVICE]",
		.operands_max = 1,
		.help = "the connections that live, with what they use",
		.run = verb_list,
	},
	{
		.name = "top",
		.operands = "[SERVICE]",
		.operands_max = 1,
		.help = "services and connections that use most, drawn again and again",
		.run = verb_top,
		.options = { { "sort", "KEY", "cpu, memory, bytes, age or id" },
			     { "delay", "SECONDS", "between two looks (2)" } },
	},
	{
		.name = "show",
		.operands = "ID",
		.operands_min = 1,
		.operands_max = 1,
		.help = "everything about one connection",
		.run = verb_show,
	},
	{
		.name = "kill",
		.operands = "ID|SERVICE",
		.operands_min = 1,
		.operands_max = 1,
		.help = "end one connection, or all of a service",
		.run = verb_kill,
	},
	{
		.name = "pause",
		.operands = "SERVICE",
		.operands_min = 1,
		.operands_max = 1,
		.help = "accept no more connections for it",
		.run = verb_pause,
	},
	{
		.name = "resume",
		.operands = "[SERVICE]",
		.operands_max = 1,
		.help = "accept again, for it or for all",
		.run = verb_resume,
	},
	{
		.name = "drain",
		.operands = "[SERVICE]",
		.operands_max = 1,
		.help = "accept no more, and wait until nobody is connected",
		.run = verb_drain,
		.options = { { "timeout", "SECONDS", "wait no longer than that" } },
	},
	{
		.name = "reload",
		.operands = "",
		.help = "read the configuration again, and wait until it serves",
		.run = verb_reload,
	},
	{
		.name = "explain",
		.operands = "ADDRESS [SERVICE]",
		.operands_min = 1,
		.operands_max = 2,
		.help = "what a client from there would get, listener by listener",
		.run = verb_explain,
	},
	{
		.name = "report",
		.operands = "[FILE]...",
		.operands_max = INT_MAX,
		.help = "sums of accounting files; - is standard input",
		.run = verb_report,
		.options = { { "top", "N", "so many sources (10)" },
			     { "service", "NAME", "connections of this service only" },
			     { "since", "TIME", "that came at this time or later (UTC)" },
			     { "until", "TIME", "that came before: 2026-11-24T12:00" } },
	},
	{
		.name = "check-host",
		.operands = "",
		.help = "kernel settings that matter, and what to change; changes nothing",
		.run = verb_check_host,
		.options = { { "root", "DIR", "read /proc and /sys below it" } },
	},
	{
		.name = "metrics",
		.operands = "",
		.help = "the status as OpenMetrics text",
		.run = verb_metrics,
		.options = { { "file", "FILE", "read it from a StatusFile=, not from the socket" },
			     { "http", NULL, "answer one HTTP request on standard input" } },
	},
	{ .name = NULL },
};

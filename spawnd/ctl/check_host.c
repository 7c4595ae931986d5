/* SPDX-License-Identifier: ISC */
/* spawnctl check-host: what host.c finds, for a person or a program. Needs no daemon. */
#include "ctl/host.h"
#include "ctl/json.h"
#include "ctl/verb.h"

#include <stdio.h>

enum { OPTION_ROOT };

struct telling {
	struct json json;
	unsigned int counts[HOST_LEVELS];
};

static void tell_program(void *context, const struct host_finding *finding)
{
	struct telling *telling = context;

	telling->counts[finding->level]++;
	json_begin(&telling->json, NULL, '{');
	json_string(&telling->json, "name", finding->name);
	json_string(&telling->json, "level", host_level_name(finding->level));
	json_string(&telling->json, "value", finding->value);
	json_string(&telling->json, "change", finding->change);
	json_string(&telling->json, "why", finding->why);
	json_end(&telling->json, '}');
}

static void tell_person(void *context, const struct host_finding *finding)
{
	struct telling *telling = context;

	telling->counts[finding->level]++;
	printf("%-8s %-44s %s\n", host_level_name(finding->level), finding->name, finding->value);
	if (finding->level == HOST_OK)
		return;
	printf("         why:    %s\n", finding->why);
	if (finding->change[0])
		printf("         change: %s\n", finding->change);
}

int verb_check_host(const struct call *call)
{
	const char *root = call->given[OPTION_ROOT] ? call->given[OPTION_ROOT] : "";
	struct telling telling = { .json = { .stream = stdout } };

	if (call->json) {
		json_begin(&telling.json, NULL, '{');
		json_begin(&telling.json, "checks", '[');
		host_check(root, tell_program, &telling);
		json_end(&telling.json, ']');
		json_count(&telling.json, "problems", telling.counts[HOST_PROBLEM]);
		json_end(&telling.json, '}');
		putchar('\n');
	} else {
		host_check(root, tell_person, &telling);
		printf("\n%u problems, %u pieces of advice, %u in order. Nothing was changed.\n",
		       telling.counts[HOST_PROBLEM], telling.counts[HOST_ADVICE],
		       telling.counts[HOST_OK]);
	}
	if (fflush(stdout) != 0) {
		perror("spawnctl");
		return EXIT_SYSTEM;
	}
	return telling.counts[HOST_PROBLEM] > 0 ? EXIT_REFUSED : 0;
}

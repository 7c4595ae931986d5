/* SPDX-License-Identifier: ISC */
/*
 * spawnctl: a program of its own, run by the operator: asks a running spawnd, and reads what it
 * leaves behind. Here is the command line; what it can do is in verbs.c. Exit status 0, 1 (the
 * answer is no), 100 (usage), 111 (no daemon, system error).
 */
#include "ctl/verb.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define OPTION_FIRST 256 /* values of a verb's own options; letters are below */

static const struct option common[] = { { "socket", required_argument, NULL, 's' },
					{ "json", no_argument, NULL, 'j' },
					{ "help", no_argument, NULL, 'h' },
					{ "version", no_argument, NULL, 'V' } };
#define COMMON (sizeof(common) / sizeof(common[0]))

static void print_usage(FILE *stream)
{
	fputs("usage: spawnctl [-s SOCKET] [--json] VERB\n\n", stream);
	for (const struct verb *verb = verbs; verb->name; verb++) {
		int width = fprintf(stream, "  %s%s%s", verb->name, verb->operands[0] ? " " : "",
				    verb->operands);

		fprintf(stream, "%*s%s\n", width < 26 ? 26 - width : 1, "", verb->help);
		for (const struct verb_option *option = verb->options; option->name; option++) {
			width = fprintf(stream, "    --%s%s%s", option->name,
					option->argument ? "=" : "",
					option->argument ? option->argument : "");
			fprintf(stream, "%*s%s\n", width < 26 ? 26 - width : 1, "", option->help);
		}
	}
	fputs("\n  -s, --socket=SOCKET     the daemon's ControlSocket= (" SPAWND_RUNDIR
	      "/control)\n"
	      "  -j, --json              answers for programs\n"
	      "  --help, --version       print this, or the version\n",
	      stream);
}

/* The options of all verbs and those of this one. options has COMMON + VERB_OPTIONS_MAX + 1. */
static void collect_options(const struct verb *verb, struct option *options)
{
	size_t count = 0;

	memset(options, 0, (COMMON + VERB_OPTIONS_MAX + 1) * sizeof(*options));
	memcpy(options, common, sizeof(common));
	for (; verb && verb->options[count].name; count++)
		options[COMMON + count] =
			(struct option){ verb->options[count].name,
					 verb->options[count].argument ? required_argument
								       : no_argument,
					 NULL, OPTION_FIRST + (int)count };
}

/*
 * Reads options up to the first operand ("+", for what stands before the verb) or among all
 * operands. -1: go on; else the exit status.
 */
static int read_options(struct call *call, const struct verb *verb, int argc, char **argv)
{
	struct option options[COMMON + VERB_OPTIONS_MAX + 1];
	int option;

	collect_options(verb, options);
	while ((option = getopt_long(argc, argv, verb ? "s:j" : "+s:j", options, NULL)) != -1) {
		if (option == 's') {
			call->socket = optarg;
		} else if (option == 'j') {
			call->json = true;
		} else if (option == 'h') {
			print_usage(stdout);
			return 0;
		} else if (option == 'V') {
			puts("spawnctl " SPAWND_VERSION);
			return 0;
		} else if (option >= OPTION_FIRST) {
			call->given[option - OPTION_FIRST] = optarg ? optarg : "";
		} else {
			return EXIT_USAGE;
		}
	}
	return -1;
}

static const struct verb *verb_find(const char *name)
{
	for (const struct verb *verb = verbs; verb->name; verb++)
		if (strcmp(verb->name, name) == 0)
			return verb;
	return NULL;
}

int main(int argc, char **argv)
{
	struct call call = { .socket = SPAWND_RUNDIR "/control" };
	const struct verb *verb;
	int status = read_options(&call, NULL, argc, argv);

	if (status >= 0)
		return status;
	verb = optind < argc ? verb_find(argv[optind]) : NULL;
	if (!verb) {
		if (optind < argc)
			fprintf(stderr, "spawnctl: there is no verb \"%s\"\n", argv[optind]);
		print_usage(stderr);
		return EXIT_USAGE;
	}
	argc -= optind;
	argv += optind;
	optind = 0; /* getopt(3): begins anew, with argv[0] the verb */
	status = read_options(&call, verb, argc, argv);
	if (status >= 0)
		return status;
	call.count = argc - optind;
	call.operands = argv + optind;
	if (call.count < verb->operands_min || call.count > verb->operands_max) {
		fprintf(stderr, "usage: spawnctl %s %s\n", verb->name, verb->operands);
		return EXIT_USAGE;
	}
	return verb->run(&call);
}

/* SPDX-License-Identifier: ISC */
/*
 * spawnd: the command line, and which role to become. The first process reads options and becomes
 * the warden; the others are this program executed again by it (process/role.h).
 */
#include "base/fd.h"
#include "base/kernel.h"
#include "base/title.h"
#include "loop/loop.h"
#include "process/inherited.h"
#include "process/role.h"
#include "relay/relay.h"
#include "warden/dry_run.h"
#include "warden/selftest.h"
#include "warden/warden.h"
#include "zygote/zygote.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"usage: spawnd [-c FILE] [-d] [--notify-fd=N]   serve\n"
	"       spawnd [-c FILE] -t                     test the configuration\n"
	"       spawnd [-c FILE] -T                     print the effective configuration\n"
	"       spawnd [-c FILE] --selftest             try the ways out of the containers\n"
	"       spawnd -V                               version, and what this kernel offers\n";

struct command {
	struct warden_options options;
	bool test, print, selftest, version;
};

static void print_version(void)
{
	printf("spawnd %s on Linux %s\n", SPAWND_VERSION, kernel_release());
	for (int i = 0; i < KERNEL_FEATURES; i++) {
		enum kernel_feature feature = (enum kernel_feature)i;
		bool has = kernel_has(feature);

		printf("  %-18s %s\n", kernel_feature_name(feature),
		       has				  ? "yes"
		       : kernel_feature_required(feature) ? "no: required"
							  : "no: a fallback is used");
	}
}

static bool parse_descriptor(const char *text, int *descriptor)
{
	char *end;
	long value = strtol(text, &end, 10);

	*descriptor = (int)value;
	return *text && !*end && value > 2 && value <= INT_MAX && fd_cloexec(*descriptor) == 0;
}

/*
 * A copy, for the argument area becomes the process's title; absolute, for -d changes the
 * directory. What cannot be found is said when it is read.
 */
static const char *config_path(const char *text)
{
	static char path[PATH_MAX];

	if (text[0] == '/' || !realpath(text, path))
		snprintf(path, sizeof(path), "%s", text);
	return path;
}

static bool parse(int argc, char **argv, struct command *command)
{
	enum { NOTIFY = 256, SELFTEST, HELP };
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
						 { "detach", no_argument, NULL, 'd' },
						 { "test", no_argument, NULL, 't' },
						 { "print", no_argument, NULL, 'T' },
						 { "version", no_argument, NULL, 'V' },
						 { "notify-fd", required_argument, NULL, NOTIFY },
						 { "selftest", no_argument, NULL, SELFTEST },
						 { "help", no_argument, NULL, HELP },
						 { NULL, 0, NULL, 0 } };
	int option;

	while ((option = getopt_long(argc, argv, "c:dtTV", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			command->options.config_path = config_path(optarg);
			break;
		case 'd':
			command->options.detach = true;
			break;
		case 't':
			command->test = true;
			break;
		case 'T':
			command->print = true;
			break;
		case 'V':
			command->version = true;
			break;
		case NOTIFY:
			if (!parse_descriptor(optarg, &command->options.notify_descriptor)) {
				fprintf(stderr,
					"spawnd: --notify-fd=%s: not an open descriptor above 2\n",
					optarg);
				return false;
			}
			break;
		case SELFTEST:
			command->selftest = true;
			break;
		case HELP:
			fputs(usage, stdout);
			exit(EXIT_SUCCESS);
		default:
			fputs(usage, stderr);
			return false;
		}
	}
	if (optind < argc)
		fprintf(stderr, "spawnd: %s: no such argument\n%s", argv[optind], usage);
	return optind == argc;
}

int main(int argc, char **argv)
{
	struct command command = { .options = { .config_path = SPAWND_CONF,
						.notify_descriptor = -1 } };

	/* First of all, or the next descriptor opened is somebody's standard error. */
	if (fd_fill_standard() < 0)
		return EXIT_STATUS_SYSTEM;
	title_init(argc, argv, environ);
	switch (role_of_this_process()) {
	case ROLE_LOOP:
		fd_cloexec(ROLE_CHANNEL_FD);
		return loop_run();
	case ROLE_ZYGOTE:
		fd_cloexec(ROLE_CHANNEL_FD);
		return zygote_run();
	case ROLE_RELAY:
		fd_cloexec(ROLE_CHANNEL_FD);
		return relay_run();
	default:
		break;
	}
	if (!parse(argc, argv, &command))
		return EXIT_STATUS_USAGE;
	if (command.version) {
		print_version();
		return EXIT_SUCCESS;
	}
	if (command.test || command.print)
		return dry_run(command.options.config_path, command.print);
	if (inherited_drop(&command.options.notify_descriptor) < 0)
		return EXIT_STATUS_SYSTEM;
	if (command.selftest)
		return selftest_run(command.options.config_path);
	return warden_run(&command.options);
}

/* SPDX-License-Identifier: ISC */
/*
 * Drives the hostile program: a connection (or two) for each probe, and one line about it,
 *     result NAME PROMISE FLAGS MS LEAK|held|silent HOST DETAIL
 * HOST is what the host's side saw ("-": nothing), DETAIL the program's own report. It decides: a
 * probe is held if it says so and nothing was seen.
 *
 *     watch run --to PORT|unix:PATH [--neighbour PORT] [--sibling PORT] [--log FILE] [--quick]
 *               [--uncontrolled] [--apart] [--patience-ms N] [--spare N] --program FILE --report
 * FILE [PROBE]... watch serve PORT|unix:PATH PROGRAM      the control's inetd
 */
#define _GNU_SOURCE
#include "watch.h"

#include "../hostile/world.h"

#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOG_MOST (512 << 10) /* bytes of log that one connection may cause */

struct seen seen;
struct options options = { .patience_ms = PATIENCE_MS };

void die(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("watch: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
	exit(2);
}

int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void add_word(char *text, size_t size, const char *word)
{
	size_t length = strlen(text);

	snprintf(text + length, size - length, "%s%s", length > 0 ? "," : "", word);
}

static void tell(const struct row *row)
{
	char host[512] = "", word[160];

	for (int i = 0; i < VICTIM_KINDS; i++)
		if (seen.victims & 1u << i) {
			snprintf(word, sizeof(word), "victim-%s", victim_name((enum victim_kind)i));
			add_word(host, sizeof(host), word);
		}
	if (seen.foreign > 0) {
		snprintf(word, sizeof(word), "packets-%u(%s)", seen.foreign, seen.packet);
		add_word(host, sizeof(host), word);
	}
	if (seen.knocked)
		add_word(host, sizeof(host), "listener");
	if (seen.signalled)
		add_word(host, sizeof(host), "signal");
	if (seen.neighbour)
		add_word(host, sizeof(host), "neighbour");
	if (seen.unserved)
		add_word(host, sizeof(host), "unserved");
	if (seen.left)
		add_word(host, sizeof(host), "processes");
	if (row->endless)
		add_word(host, sizeof(host), "endless");
	if (seen.forged)
		add_word(host, sizeof(host), "forged");
	if (seen.log_bytes > LOG_MOST) {
		snprintf(word, sizeof(word), "log-%ld", seen.log_bytes);
		add_word(host, sizeof(host), word);
	}
	printf("result %s %s %u %d %s %s %s\n", row->name, row->promise, row->flags, row->took_ms,
	       row->leak || host[0]			     ? "LEAK"
	       : row->held || (row->flags & (SLOW | CGROUP)) ? "held"
							     : "silent",
	       host[0] ? host : "-", row->detail);
	fflush(stdout);
}

static bool is_wanted(const struct row *row, char **names)
{
	unsigned int kind = strncmp(options.to, "unix:", 5) == 0 ? ON_UNIX : ON_TCP;

	if (!(row->flags & kind) || (options.quick && (row->flags & SLOW)) ||
	    (options.uncontrolled && (row->flags & CGROUP)))
		return false;
	if (!*names)
		return true;
	for (; *names; names++)
		if (strcmp(*names, row->name) == 0)
			return true;
	return false;
}

static int list_probes(struct row *rows, int most)
{
	char command[512], line[256];
	int count = 0;
	FILE *list;

	snprintf(command, sizeof(command), "%s list", options.program);
	list = popen(command, "re");
	while (list && count < most && fgets(line, sizeof(line), list))
		if (sscanf(line, "%47s %7s %u", rows[count].name, rows[count].promise,
			   &rows[count].flags) == 3)
			count++;
	if (!list || pclose(list) != 0 || count == 0)
		die("%s list: nothing", options.program);
	return count;
}

/* Those that wait for the same deadline wait for it together. */
static void run_together(struct row *rows, int count, unsigned int flag, char **names)
{
	struct row *chosen[TOGETHER_MOST];
	int number = 0;

	for (int i = 0; i < count && number < TOGETHER_MOST; i++)
		if ((rows[i].flags & flag) && can_be_together(&rows[i]) &&
		    is_wanted(&rows[i], names))
			chosen[number++] = &rows[i];
	if (number == 0)
		return;
	probe_together(chosen, number);
	for (int i = 0; i < number; i++)
		tell(chosen[i]);
}

static void run(char **names)
{
	static struct row rows[512];
	int count = list_probes(rows, 512);

	for (int i = 0; i < count; i++)
		if (is_wanted(&rows[i], names) && !can_be_together(&rows[i])) {
			probe(&rows[i]);
			tell(&rows[i]);
		}
	run_together(rows, count, SLOW, names);
	run_together(rows, count, LATE, names);
}

static void open_all(void)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGURG, SIG_IGN);
	capture_open();
	victims_open();
	options.victim = victim_process();
	listeners_baseline();
	probes_open();
}

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{ "to", required_argument, NULL, 't' },
		{ "neighbour", required_argument, NULL, 'n' },
		{ "sibling", required_argument, NULL, 's' },
		{ "log", required_argument, NULL, 'l' },
		{ "program", required_argument, NULL, 'p' },
		{ "report", required_argument, NULL, 'r' },
		{ "quick", no_argument, NULL, 'q' },
		{ "uncontrolled", no_argument, NULL, 'u' },
		{ "apart", no_argument, NULL, 'a' },
		{ "spare", required_argument, NULL, 'S' },
		{ "patience-ms", required_argument, NULL, 'P' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	if (argc > 3 && strcmp(argv[1], "serve") == 0)
		serve(argv[2], argv + 3);
	if (argc < 2 || strcmp(argv[1], "run") != 0)
		die("run or serve");
	optind = 2;
	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1)
		switch (option) {
		case 't':
			options.to = optarg;
			break;
		case 'n':
			options.neighbour = atoi(optarg);
			break;
		case 's':
			options.sibling = atoi(optarg);
			break;
		case 'l':
			options.log = optarg;
			break;
		case 'p':
			options.program = optarg;
			break;
		case 'r':
			options.report = optarg;
			break;
		case 'q':
			options.quick = true;
			break;
		case 'u':
			options.uncontrolled = true;
			break;
		case 'a':
			options.apart = true;
			break;
		case 'S':
			options.spare = atoi(optarg);
			break;
		case 'P':
			options.patience_ms = atoi(optarg);
			break;
		default:
			die("usage");
		}
	if (!options.to || !options.program || !options.report)
		die("--to, --program and --report");
	open_all();
	run(argv + optind);
	printf("drops %u\n", capture_drops());
	return 0;
}

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CTL_VERB_H
#define SPAWND_CTL_VERB_H

/*
 * What spawnctl can do: one row per verb in verbs.c, one file per group of verbs. A verb prints its
 * answer on standard output and what is wrong on standard error ("spawnctl: ..."), and returns the
 * exit status.
 */
#include <stdbool.h>

enum { EXIT_REFUSED = 1, EXIT_USAGE = 100, EXIT_SYSTEM = 111 };

#define VERB_OPTIONS_MAX 8

/* An option of one verb: its place in the verb's list is its place in call->given. */
struct verb_option {
	const char *name;     /* long: "http" */
	const char *argument; /* what the usage calls it: "FILE"; NULL: it takes none */
	const char *help;
};

struct call {
	const char *socket; /* the control socket */
	bool json;
	int count; /* of operands */
	char **operands;
	const char
		*given[VERB_OPTIONS_MAX]; /* its argument, "" if it takes none, NULL: not given */
};

struct verb {
	const char *name;
	const char *operands; /* for the usage: "[SERVICE]", or "" */
	int operands_min, operands_max;
	const char *help; /* one line */
	int (*run)(const struct call *call);
	struct verb_option options[VERB_OPTIONS_MAX];
};

/* All verbs, in the order of the usage; a row without a name ends them. */
extern const struct verb verbs[];

/* status.c, list.c, show.c */
int verb_status(const struct call *call);
int verb_list(const struct call *call);
int verb_show(const struct call *call);
/* live.c */
int verb_top(const struct call *call);
/* acts.c */
int verb_kill(const struct call *call);
int verb_pause(const struct call *call);
int verb_resume(const struct call *call);
int verb_drain(const struct call *call);
/* reload.c */
int verb_reload(const struct call *call);
/* metrics.c */
int verb_metrics(const struct call *call);
/* explain.c */
int verb_explain(const struct call *call);
/* report.c */
int verb_report(const struct call *call);
/* check_host.c */
int verb_check_host(const struct call *call);

#endif

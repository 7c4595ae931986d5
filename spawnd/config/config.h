/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONFIG_CONFIG_H
#define SPAWND_CONFIG_CONFIG_H

/*
 * From the snapshot's text to the specification. Start regime (it allocates), called by every role
 * at its start and by the warden at a reload. No file is opened here but in config_check().
 */
#include "config/snapshot.h"
#include "config/spec.h"

#include <stdio.h>

struct config {
	struct daemon_spec daemon;
	struct service_spec *services; /* in the order of the text */
	size_t service_count;
	struct config_store
		*store; /* owns every string and array, and the origins that -T prints */
};

/*
 * Errors are kept in the order of file (as read) and line: every one, syntactic and semantic, in
 * one run. They outlive the configuration.
 */
struct config_error {
	struct origin origin; /* line 0: the file as a whole */
	char text[256];	      /* "[section] Key: what is wrong, what was expected" */
};

struct config_errors {
	struct config_error *items;
	size_t count, size;
	bool cut; /* there were more than are kept, or no memory for them: it is an error all the
		     same */
	char **files; /* their names, in the order they were read */
	size_t file_count;
};

void config_errors_init(struct config_errors *errors);
void config_errors_add(struct config_errors *errors, struct origin origin, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Prints `file:line: text` lines. */
void config_errors_print(struct config_errors *errors, FILE *stream);
void config_errors_free(struct config_errors *errors);

/*
 * Parses all of the snapshot. only: NULL, or the name of the one service whose values are kept (a
 * zygote: it must not hold the environment of other services); that service keeps its index, and
 * config->services has the others with their names and nothing else. 0, or -EINVAL with at least
 * one error added. config_free() in both cases. File names in origins point into the store, not
 * into the snapshot: it may be closed afterwards.
 */
int config_parse(struct config *config, const struct snapshot *snapshot, const char *only,
		 struct config_errors *errors);

/*
 * What can only be seen on this host, for the warden and -t: roots are directories not writable by
 * everybody, hold real directories /proc, /dev, /tmp and /run and every mount target (but /dev/shm,
 * which spawnd makes), hold the program as an executable regular file and the working directory
 * (lookup.h: through binds, and symlinks inside the root only); sources of binds exist; interfaces,
 * users, groups and the directories of log and accounting files exist; the controllers that limits
 * take are there. Each fault is an error at the directive's line. 0 or -EINVAL.
 */
int config_check(const struct config *config, struct config_errors *errors);

/*
 * config_parse() of all, then config_check() of what could be parsed: every error of both in one
 * run.
 */
int config_examine(struct config *config, const struct snapshot *snapshot,
		   struct config_errors *errors);

/* A limit by control group: its name, without "Service"; the controllers that one, or all set,
 * take. */
const char *group_limit_name(enum group_limit limit);
unsigned int group_limit_controller(enum group_limit limit); /* CGROUP_BIT() */
unsigned int group_controllers(const struct group_limit_spec *spec);

/*
 * Adds the error that the limit cannot be enforced, at its line, for the connection's and the
 * service's: where it is set, unless the service has LimitsRequired=no.
 */
void group_fault(const struct config *config, const struct service_spec *service,
		 enum group_limit limit, const struct why *why, struct config_errors *errors);

/*
 * -T: every directive of every section, its effective value and in a comment where that comes from.
 */
void config_print(const struct config *config, FILE *stream);

/*
 * How many descriptors the loop takes for it: a connection's socket until the program has it, its
 * channel, its stderr; two for a parked container; listeners and links. Services count twice, for
 * the generation that drains beside the next.
 */
uint64_t config_descriptors(const struct config *config);

/* Places for connections that the loop needs: admitted ones, and those who wait for it. */
uint32_t config_connections(const struct config *config);

/* The service by its name, or NULL. */
const struct service_spec *config_find(const struct config *config, const char *name);

void config_free(struct config *config);

/*
 * Walks the directive table: for man page tests and the fuzzer's dictionary. Returns NULL behind
 * the last.
 */
struct directive_info {
	const char *section; /* "spawnd" or "service" (which [defaults] may hold too, unless
				service_only) */
	const char *name;
	const char *default_text; /* "" : none */
	const char *example;	  /* a value that is right */
	bool service_only;	  /* not in [defaults] */
};
const struct directive_info *directive_at(size_t index);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONFIG_DIRECTIVE_H
#define SPAWND_CONFIG_DIRECTIVE_H

/*
 * One row of THE TABLE (directives.c), and what its parse function is given. A directive is added
 * by a row, a member in spec.h and an entry in spawnd.conf(5).
 */
#include "config/config.h"
#include "config/values.h"

enum section_kind { SECTION_DAEMON, SECTION_DEFAULTS, SECTION_SERVICE };

struct directive;

/* One assignment on its way into a specification. */
struct assignment {
	struct config_store *store;
	const struct directive *directive;
	struct origin origin;
	void *spec;		      /* struct daemon_spec or struct service_spec */
	void *field;		      /* in it, the member that the row names */
	struct config_errors *errors; /* for faults that are not of the assignment's line */
	char fault[192];	      /* what is wrong, what was expected */
};

/*
 * 0, or -EINVAL with fault filled (directive_fault). value "": back to nothing (lists and texts).
 */
typedef int (*directive_parse)(struct assignment *assignment, const char *value);

enum directive_flags {
	DIRECTIVE_LIST = 1,	  /* assignments add up; [defaults] are extended */
	DIRECTIVE_SPECIFIERS = 2, /* systemd expands %x here: %% is %, the others are refused */
	DIRECTIVE_OPTIONAL = 4,	  /* an empty value means "none", not the default */
};

struct directive {
	struct directive_info info;
	directive_parse parse;
	const char *expected; /* for the message of a wrong value */
	/*
	 * When no assignment is in force: a value made of others. NULL: default_text, or no memory.
	 */
	const char *(*derive)(struct config_store *store, const void *spec);
	size_t offset; /* of the member, of the type that the parse function writes */
	unsigned int flags;
	int64_t minimum, maximum;   /* numbers, sizes in bytes, time spans in ns */
	const char *const *choices; /* by value of the enum; NULL ends: spec.c has them */
	int argument;		    /* of the parse function */
};

/* By name among the directives of a section, or NULL. */
const struct directive *directive_find(enum section_kind kind, const char *name);
bool directive_belongs(const struct directive *directive, enum section_kind kind);
const struct directive *directive_row(size_t index);

/* Adds the error of a key that is none of the section's: misspelt, misplaced or refused. */
void directive_unknown(struct config_errors *errors, struct origin origin, const char *title,
		       enum section_kind kind, const char *name);

extern const char *const warmth_names[];
extern const char *const bind_ipv6_only_names[];
extern const char *const standard_input_names[];
extern const char *const standard_error_names[];
extern const char *const proc_subset_names[];
extern const char *const network_scope_names[];
extern const char *const socket_seal_names[];
extern const char *const source_overflow_names[];
extern const char *const overflow_names[];
extern const char *const proxy_protocol_names[];
extern const char *const anonymize_names[];
extern const char *const client_gone_names[];

/* Why a directive of systemd is not supported, or NULL: not a directive of systemd we know. */
const char *directive_refused(const char *name);

/* Fill assignment->fault and return -EINVAL. */
int directive_fault(struct assignment *assignment, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* For a value_*() error: "VALUE" is not understood / out of range, expected ... */
int directive_wrong(struct assignment *assignment, int error, const char *value);
int directive_no_memory(struct assignment *assignment);

/*
 * Copies text to a normalised path (no "//", "/./", trailing "/"), if it is absolute, has no ".."
 * and is shorter than PATH_MAX. NULL with fault filled.
 */
const char *directive_path(struct assignment *assignment, const char *text);

/* scalars.c */
int parse_boolean(struct assignment *assignment, const char *value);
int parse_number(struct assignment *assignment, const char *value); /* int, unsigned int */
int parse_size(struct assignment *assignment, const char *value);   /* uint64_t */
int parse_span(struct assignment *assignment, const char *value);   /* int64_t; argument 1: whole
								       seconds, rounded up */
int parse_mode(struct assignment *assignment, const char *value);   /* mode_t */
int parse_choice(struct assignment *assignment, const char *value); /* an enum */
int parse_signal(struct assignment *assignment, const char *value); /* int */
int parse_limit(struct assignment *assignment, const char *value);  /* argument: enum value_limit */
int parse_id(struct assignment *assignment, const char *value);	    /* uid_t, gid_t */
int parse_id_base(struct assignment *assignment, const char *value); /* uint32_t */

/* group.c. argument of the first: enum group_limit */
int parse_group_limit(struct assignment *assignment, const char *value);
int parse_control_group(struct assignment *assignment, const char *value);   /* const char * */
void group_check(const struct config *config, struct config_errors *errors); /* of config_check() */

/* strings.c: const char * */
int parse_path(struct assignment *assignment, const char *value);
int parse_account(struct assignment *assignment, const char *value); /* a host user or group */
int parse_interface(struct assignment *assignment, const char *value);
int parse_hostname(struct assignment *assignment, const char *value);
int parse_working_directory(struct assignment *assignment, const char *value);
int parse_socket_path(struct assignment *assignment, const char *value);
int parse_log_target(struct assignment *assignment, const char *value);
int parse_log_level(struct assignment *assignment, const char *value);
int parse_message(struct assignment *assignment, const char *value); /* its escapes resolved */

/* listen.c, exec.c, environment.c, mounts.c */
int parse_listen(struct assignment *assignment, const char *value);
int parse_exec(struct assignment *assignment, const char *value);
int parse_environment(struct assignment *assignment, const char *value);
int parse_binds(struct assignment *assignment, const char *value); /* argument 1: read-only */
int parse_tmpfs(struct assignment *assignment, const char *value);

/* request.c: struct request_spec */
int parse_request(struct assignment *assignment, const char *value);

/* pressure.c: unsigned int[PRESSURE_KINDS] */
int parse_pressure(struct assignment *assignment, const char *value);

/* networks.c */
int parse_networks(struct assignment *assignment, const char *value);  /* struct network_set */
int parse_penalties(struct assignment *assignment, const char *value); /* struct penalty_spec */

/* Makes the sets of a service ones to ask, when all assignments have been made. */
void networks_seal(struct service_spec *service);

/* Copies of the sets of [defaults], so that those of a service may grow. False: no memory. */
bool networks_copy(struct config_store *store, struct service_spec *service);

/* syscalls.c */
int parse_syscall_filter(struct assignment *assignment, const char *value);
int parse_syscall_error(struct assignment *assignment, const char *value); /* int */
int parse_syscall_architectures(struct assignment *assignment, const char *value);

/* rules.c, listen.c, mounts.c: what one value cannot tell. Each fault goes to errors. */
void rules_service(const struct config *config, const struct service_spec *service,
		   struct config_errors *errors);
void rules_addresses(const struct config *config, struct config_errors *errors);
void rules_mounts(const struct service_spec *service, struct config_errors *errors);

/* The part of `path` below `directory`: "" when they are the same, NULL when it is elsewhere. */
const char *mounts_below(const char *path, const char *directory);

/* Where the service's (NULL: the daemon's) NAME was written, or else its section. */
struct origin rules_origin(const struct config *config, const struct service_spec *service,
			   const char *name);

/*
 * Adds "[title] NAME: ..." at the place where the service's (NULL: the daemon's) NAME was written.
 */
void rules_fault(const struct config *config, const struct service_spec *service, const char *name,
		 struct config_errors *errors, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

#endif

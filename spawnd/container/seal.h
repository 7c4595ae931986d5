/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONTAINER_SEAL_H
#define SPAWND_CONTAINER_SEAL_H

/*
 * The seal: the seccomp filters of a service. A socket keeps the network namespace it was made in,
 * so a program could disconnect the one it was given and aim it at whatever the host can reach. The
 * seal takes away every call that does that, and every call that a contained program has no
 * business with. Installed once, in the zygote, and inherited: a connection costs nothing. What
 * making a container takes and the seal denies goes through the gate (base/gate.h), which no
 * program ever has.
 */
#include "config/spec.h"
#include "process/filter.h"

struct seal_options {
	const struct container_spec *spec;
	uint32_t gate;	   /* gate_address(), or 0: none */
	bool hides_rights; /* deny recvmsg(2): nobody else keeps descriptors out (AF_UNIX) */
};

/* The filter that SocketSeal= asks for. 0 or -errno with why filled. Start regime. */
int seal_write(struct filter *filter, const struct seal_options *options, struct why *why);

/*
 * The filter that SystemCallFilter= asks for. What spawnd needs to hand a connection over stays
 * allowed: seal_implicit() names it.
 */
int seal_write_user(struct filter *filter, const struct seal_options *options, struct why *why);

/* The n-th call that SystemCallFilter= cannot take away, or NULL. */
const char *seal_implicit(size_t n);

/*
 * What the seal does with a call: for seal.c and the tests. context: struct seal_options.
 * seal_rules.c is the table.
 */
struct filter_action seal_rule(const char *name, const void *context);

/* Whether the seal lets the gate make this call. */
bool seal_gate_has(const char *name);

/*
 * Installs both filters as the service's specification asks for. Needs no_new_privs. 0 or -errno
 * with why filled. Only the calls of the gate and harmless ones work after it.
 */
int seal_install(const struct seal_options *options, struct why *why);

#endif

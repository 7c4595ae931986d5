/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONTAINER_LIMITS_H
#define SPAWND_CONTAINER_LIMITS_H

/*
 * Limits of the specification into the files of a control group: the warden's for a service, the
 * zygote's for each connection. Documentation/admin-guide/cgroup-v2.rst, "Controllers".
 */
#include "base/why.h"
#include "config/spec.h"

/* The file that has the limit; that file is in the group. */
const char *limits_file(enum group_limit limit);
bool limits_has(int group, enum group_limit limit);

/*
 * Writes one limit, or with GROUP_UNIT_NONE the kernel's default, which is no limit. 0 or -errno
 * (-ENOENT: the group has no such file).
 */
int limits_write(int group, enum group_limit limit, const struct group_limit_spec *spec,
		 struct why *why);

/* What is written, of at most 31 bytes. Pure but for the machine's totals. */
#define LIMITS_TEXT_SIZE 32
void limits_text(enum group_limit limit, const struct group_limit_spec *spec,
		 char text[LIMITS_TEXT_SIZE]);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * Writes and installs the filters of a service. Runs in the zygote as the last step of the start
 * regime; where there is no gate, in each container before its program runs. The rules stand in
 * seal_rules.c and seal_user.c.
 */
#include "container/seal.h"

#include <errno.h>
#include <stdlib.h>

typedef int (*seal_writer)(struct filter *filter, const struct seal_options *options,
			   struct why *why);

int seal_write(struct filter *filter, const struct seal_options *options, struct why *why)
{
	const struct syscall_architectures_spec *others = &options->spec->syscall_architectures;

	filter->gate = options->gate;
	return filter_write(filter, others->tokens, others->count, seal_rule, options, why);
}

static int install(seal_writer write, const struct seal_options *options, struct why *why)
{
	struct filter *filter = calloc(1, sizeof(*filter)); /* 32 KiB, for a moment */
	int error;

	if (!filter)
		return why_set(why, -ENOMEM, "seal", "memory");
	error = write(filter, options, why);
	if (error == 0 && (error = filter_install(filter)) < 0)
		why_set(why, error, "seal", "install a seccomp filter of %u steps", filter->length);
	free(filter);
	return error;
}

int seal_install(const struct seal_options *options, struct why *why)
{
	int error = 0;

	/* This one first: the other may deny prctl(2). */
	if (options->spec->socket_seal != SOCKET_SEAL_NONE)
		error = install(seal_write, options, why);
	if (error == 0 && options->spec->syscall_filter.set)
		error = install(seal_write_user, options, why);
	return error;
}

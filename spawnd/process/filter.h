/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_PROCESS_FILTER_H
#define SPAWND_PROCESS_FILTER_H

/*
 * A seccomp filter being written: classic BPF over struct seccomp_data (seccomp(2)), for one or
 * several architectures, with what is done for each call named by the call's name. libseccomp knows
 * names and numbers; the program is written here, because libseccomp can test neither the
 * instruction pointer (the gate, base/gate.h) nor one argument against a set. Pure: nothing is
 * installed here.
 *
 * Arguments are compared in their low 32 bits, as the kernel takes an int: a test of all 64 could
 * be passed by by bits that mean nothing (CVE-2019-10063).
 */
#include "base/why.h"

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct filter {
	struct sock_filter code[BPF_MAXINSNS];
	uint32_t length;
	bool full;     /* it did not fit: no filter at all */
	uint32_t gate; /* gate_address(), or 0: none */
};

/* What is done with a call: a SECCOMP_RET_* value, or code of its own that ends in returns. */
struct filter_action {
	uint32_t result;
	void (*check)(struct filter *filter, const void *context); /* NULL: result, at once */
	bool by_gate; /* allowed to the gate, whatever else is said */
};

typedef struct filter_action (*filter_choose)(const char *name, const void *context);

/*
 * Writes the whole program: for the native architecture and `others` (AUDIT_ARCH_* values), each
 * call that has a name is looked up with choose(); numbers without a name are answered ENOSYS, so
 * that a call that is newer than this table is none. Other architectures, and x32's numbers on
 * x86-64, kill the process. 0, -E2BIG or -ENOMEM with why filled. Allocates; start regime.
 */
int filter_write(struct filter *filter, const uint32_t *others, size_t other_count,
		 filter_choose choose, const void *context, struct why *why);

/* For checks. The accumulator holds what was loaded last. */
void filter_load_argument(struct filter *filter, unsigned int index); /* its low 32 bits */
void filter_mask(struct filter *filter, uint32_t mask);
void filter_return(struct filter *filter, uint32_t result);
void filter_return_if(struct filter *filter, uint32_t value, uint32_t result);
void filter_return_if_any(struct filter *filter, uint32_t bits, uint32_t result);

/*
 * What follows, up to filter_else(), is for an accumulator of this value. Returns what
 * filter_else() takes. The part must end in a return.
 */
uint32_t filter_if(struct filter *filter, uint32_t value);
void filter_else(struct filter *filter, uint32_t begun);

/* Installs it for this process and all that it forks. 0 or -errno. seccomp(2) */
int filter_install(const struct filter *filter);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * Writes seccomp filters: numbers of calls by binary search, so that the common ones are decided
 * within ten instructions, and what is allowed without looking at arguments stays decidable from
 * the number alone (the kernel caches that: seccomp_cache_prepare() in kernel/seccomp.c, 5.11).
 * Runs in the warden and in zygotes, start regime, and in unit tests. It must not know what is
 * allowed: see lockdown_calls.c and container/seal_rules.c.
 */
#include "process/filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NUMBERS_MAX 1024	   /* of one architecture, from its first one on */
#define X32_BIT 0x40000000u	   /* __X32_SYSCALL_BIT in asm/unistd.h */
#define ARM_PRIVATE_FIRST 0xf0001u /* cacheflush, set_tls, ...: asm/unistd.h of 32-bit ARM */
#define ARM_PRIVATE_LAST 0xf0006u

#define ERRNO(code) (SECCOMP_RET_ERRNO | (code))

/* The low and the high half of a 64-bit member. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LOW 4
#define HIGH 0
#else
#define LOW 0
#define HIGH 4
#endif

/* Numbers from `first` on for which the same is done. */
struct run {
	uint32_t first;
	struct filter_action action;
};

static uint32_t put(struct filter *filter, uint16_t code, uint32_t value, uint8_t yes, uint8_t no)
{
	if (filter->length == BPF_MAXINSNS) {
		filter->full = true;
		return filter->length - 1;
	}
	filter->code[filter->length] = (struct sock_filter){ code, yes, no, value };
	return filter->length++;
}

static void load(struct filter *filter, size_t offset)
{
	put(filter, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

void filter_load_argument(struct filter *filter, unsigned int index)
{
	load(filter, offsetof(struct seccomp_data, args) + index * sizeof(uint64_t) + LOW);
}

void filter_mask(struct filter *filter, uint32_t mask)
{
	put(filter, BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
}

void filter_return(struct filter *filter, uint32_t result)
{
	put(filter, BPF_RET | BPF_K, result, 0, 0);
}

void filter_return_if(struct filter *filter, uint32_t value, uint32_t result)
{
	put(filter, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
	filter_return(filter, result);
}

void filter_return_if_any(struct filter *filter, uint32_t bits, uint32_t result)
{
	put(filter, BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
	filter_return(filter, result);
}

/* Conditional jumps reach 255 instructions, this one all of them. */
static uint32_t jump(struct filter *filter)
{
	return put(filter, BPF_JMP | BPF_JA, 0, 0, 0);
}

static void land(struct filter *filter, uint32_t from)
{
	filter->code[from].k = filter->length - from - 1;
}

uint32_t filter_if(struct filter *filter, uint32_t value)
{
	put(filter, BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0);
	return jump(filter);
}

void filter_else(struct filter *filter, uint32_t begun)
{
	land(filter, begun);
}

static void allow_gate(struct filter *filter)
{
	if (filter->gate == 0)
		return;
	load(filter, offsetof(struct seccomp_data, instruction_pointer) + HIGH);
	put(filter, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3);
	load(filter, offsetof(struct seccomp_data, instruction_pointer) + LOW);
	filter_return_if(filter, filter->gate, SECCOMP_RET_ALLOW);
}

static void act(struct filter *filter, const struct filter_action *action, const void *context)
{
	if (action->by_gate)
		allow_gate(filter);
	if (action->check)
		action->check(filter, context);
	else
		filter_return(filter, action->result);
}

static bool is_same(const struct filter_action *one, const struct filter_action *two)
{
	return one->result == two->result && one->check == two->check &&
	       one->by_gate == two->by_gate;
}

/* The accumulator is the number; it is of one of these runs. */
static void decide(struct filter *filter, const struct run *runs, size_t count, const void *context)
{
	size_t half = count / 2;
	uint32_t right;

	if (count == 1) {
		act(filter, &runs[0].action, context);
		return;
	}
	put(filter, BPF_JMP | BPF_JGE | BPF_K, runs[half].first, 0, 1);
	right = jump(filter);
	decide(filter, runs, half, context);
	land(filter, right);
	decide(filter, runs + half, count - half, context);
}

static uint32_t first_number(uint32_t architecture)
{
	switch (architecture) {
	case SCMP_ARCH_MIPS:
	case SCMP_ARCH_MIPSEL:
		return 4000;
	case SCMP_ARCH_MIPS64:
	case SCMP_ARCH_MIPSEL64:
		return 5000;
	case SCMP_ARCH_MIPS64N32:
	case SCMP_ARCH_MIPSEL64N32:
		return 6000;
	default:
		return 0;
	}
}

static void add_run(struct run *runs, size_t *count, uint32_t number, struct filter_action action)
{
	if (*count == 0 || !is_same(&runs[*count - 1].action, &action))
		runs[(*count)++] = (struct run){ number, action };
}

static size_t find_runs(struct run *runs, uint32_t architecture, filter_choose choose,
			const void *context)
{
	const struct filter_action unknown = { .result = ERRNO(ENOSYS) };
	uint32_t first = first_number(architecture);
	size_t count = 0;

	add_run(runs, &count, 0, unknown);
	for (uint32_t number = first; number < first + NUMBERS_MAX; number++) {
		char *name = seccomp_syscall_resolve_num_arch(architecture, (int)number);
		struct filter_action action = name ? choose(name, context) : unknown;

		/* Number 0 takes the place of the run that was begun for it. */
		if (number == 0)
			count = 0;
		add_run(runs, &count, number, action);
		free(name);
	}
	add_run(runs, &count, first + NUMBERS_MAX, unknown);
	if (architecture == SCMP_ARCH_ARM) {
		const struct filter_action allowed = { .result = SECCOMP_RET_ALLOW };

		add_run(runs, &count, ARM_PRIVATE_FIRST, allowed);
		add_run(runs, &count, ARM_PRIVATE_LAST + 1, unknown);
	}
	return count;
}

static int write_architecture(struct filter *filter, uint32_t architecture, filter_choose choose,
			      const void *context)
{
	struct run *runs = calloc(NUMBERS_MAX + 4, sizeof(*runs));
	uint32_t other;

	if (!runs)
		return -ENOMEM;
	load(filter, offsetof(struct seccomp_data, arch));
	other = filter_if(filter, architecture);
	load(filter, offsetof(struct seccomp_data, nr));
	if (architecture == SCMP_ARCH_X86_64) {
		put(filter, BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
		filter_return(filter, SECCOMP_RET_KILL_PROCESS);
	}
	decide(filter, runs, find_runs(runs, architecture, choose, context), context);
	filter_else(filter, other);
	free(runs);
	return 0;
}

int filter_write(struct filter *filter, const uint32_t *others, size_t other_count,
		 filter_choose choose, const void *context, struct why *why)
{
	int error = write_architecture(filter, seccomp_arch_native(), choose, context);

	for (size_t i = 0; i < other_count && error == 0; i++)
		error = write_architecture(filter, others[i], choose, context);
	if (error < 0)
		return why_set(why, error, "seal", "memory");
	filter_return(filter, SECCOMP_RET_KILL_PROCESS);
	return filter->full ? why_set(why, -E2BIG, "seal", "the filter has more than %d steps",
				      BPF_MAXINSNS)
			    : 0;
}

int filter_install(const struct filter *filter)
{
	struct sock_fprog program = {
		.len = (unsigned short)filter->length,
		/* The kernel copies it; the member is older than const. */
		.filter = (struct sock_filter *)(uintptr_t)filter->code,
	};

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0 ? -errno : 0;
}

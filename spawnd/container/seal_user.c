/* SPDX-License-Identifier: ISC */
/*
 * SystemCallFilter= on top of the seal: a second filter, which can only take away. Zygote, start
 * regime; pure.
 */
#include "container/seal.h"

#include <linux/seccomp.h>
#include <string.h>

/*
 * The filter is inherited from the zygote, so what it and the child do between now and execve must
 * stay allowed. None of these is anything to a program that has no capability and the seal.
 */
static const char *const implicit[] = {
	/* what systemd.exec(5) allows too: executing, ending, returning from a signal, the time */
	"execve",
	"exit",
	"exit_group",
	"getrlimit",
	"ugetrlimit",
	"rt_sigreturn",
	"sigreturn",
	"brk",
	"mmap",
	"mmap2",
	"munmap",
	"mprotect",
	"madvise",
	"futex",
	"futex_time64",
	"clock_gettime",
	"clock_gettime64",
	"clock_nanosleep",
	"clock_nanosleep_time64",
	"gettimeofday",
	"time",
	"nanosleep",
	"restart_syscall",
	"set_robust_list",
	"rseq",
	/* the zygote's turns */
	"poll",
	"ppoll",
	"ppoll_time64",
	"read",
	"recvfrom",
	"recvmsg",
	"sendmsg",
	"wait4",
	"kill",
	"clone",
	"fork",
	"socketpair",
	"pipe",
	"pipe2",
	"getpid",
	"gettid",
	/* its self-test, and what its programs cost */
	"getsockopt",
	"getrusage",
	"pread64",
	/* between clone and execve: descriptors, session, limits, ids, capabilities, directory */
	"fcntl",
	"fcntl64",
	"dup",
	"dup2",
	"dup3",
	"close",
	"close_range",
	"setsid",
	"umask",
	"prlimit64",
	"setrlimit",
	"setgroups",
	"setgroups32",
	"setresgid",
	"setresgid32",
	"setresuid",
	"setresuid32",
	"capget",
	"capset",
	"prctl",
	"chdir",
	"fchdir",
	"write",
	"rt_sigprocmask",
	"rt_sigtimedwait",
	"rt_sigtimedwait_time64",
	/* opening mount points and pieces of /proc by name */
	"open",
	"openat",
	"openat2",
	"mkdirat",
	"statfs",
	"statfs64",
	"inotify_add_watch",
	"fstat",
	"fstat64",
	"newfstatat",
	"lseek",
};

const char *seal_implicit(size_t n)
{
	return n < sizeof(implicit) / sizeof(implicit[0]) ? implicit[n] : NULL;
}

static bool is_implicit(const char *name)
{
	const char *other;

	for (size_t i = 0; (other = seal_implicit(i)); i++)
		if (strcmp(name, other) == 0)
			return true;
	return false;
}

static uint32_t result_of(int error, int default_error)
{
	if (error == SYSCALL_DEFAULT)
		error = default_error;
	return error == SYSCALL_KILL ? SECCOMP_RET_KILL_PROCESS
				     : SECCOMP_RET_ERRNO | (uint32_t)error;
}

static struct filter_action choose(const char *name, const void *context)
{
	const struct seal_options *options = context;
	const struct container_spec *spec = options->spec;
	const struct syscall_filter_spec *filter = &spec->syscall_filter;
	struct filter_action action = { .result = SECCOMP_RET_ALLOW };
	const struct syscall_rule *rule = NULL;

	for (size_t i = 0; i < filter->count && !rule; i++)
		if (strcmp(filter->rules[i].name, name) == 0)
			rule = &filter->rules[i];
	if (is_implicit(name) ||
	    (filter->is_allow_list && rule && rule->error == SYSCALL_DEFAULT) ||
	    (!filter->is_allow_list && !rule))
		return action;
	action.result = result_of(rule ? rule->error : SYSCALL_DEFAULT, spec->syscall_error);
	action.by_gate = seal_gate_has(name);
	return action;
}

int seal_write_user(struct filter *filter, const struct seal_options *options, struct why *why)
{
	const struct syscall_architectures_spec *others = &options->spec->syscall_architectures;

	filter->gate = options->gate;
	return filter_write(filter, others->tokens, others->count, choose, options, why);
}

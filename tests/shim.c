/* SPDX-License-Identifier: ISC */
/*
 * Makes a kernel look poorer: shim NAME... -- PROGRAM [ARGUMENT]...
 * Executes the program under a seccomp filter, which all its descendants inherit, where each system
 * call of that name fails with ENOSYS. "user-namespaces" is no call: clone(2), unshare(2) and
 * setns(2) then fail with EINVAL if they ask for one, as they do in a kernel without
 * CONFIG_USER_NS; so does clone3 with ENOSYS, since its flags lie in memory, which a filter does
 * not see. "gate": nothing can be mapped at the bottom of memory (EPERM); "pass-rights":
 * SO_PASSRIGHTS is an unknown option. For tests of fallbacks. Needs root: the filter is installed
 * without no_new_privs, which is for the program to set.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define BOTTOM 65536 /* vm.mmap_min_addr, where it is not less */

/* The flag as all bits of it that are set in the call's argument. */
static int without_user_namespaces(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp flags = SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER);
	const struct scmp_arg_cmp type = SCMP_A1(SCMP_CMP_MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER);
	int error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(clone), 1, flags);

	if (error == 0)
		error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(unshare), 1,
					 flags);
	if (error == 0)
		error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(setns), 1, type);
	if (error == 0)
		error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	return error == -EEXIST ? 0 : error;
}

static int without_gate(scmp_filter_ctx filter)
{
	return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(mmap), 2,
				SCMP_A0(SCMP_CMP_LT, BOTTOM),
				SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_FIXED, MAP_FIXED));
}

static int without_pass_rights(scmp_filter_ctx filter)
{
	return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOPROTOOPT), SCMP_SYS(setsockopt), 2,
				SCMP_A1(SCMP_CMP_EQ, SOL_SOCKET), SCMP_A2(SCMP_CMP_EQ, 83));
}

static int without(scmp_filter_ctx filter, const char *name)
{
	int number, error;

	if (strcmp(name, "user-namespaces") == 0)
		return without_user_namespaces(filter);
	if (strcmp(name, "gate") == 0)
		return without_gate(filter);
	if (strcmp(name, "pass-rights") == 0)
		return without_pass_rights(filter);
	number = seccomp_syscall_resolve_name(name);
	if (number == __NR_SCMP_ERROR)
		return -ENOENT;
	error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), number, 0);
	return error == -EEXIST ? 0 : error;
}

int main(int argc, char **argv)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int i, error = filter ? seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0) : -ENOMEM;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0 && error == 0; i++) {
		error = without(filter, argv[i]);
		if (error < 0)
			fprintf(stderr, "shim: %s: %s\n", argv[i], strerror(-error));
	}
	if (i + 1 >= argc && error == 0) {
		fprintf(stderr, "usage: shim NAME... -- PROGRAM [ARGUMENT]...\n");
		return 2;
	}
	if (error == 0)
		error = seccomp_load(filter);
	if (error < 0) {
		fprintf(stderr, "shim: %s\n", strerror(-error));
		return 1;
	}
	execvp(argv[i + 1], argv + i + 1);
	fprintf(stderr, "shim: %s: %s\n", argv[i + 1], strerror(errno));
	return 1;
}

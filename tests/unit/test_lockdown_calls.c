/* SPDX-License-Identifier: ISC */
/* The daemon's lists: every name is known, none stands there twice, and what must not be is not. */
/* link: spawnd/process/lockdown_calls.c */
/* library: seccomp */
#include "process/lockdown_calls.h"

#include <linux/capability.h>
#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static bool loop_has(const char *name)
{
	int number = seccomp_syscall_resolve_name(name);
	size_t count;
	const struct lockdown_call *calls = lockdown_loop_calls(&count);

	assert_int_not_equal(number, __NR_SCMP_ERROR);
	for (size_t i = 0; i < count; i++)
		if (calls[i].number == number && !calls[i].refusal)
			return true;
	return false;
}

static void the_loop_has_no_row_twice(void **state)
{
	size_t count;
	const struct lockdown_call *calls = lockdown_loop_calls(&count);

	assert_true(count > 0);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++) {
			if (calls[i].number != calls[j].number)
				continue;
			/* One call, two rows: conditions that differ, and none without. */
			assert_int_not_equal(calls[i].index, LOCKDOWN_ANY);
			assert_int_not_equal(calls[j].index, LOCKDOWN_ANY);
			assert_true(calls[i].index != calls[j].index ||
				    calls[i].mask != calls[j].mask ||
				    calls[i].value != calls[j].value);
		}
}

static void the_loop_cannot_reach_out(void **state)
{
	static const char *const never[] = {
		"execve", "execveat",	"fork",		"vfork",	  "clone",
		"clone3", "open",	"openat",	"openat2",	  "creat",
		"socket", "connect",	"bind",		"listen",	  "shutdown",
		"ptrace", "kill",	"mprotect",	"setresuid",	  "capset",
		"prctl",  "seccomp",	"bpf",		"mount",	  "unshare",
		"setns",  "chroot",	"memfd_create", "io_uring_setup", "sendmmsg",
		"ioctl",  "dup2",	"link",		"unlink",	  "rename",
		"chmod",  "pidfd_getfd"
	};

	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (loop_has(never[i]))
			fail_msg("the loop may call %s", never[i]);
	assert_true(loop_has("accept4"));
}

static void never_is_known_and_not_twice(void **state)
{
	size_t count;
	const char *const *never = lockdown_never_calls(&count);

	for (size_t i = 0; i < count; i++) {
		if (seccomp_syscall_resolve_name(never[i]) == __NR_SCMP_ERROR)
			fail_msg("libseccomp knows no %s", never[i]);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(never[i], never[j]);
	}
}

static void the_warden_lacks_what_it_must(void **state)
{
	static const unsigned int dropped[] = { CAP_SYS_MODULE, CAP_SYS_BOOT,	     CAP_SYS_TIME,
						CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH, CAP_SYSLOG,
						CAP_MAC_ADMIN,	CAP_AUDIT_CONTROL };
	size_t count;
	const unsigned int *kept = lockdown_warden_capabilities(&count);

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(kept[i], kept[j]);
		for (size_t j = 0; j < sizeof(dropped) / sizeof(dropped[0]); j++)
			assert_int_not_equal(kept[i], dropped[j]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_loop_has_no_row_twice),
		cmocka_unit_test(the_loop_cannot_reach_out),
		cmocka_unit_test(never_is_known_and_not_twice),
		cmocka_unit_test(the_warden_lacks_what_it_must),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

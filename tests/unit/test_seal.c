/* SPDX-License-Identifier: ISC */
/*
 * container/seal: the filters, read without installing them. Each program is interpreted for every
 * number of every architecture, with arguments chosen to get past it, and each answer is held
 * against an oracle that says the same in plain C. Numbers are held against the kernel's headers
 * too.
 */
/* link: spawnd/container/seal.c */
/* link: spawnd/container/seal_rules.c */
/* link: spawnd/container/seal_user.c */
/* link: spawnd/container/seal_checks.c */
/* link: spawnd/process/filter.c */
#include "config_text.h"
#include "container/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define GATE 0x5a0u
#define HIGH_BITS 0xdeadbeef00000000u
#define ALLOW SECCOMP_RET_ALLOW
#define KILL SECCOMP_RET_KILL_PROCESS
#define DENY(error) (SECCOMP_RET_ERRNO | (error))

static struct filter filter;

/* ---- an interpreter of the BPF that seccomp accepts ------------------------------------------ */

static uint32_t run(const struct filter *program, const struct seccomp_data *data)
{
	uint32_t accumulator = 0;

	for (uint32_t at = 0; at < program->length; at++) {
		const struct sock_filter *step = &program->code[at];

		switch (step->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			assert_true(step->k + 4 <= sizeof(*data) && step->k % 4 == 0);
			memcpy(&accumulator, (const char *)data + step->k, 4);
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			accumulator &= step->k;
			break;
		case BPF_JMP | BPF_JA:
			at += step->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			at += accumulator == step->k ? step->jt : step->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			at += accumulator >= step->k ? step->jt : step->jf;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			at += accumulator & step->k ? step->jt : step->jf;
			break;
		case BPF_RET | BPF_K:
			return step->k;
		default:
			fail_msg("step %u has code %#x", at, step->code);
		}
	}
	fail_msg("the program ends without an answer");
	return 0;
}

static uint32_t ask(uint32_t architecture, long number, const uint64_t arguments[6], uint64_t from)
{
	struct seccomp_data data = { .nr = (int)number,
				     .arch = architecture,
				     .instruction_pointer = from };

	memcpy(data.args, arguments, sizeof(data.args));
	return run(&filter, &data);
}

/* ---- the oracle ------------------------------------------------------------------------------ */

static bool is_one_of(const char *name, const char *list)
{
	size_t length = strlen(name);

	for (const char *at = list; (at = strstr(at, name)); at++)
		if ((at == list || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
			return true;
	return false;
}

static uint32_t oracle_socket(enum socket_seal mode, uint32_t family, uint32_t type,
			      uint32_t protocol)
{
	uint32_t kind = type & 0xf;

	if (mode == SOCKET_SEAL_LOCAL) {
		if (family == AF_UNIX)
			return ALLOW;
		if (family == AF_NETLINK)
			return protocol == 0 ? ALLOW : DENY(EPROTONOSUPPORT);
		if (family != AF_INET && family != AF_INET6)
			return DENY(EAFNOSUPPORT);
		if (kind == SOCK_RAW || kind == SOCK_PACKET)
			return DENY(EPERM);
		return protocol == 0 || protocol == 6 || protocol == 17 || protocol == 1 ||
				       protocol == 58
			       ? ALLOW
			       : DENY(EPROTONOSUPPORT);
	}
	if (family != AF_UNIX)
		return DENY(EAFNOSUPPORT);
	return kind == SOCK_DGRAM || kind == SOCK_RAW ? DENY(EACCES) : ALLOW;
}

static uint32_t oracle_setsockopt(uint32_t level, uint32_t name)
{
	static const uint32_t of_socket[] = { 2, 9, 10, 13, 18, 20, 21, 29, 35, 63, 64, 66, 67 };
	static const uint32_t of_tcp[] = { 1, 3, 4, 5, 6, 12, 18, 25 };

	if (level == 1 && (name == 7 || name == 8))
		return DENY(0);
	for (size_t i = 0; level == 1 && i < COUNT(of_socket); i++)
		if (name == of_socket[i])
			return ALLOW;
	for (size_t i = 0; level == 6 && i < COUNT(of_tcp); i++)
		if (name == of_tcp[i])
			return ALLOW;
	if ((level == 0 && name == 1) || (level == 41 && (name == 67 || name == 26)))
		return ALLOW;
	return DENY(EPERM);
}

static uint32_t oracle_getsockopt(uint32_t level, uint32_t name)
{
	bool denied = level == 132;

	if (level == 1)
		denied = name == 77 || name == 25 || name == 62 || name == 71;
	if (level == 0)
		denied = name == 9 || name == 32;
	if (level == 41)
		denied = name == 6 || name == 17;
	return denied ? DENY(EPERM) : ALLOW;
}

static uint32_t oracle_ioctl(uint32_t command)
{
	if (command == 0x5412 || command == 0x541c || command == 0x5423 || command == 0x541d)
		return DENY(EPERM);
	if (command == 0x894b)
		return ALLOW;
	if ((command >> 8 & 0xff) == 0x8b)
		return DENY(EPERM);
	if ((command >> 8 & 0xff) == 0x89)
		return (command & 0xff) >= 1 && (command & 0xff) <= 7 ? ALLOW : DENY(EPERM);
	return ALLOW;
}

/* What a program may do; name NULL: the number is nobody's. */
static uint32_t oracle(enum socket_seal mode, bool hides_rights, const char *name,
		       const uint64_t arguments[6])
{
	uint32_t low[6];

	for (int i = 0; i < 6; i++)
		low[i] = (uint32_t)arguments[i];
	if (!name)
		return DENY(ENOSYS);
	if (is_one_of(name, "connect bind listen accept accept4"))
		return mode == SOCKET_SEAL_LOCAL ? ALLOW : DENY(EACCES);
	if (is_one_of(name, "socketcall io_uring_setup io_uring_enter io_uring_register clone3"))
		return DENY(ENOSYS);
	if (is_one_of(name, "recvmsg recvmmsg recvmmsg_time64"))
		return hides_rights ? DENY(EACCES) : ALLOW;
	if (strcmp(name, "socket") == 0)
		return oracle_socket(mode, low[0], low[1], low[2]);
	if (strcmp(name, "socketpair") == 0 && low[0] == AF_UNIX && mode == SOCKET_SEAL_LOCAL)
		return ALLOW;
	if (strcmp(name, "socketpair") == 0)
		return oracle_socket(SOCKET_SEAL_STRICT, low[0], low[1], low[2]);
	if (is_one_of(name, "sendto sendmmsg"))
		return low[3] & MSG_FASTOPEN ? DENY(EACCES) : ALLOW;
	if (strcmp(name, "sendmsg") == 0)
		return low[2] & MSG_FASTOPEN ? DENY(EACCES) : ALLOW;
	if (strcmp(name, "setsockopt") == 0)
		return oracle_setsockopt(low[1], low[2]);
	if (strcmp(name, "getsockopt") == 0)
		return oracle_getsockopt(low[1], low[2]);
	if (strcmp(name, "ioctl") == 0)
		return oracle_ioctl(low[1]);
	if (strcmp(name, "clone") == 0)
		return low[0] & 0x7e020000 ? DENY(EPERM) : ALLOW;
	if (is_one_of(name, "fcntl fcntl64"))
		return low[1] == F_SETLEASE || low[1] == F_NOTIFY ? DENY(EINVAL) : ALLOW;
	if (is_one_of(name, "inotify_init inotify_init1"))
		return DENY(ENOSYS);
	if (strcmp(name, "personality") == 0)
		return low[0] == 0 || low[0] == UINT32_MAX ? ALLOW : DENY(EPERM);
	if (is_one_of(name,
		      "unshare setns sethostname setdomainname mount umount umount2 pivot_root "
		      "chroot fsopen fsconfig fsmount fspick move_mount open_tree open_tree_attr "
		      "mount_setattr listmount statmount quotactl quotactl_fd swapon swapoff "
		      "nfsservctl fanotify_init fanotify_mark name_to_handle_at open_by_handle_at "
		      "ptrace process_vm_readv process_vm_writev process_madvise "
		      "process_mrelease pidfd_getfd kcmp add_key request_key keyctl bpf "
		      "perf_event_open userfaultfd lookup_dcookie syslog acct init_module "
		      "finit_module delete_module create_module get_kernel_syms query_module "
		      "kexec_load kexec_file_load reboot iopl ioperm modify_ldt vm86 vm86old "
		      "vhangup settimeofday stime clock_settime clock_settime64 clock_adjtime "
		      "clock_adjtime64 adjtimex uselib ustat sysfs _sysctl pciconfig_read "
		      "pciconfig_write pciconfig_iobase rtas"))
		return DENY(EPERM);
	return ALLOW;
}

/* ---- every number, every architecture -------------------------------------------------------- */

/* Values that mean something to some rule: each is tried in every argument, with high bits too. */
static const uint32_t telling[] = {
	0,	    1,		2,	    3,		5,	    6,	     9,
	10,	    16,		32,	    17,		25,	    26,	     29,
	30,	    38,		40,	    41,		58,	    62,	     71,
	77,	    83,		132,	    262,	0x80002,    0x80001, 0x80003,
	0x20000000, 0x20004000, 0x10000000, 0x00020000, 0x40000000, 0x5412,  0x541c,
	0x541b,	    0x8912,	0x8905,	    0x8907,	0x8908,	    0x894b,  0x894c,
	0x8b01,	    0x8982,	0x89f0,	    0x80108907, 1024,	    1026,    0xffffffff,
};

static const uint32_t architectures[] = { SCMP_ARCH_X86, SCMP_ARCH_AARCH64, SCMP_ARCH_ARM };

static const char *name_of(uint32_t architecture, uint32_t number, char room[64])
{
	char *name = seccomp_syscall_resolve_num_arch(architecture, (int)number);

	if (name)
		snprintf(room, 64, "%s", name);
	free(name);
	return name ? room : NULL;
}

static void check_number(enum socket_seal mode, bool hides_rights, uint32_t architecture,
			 uint32_t number)
{
	uint64_t arguments[6];
	char room[64];
	const char *name = name_of(architecture, number, room);
	uint32_t got, wanted;

	for (size_t first = 0; first < COUNT(telling); first++)
		for (size_t second = 0; second < COUNT(telling); second++) {
			for (int i = 0; i < 6; i++)
				arguments[i] = telling[i % 2 ? second : first] |
					       (first % 2 ? HIGH_BITS : 0);
			got = ask(architecture, number, arguments, 0x7f0000000000 + first);
			wanted = oracle(mode, hides_rights, name, arguments);
			if (got != wanted)
				fail_msg("%#x: %u %s(%#llx, %#llx, ...) got %#x, wanted %#x",
					 architecture, number, name ? name : "-",
					 (unsigned long long)arguments[0],
					 (unsigned long long)arguments[1], got, wanted);
		}
}

static void write_seal(enum socket_seal mode, bool hides_rights, uint32_t gate)
{
	struct container_spec spec = { .socket_seal = mode };
	struct seal_options options = { &spec, gate, hides_rights };
	struct why why = { 0 };

	for (size_t i = 0; i < COUNT(architectures); i++)
		if (architectures[i] != seccomp_arch_native())
			spec.syscall_architectures.tokens[spec.syscall_architectures.count++] =
				architectures[i];
	memset(&filter, 0, sizeof(filter));
	if (seal_write(&filter, &options, &why) < 0)
		fail_msg("%s: %s", why.step, why.text);
}

static void check_all(enum socket_seal mode, bool hides_rights)
{
	write_seal(mode, hides_rights, GATE);
	for (uint32_t number = 0; number < 600; number++) {
		check_number(mode, hides_rights, seccomp_arch_native(), number);
		for (size_t i = 0; i < COUNT(architectures); i++)
			check_number(mode, hides_rights, architectures[i], number);
	}
}

static void strict_is_what_the_oracle_says(void **state)
{
	check_all(SOCKET_SEAL_STRICT, false);
}

static void strict_without_rights_too(void **state)
{
	check_all(SOCKET_SEAL_STRICT, true);
}

static void local_too(void **state)
{
	check_all(SOCKET_SEAL_LOCAL, false);
}

static void what_is_beyond_the_table_does_not_exist(void **state)
{
	static const uint32_t beyond[] = { 1000, 1023, 1024, 5000, 70000, 0x3fffffff };
	const uint64_t none[6] = { 0 };

	write_seal(SOCKET_SEAL_STRICT, false, GATE);
	for (size_t i = 0; i < COUNT(beyond); i++) {
		assert_int_equal(ask(seccomp_arch_native(), beyond[i], none, 0), DENY(ENOSYS));
		assert_int_equal(ask(SCMP_ARCH_X86, beyond[i], none, 0), DENY(ENOSYS));
	}
	/* 32-bit ARM keeps a few calls of its own up there. */
	assert_int_equal(ask(SCMP_ARCH_ARM, 0xf0002, none, 0), ALLOW);
	assert_int_equal(ask(SCMP_ARCH_ARM, 0xf0007, none, 0), DENY(ENOSYS));
}

static void other_architectures_and_x32_kill(void **state)
{
	const uint64_t none[6] = { 0 };

	write_seal(SOCKET_SEAL_STRICT, false, GATE);
	for (uint32_t number = 0; number < 600; number++) {
		assert_int_equal(ask(AUDIT_ARCH_S390X, number, none, GATE), KILL);
		assert_int_equal(ask(0, number, none, GATE), KILL);
#ifdef __x86_64__
		assert_int_equal(ask(AUDIT_ARCH_X86_64, 0x40000000 | number, none, GATE), KILL);
#endif
	}
}

/* ---- the gate -------------------------------------------------------------------------------- */

static const char gate_calls[] =
	"clone clone3 unshare setns sethostname setdomainname socket ioctl fsopen fsconfig fsmount "
	"open_tree move_mount mount_setattr mount umount2 pivot_root recvmsg ptrace "
	"inotify_init1";

static void the_gate_lets_its_calls_through_and_no_other(void **state)
{
	const uint64_t bad[6] = { 0x7e020000, 0x8912, 0x20000000, 0x20000000, 1, 1 };
	uint32_t native = seccomp_arch_native();
	char room[64];

	write_seal(SOCKET_SEAL_STRICT, true, GATE);
	for (uint32_t number = 0; number < 600; number++) {
		const char *name = name_of(native, number, room);
		bool passes = name && is_one_of(name, gate_calls);
		uint32_t outside = oracle(SOCKET_SEAL_STRICT, true, name, bad);

		assert_int_equal(ask(native, number, bad, GATE), passes ? ALLOW : outside);
		/* One off, or the same number above 4 GiB, is not the gate. */
		assert_int_equal(ask(native, number, bad, GATE + 1), outside);
		assert_int_equal(ask(native, number, bad, GATE - 1), outside);
		assert_int_equal(ask(native, number, bad, 0x100000000 + GATE), outside);
		assert_int_equal(ask(native, number, bad, 0), outside);
	}
}

static void without_a_gate_nothing_passes(void **state)
{
	const uint64_t bad[6] = { 0x7e020000, 0x8912, 0x20000000, 0x20000000, 1, 1 };
	uint32_t native = seccomp_arch_native();
	char room[64];

	write_seal(SOCKET_SEAL_STRICT, false, 0);
	for (uint32_t number = 0; number < 600; number++)
		for (uint64_t from = 0; from < 0x2000; from += 0x5a0)
			assert_int_equal(ask(native, number, bad, from),
					 oracle(SOCKET_SEAL_STRICT, false,
						name_of(native, number, room), bad));
}

/* ---- numbers, from the kernel's own headers and from its tables ------------------------------ */

static void numbers_are_the_kernels(void **state)
{
	const uint64_t none[6] = { 0 };
	static const struct {
		uint32_t architecture;
		long number;
		uint32_t wanted;
	} known[] = {
#ifdef __x86_64__
		{ AUDIT_ARCH_X86_64, SYS_connect, DENY(EACCES) },
		{ AUDIT_ARCH_X86_64, SYS_bind, DENY(EACCES) },
		{ AUDIT_ARCH_X86_64, SYS_listen, DENY(EACCES) },
		{ AUDIT_ARCH_X86_64, SYS_accept4, DENY(EACCES) },
		{ AUDIT_ARCH_X86_64, SYS_socket, DENY(EAFNOSUPPORT) },
		{ AUDIT_ARCH_X86_64, SYS_io_uring_setup, DENY(ENOSYS) },
		{ AUDIT_ARCH_X86_64, SYS_clone3, DENY(ENOSYS) },
		{ AUDIT_ARCH_X86_64, SYS_ptrace, DENY(EPERM) },
		{ AUDIT_ARCH_X86_64, SYS_mount_setattr, DENY(EPERM) },
		{ AUDIT_ARCH_X86_64, SYS_read, ALLOW },
		{ AUDIT_ARCH_X86_64, SYS_execve, ALLOW },
		{ AUDIT_ARCH_X86_64, SYS_recvmsg, ALLOW },
#endif
		{ AUDIT_ARCH_I386, 362, DENY(EACCES) },	      /* connect */
		{ AUDIT_ARCH_I386, 361, DENY(EACCES) },	      /* bind */
		{ AUDIT_ARCH_I386, 363, DENY(EACCES) },	      /* listen */
		{ AUDIT_ARCH_I386, 364, DENY(EACCES) },	      /* accept4 */
		{ AUDIT_ARCH_I386, 359, DENY(EAFNOSUPPORT) }, /* socket */
		{ AUDIT_ARCH_I386, 102, DENY(ENOSYS) },	      /* socketcall */
		{ AUDIT_ARCH_I386, 3, ALLOW },		      /* read */
		{ AUDIT_ARCH_AARCH64, 203, DENY(EACCES) },    /* connect */
		{ AUDIT_ARCH_AARCH64, 201, DENY(EACCES) },    /* listen */
		{ AUDIT_ARCH_AARCH64, 198, DENY(EAFNOSUPPORT) },
		{ AUDIT_ARCH_AARCH64, 425, DENY(ENOSYS) }, /* io_uring_setup */
		{ AUDIT_ARCH_AARCH64, 63, ALLOW },	   /* read */
		{ AUDIT_ARCH_ARM, 283, DENY(EACCES) },	   /* connect */
		{ AUDIT_ARCH_ARM, 284, DENY(EACCES) },	   /* listen */
	};

	write_seal(SOCKET_SEAL_STRICT, false, GATE);
	for (size_t i = 0; i < COUNT(known); i++)
		assert_int_equal(ask(known[i].architecture, known[i].number, none, 0),
				 known[i].wanted);
}

/* ---- SystemCallFilter= ----------------------------------------------------------------------- */

static void write_user(const char *lines, uint32_t gate)
{
	struct seal_options options = { .gate = gate };
	struct why why = { 0 };
	struct parsed parsed;
	char text[1024];

	snprintf(text, sizeof(text), MINIMAL "%s", lines);
	parse_good(&parsed, text);
	options.spec = &parsed.service->container;
	memset(&filter, 0, sizeof(filter));
	assert_int_equal(seal_write_user(&filter, &options, &why), 0);
	parsed_free(&parsed);
}

static uint32_t user(const char *name, uint64_t from)
{
	const uint64_t none[6] = { 0 };
	int number = seccomp_syscall_resolve_name(name);

	assert_true(number >= 0);
	return ask(seccomp_arch_native(), number, none, from);
}

static void an_allow_list_allows_what_it_names(void **state)
{
	write_user("SystemCallFilter=@basic-io uname:ENOSYS\nSystemCallFilter=~readv\n", GATE);
	assert_int_equal(user("pread64", 0), ALLOW);
	assert_int_equal(user("readv", 0), KILL);
	assert_int_equal(user("uname", 0), DENY(ENOSYS));
	assert_int_equal(user("unlinkat", 0), KILL);
	assert_int_equal(user("execve", 0), ALLOW);
	for (size_t i = 0; seal_implicit(i); i++)
		if (seccomp_syscall_resolve_name(seal_implicit(i)) >= 0)
			assert_int_equal(user(seal_implicit(i), 0), ALLOW);
	assert_int_equal(user("mount", 0), KILL);
	assert_int_equal(user("mount", GATE), ALLOW);
	write_user("SystemCallFilter=@system-service\nSystemCallFilter=~uname mkdir mkdirat\n", 0);
	assert_int_equal(user("socket", 0), ALLOW);
	assert_int_equal(user("uname", 0), KILL);
	assert_int_equal(user("mkdirat", 0), ALLOW); /* implicit */
	assert_int_equal(user("mkdir", 0), KILL);
}

static void a_deny_list_denies_what_it_names(void **state)
{
	write_user("SystemCallFilter=~@chown unlinkat:7\nSystemCallErrorNumber=EPERM\n"
		   "SystemCallFilter=lchown\n",
		   0);
	assert_int_equal(user("fchownat", 0), DENY(EPERM));
	assert_int_equal(user("unlinkat", 0), DENY(7));
	assert_int_equal(user("lchown", 0), ALLOW);
	assert_int_equal(user("uname", 0), ALLOW);
}

static void an_empty_assignment_begins_anew(void **state)
{
	write_user("SystemCallFilter=@basic-io\nSystemCallFilter=\nSystemCallFilter=~uname\n", 0);
	assert_int_equal(user("unlinkat", 0), ALLOW);
	assert_int_equal(user("uname", 0), KILL);
}

static void what_is_no_call_is_an_error(void **state)
{
	assert_one_error(MINIMAL "SystemCallFilter=read raed\n", 5, "\"raed\" is no system call");
	assert_one_error(MINIMAL "SystemCallFilter=@basic\n", 5, "no group \"@basic\"");
	assert_one_error(MINIMAL "SystemCallFilter=read:EFOO\n", 5, "\"EFOO\" behind \"read:\"");
	assert_one_error(MINIMAL "SystemCallErrorNumber=EFOO\n", 5, "\"EFOO\" is not understood");
	assert_one_error(MINIMAL "SystemCallArchitectures=x32\n", 5, "\"x32\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strict_is_what_the_oracle_says),
		cmocka_unit_test(strict_without_rights_too),
		cmocka_unit_test(local_too),
		cmocka_unit_test(what_is_beyond_the_table_does_not_exist),
		cmocka_unit_test(other_architectures_and_x32_kill),
		cmocka_unit_test(the_gate_lets_its_calls_through_and_no_other),
		cmocka_unit_test(without_a_gate_nothing_passes),
		cmocka_unit_test(numbers_are_the_kernels),
		cmocka_unit_test(an_allow_list_allows_what_it_names),
		cmocka_unit_test(a_deny_list_denies_what_it_names),
		cmocka_unit_test(an_empty_assignment_begins_anew),
		cmocka_unit_test(what_is_no_call_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

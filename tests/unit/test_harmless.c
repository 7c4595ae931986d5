/* SPDX-License-Identifier: ISC */
/* The list of calls that a program may make ahead of its connection. */
/* link: spawnd/container/harmless.c */
#include "container/harmless.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <termios.h>

#include <cmocka.h>

#define CHANNEL 63
#define HELD (UINT64_C(1) << 0 | UINT64_C(1) << 1 | UINT64_C(1) << CHANNEL)

static bool may(long number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
	struct harmless_call call = { (uint64_t)number, { a, b, c, d, e, 0 } };

	return harmless(&call, HELD, false);
}

static void nothing_reads_or_writes_what_is_held(void **state)
{
	static const long with_descriptor[] = { SYS_read,	SYS_pread64, SYS_readv, SYS_close,
						SYS_getdents64, SYS_dup,     SYS_fchdir };
	static const long never[] = {
		SYS_write,	    SYS_writev,		 SYS_pwrite64,	 SYS_sendto,
		SYS_recvfrom,	    SYS_sendmsg,	 SYS_recvmsg,	 SYS_getpeername,
		SYS_getsockname,    SYS_setsockopt,	 SYS_getsockopt, SYS_shutdown,
		SYS_socket,	    SYS_connect,	 SYS_sendfile,	 SYS_splice,
		SYS_ppoll,	    SYS_pselect6,	 SYS_epoll_ctl,	 SYS_clone,
		SYS_nanosleep,	    SYS_clock_nanosleep, SYS_setitimer,	 SYS_timer_create,
		SYS_seccomp,	    SYS_setrlimit,	 SYS_unlinkat,	 SYS_mkdirat,
		SYS_kill,	    SYS_tgkill,		 SYS_exit_group, SYS_wait4,
		SYS_ptrace,
#ifdef SYS_io_uring_setup
		SYS_io_uring_setup,
#endif
#ifdef SYS_pidfd_getfd
		SYS_pidfd_getfd,
#endif
#ifdef SYS_clone3
		SYS_clone3,
#endif
	};

	for (size_t i = 0; i < sizeof(with_descriptor) / sizeof(with_descriptor[0]); i++) {
		assert_false(may(with_descriptor[i], 0, 0, 0, 0, 0));
		assert_false(may(with_descriptor[i], 1, 0, 0, 0, 0));
		assert_false(may(with_descriptor[i], CHANNEL, 0, 0, 0, 0));
		/* the kernel looks at 32 bits of it */
		assert_false(may(with_descriptor[i], UINT64_C(0xffffffff00000000), 0, 0, 0, 0));
		assert_true(may(with_descriptor[i], 2, 0, 0, 0, 0));
		assert_true(may(with_descriptor[i], 64, 0, 0, 0, 0));
		assert_true(may(with_descriptor[i], (uint64_t)-1, 0, 0, 0, 0));
	}
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		assert_false(may(never[i], 5, 5, 5, 5, 5));
}

static void unknown_calls_wait(void **state)
{
	assert_false(may(100000, 0, 0, 0, 0, 0));
	assert_false(may(-1, 0, 0, 0, 0, 0));
	assert_false(may(0x40000000 | SYS_getpid, 0, 0, 0, 0, 0)); /* x32 */
}

static void opening_makes_nothing(void **state)
{
	assert_true(may(SYS_openat, 0, 0, O_RDONLY | O_CLOEXEC, 0, 0));
	assert_true(may(SYS_openat, 0, 0, O_RDWR, 0, 0));
	assert_true(may(SYS_openat, 0, 0, O_RDONLY | O_DIRECTORY, 0, 0));
	assert_false(may(SYS_openat, 0, 0, O_WRONLY | O_CREAT, 0, 0));
	assert_false(may(SYS_openat, 0, 0, O_WRONLY | O_TRUNC, 0, 0));
	assert_false(may(SYS_openat, 0, 0, O_RDWR | O_TMPFILE, 0, 0));
}

static void descriptors_keep_their_places(void **state)
{
	assert_false(may(SYS_dup3, 0, 5, 0, 0, 0));
	assert_false(may(SYS_dup3, 5, 1, 0, 0, 0));
	assert_true(may(SYS_dup3, 5, 6, 0, 0, 0));
	assert_false(may(SYS_fcntl, 0, F_DUPFD, 10, 0, 0));
	assert_false(may(SYS_fcntl, 0, F_SETFL, O_NONBLOCK, 0, 0));
	assert_false(may(SYS_fcntl, 3, F_SETLK, 0, 0, 0));
	assert_true(may(SYS_fcntl, 0, F_GETFL, 0, 0, 0));
	assert_true(may(SYS_fcntl, 3, F_DUPFD, 10, 0, 0));
	assert_false(may(SYS_fcntl, 0, F_SETFD, FD_CLOEXEC, 0, 0));
	assert_true(may(SYS_fcntl, 0, F_SETFD, 0, 0, 0)); /* perl */
#ifdef SYS_close_range
	assert_false(may(SYS_close_range, 3, UINT32_MAX, 0, 0, 0));
	assert_true(may(SYS_close_range, 3, CHANNEL - 1, 0, 0, 0));
	assert_true(may(SYS_close_range, 64, UINT32_MAX, 0, 0, 0));
	assert_false(may(SYS_close_range, 64, UINT32_MAX, 2, 0, 0));
#endif
}

static void the_rest(void **state)
{
	assert_true(may(SYS_mmap, 0, 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, 0));
	assert_true(may(SYS_mmap, 0, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, 3));
	assert_false(may(SYS_mmap, 0, 1, PROT_READ, MAP_PRIVATE, 0));
	assert_false(may(SYS_mmap, 0, 1, PROT_READ | PROT_WRITE, MAP_SHARED, 3));
	assert_true(may(SYS_mmap, 0, 1, PROT_READ, MAP_SHARED, 3));
	assert_true(may(SYS_mmap, 0, 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, 0));
	assert_true(may(SYS_futex, 0, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, 0, 0));
	assert_false(may(SYS_futex, 0, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 1, 0, 0));
	assert_false(may(SYS_futex, 0, FUTEX_WAIT_BITSET, 1, 0, 0));
	assert_true(may(SYS_ioctl, 0, TCGETS, 0, 0, 0));
	assert_false(may(SYS_ioctl, 0, FIONREAD, 0, 0, 0));
	assert_false(may(SYS_ioctl, 0, FIOCLEX, 0, 0, 0));
	assert_true(may(SYS_prctl, PR_SET_NAME, 0, 0, 0, 0));
	assert_false(may(SYS_prctl, PR_SET_SECCOMP, 2, 0, 0, 0));
	assert_false(may(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0));
	assert_true(may(SYS_prlimit64, 0, 7, 0, 1, 0));
	assert_false(may(SYS_prlimit64, 0, 7, 1, 0, 0));
}

/* mprotect(2) may follow. */
static void what_may_be_written_is_not_shared(void **state)
{
	struct harmless_call map = { SYS_mmap, { 0, 1, PROT_READ, MAP_SHARED, 3, 0 } };
	struct harmless_call read = { SYS_openat, { 0, 0, O_RDONLY | O_CLOEXEC } };
	struct harmless_call write = { SYS_openat, { 0, 0, O_WRONLY } };
	struct harmless_call both = { SYS_openat, { 0, 0, O_RDWR | O_CLOEXEC } };

	assert_false(harmless_opens_to_write(&map));
	assert_false(harmless_opens_to_write(&read));
	assert_true(harmless_opens_to_write(&write));
	assert_true(harmless_opens_to_write(&both));
	assert_true(harmless(&map, HELD, false));
	assert_false(harmless(&map, HELD, true));
	map.arguments[3] = MAP_PRIVATE;
	assert_true(harmless(&map, HELD, true));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_reads_or_writes_what_is_held),
		cmocka_unit_test(unknown_calls_wait),
		cmocka_unit_test(what_may_be_written_is_not_shared),
		cmocka_unit_test(opening_makes_nothing),
		cmocka_unit_test(descriptors_keep_their_places),
		cmocka_unit_test(the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

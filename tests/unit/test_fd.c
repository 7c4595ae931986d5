/* SPDX-License-Identifier: ISC */
/* base/fd, with and without the system calls that newer kernels have. */
/* wrap: syscall */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static bool old_kernel; /* no close_range(2), no openat2(2) */

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...)
{
	long part[5];
	va_list list;

	va_start(list, number);
	for (int i = 0; i < 5; i++)
		part[i] = va_arg(list, long);
	va_end(list);
	if (old_kernel && (number == SYS_close_range || number == SYS_openat2)) {
		errno = ENOSYS;
		return -1;
	}
	return __real_syscall(number, part[0], part[1], part[2], part[3], part[4]);
}

/* In a child, so that the test keeps its own. */
static int closes_from(unsigned int first)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		bool good;

		dup2(1, 20);
		dup2(1, 21);
		dup2(1, 90);
		good = fd_close_from(first) == 0 && fcntl(20, F_GETFD) >= 0 &&
		       fcntl(21, F_GETFD) < 0 && fcntl(90, F_GETFD) < 0;
		_exit(good ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	return status;
}

static void closes_what_it_should(void **state)
{
	old_kernel = false;
	assert_int_equal(closes_from(21), 0);
	old_kernel = true;
	assert_int_equal(closes_from(21), 0);
	old_kernel = false;
}

static void close_keeps_errno_and_forgets(void **state)
{
	int fd = 250;

	errno = ENXIO;
	fd_close(&fd); /* not open: close(2) fails */
	assert_int_equal(fd, -1);
	assert_int_equal(errno, ENXIO);
	fd_close(&fd);
	assert_int_equal(errno, ENXIO);
}

static char place[] = "/tmp/spawnd-test-XXXXXX";

static int make_tree(void **state)
{
	int root;

	if (!mkdtemp(place) || chdir(place) < 0 || mkdir("a", 0755) < 0 || mkdir("a/b", 0755) < 0)
		return -1;
	root = open("a/file", O_CREAT | O_WRONLY, 0644);
	close(root);
	return symlink("/etc", "away") < 0 || symlink("a", "near") < 0 ? -1 : 0;
}

static int remove_tree(void **state)
{
	unlink("near");
	unlink("away");
	unlink("a/file");
	rmdir("a/b");
	rmdir("a");
	return rmdir(place);
}

static void check_beneath(void)
{
	int root = open(place, O_PATH | O_DIRECTORY), fd;

	fd = fd_open_beneath(root, "/a/b", O_PATH | O_DIRECTORY);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	fd = fd_open_beneath(root, "a//b/", O_PATH | O_DIRECTORY);
	assert_true(fd >= 0);
	close(fd);
	fd = fd_open_beneath(root, "/", O_PATH | O_DIRECTORY);
	assert_true(fd >= 0);
	close(fd);
	fd = fd_open_beneath(root, "/a/file", O_RDONLY);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(fd_open_beneath(root, "/none", O_PATH), -ENOENT);
	assert_int_equal(fd_open_beneath(root, "/a/../../etc", O_PATH), -EXDEV);
	assert_true(fd_open_beneath(root, "/away/passwd", O_RDONLY) < 0);
	assert_true(fd_open_beneath(root, "/away", O_PATH | O_DIRECTORY) < 0);
	assert_true(fd_open_beneath(root, "/near/file", O_RDONLY) < 0);
	close(root);
}

static void opens_beneath_only(void **state)
{
	old_kernel = false;
	check_beneath();
	old_kernel = true;
	check_beneath();
	old_kernel = false;
}

static void places_with_and_without_cloexec(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_int_equal(fd_place(fd, 77, true), 0);
	assert_int_equal(fcntl(77, F_GETFD), 0);
	assert_int_equal(fd_place(77, 77, false), 0);
	assert_int_equal(fcntl(77, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fd_place(250, 78, false), -EBADF);
	close(77);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(closes_what_it_should),
		cmocka_unit_test(close_keeps_errno_and_forgets),
		cmocka_unit_test(opens_beneath_only),
		cmocka_unit_test(places_with_and_without_cloexec),
	};

	return cmocka_run_group_tests_name("fd", tests, make_tree, remove_tree);
}

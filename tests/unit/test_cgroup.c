/* SPDX-License-Identifier: ISC */
/*
 * Where the hierarchy is mounted and what its files say; the files stand in an ordinary directory.
 */
#include "base/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void test_mounts(void **state)
{
	char mount[PATH_MAX], root[PATH_MAX];

	assert_true(cgroup_parse_mount(
		"40 30 0:37 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n", mount,
		root));
	assert_string_equal(mount, "/sys/fs/cgroup/unified");
	assert_string_equal(root, "/");
	assert_true(cgroup_parse_mount("40 30 0:37 /a\\040b /c\\134d rw shared:3 - cgroup2 none rw",
				       mount, root));
	assert_string_equal(mount, "/c\\d");
	assert_string_equal(root, "/a b");
	assert_false(cgroup_parse_mount("31 30 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu",
					mount, root));
	assert_false(cgroup_parse_mount("1 2 3:4 / /cgroup2 rw - tmpfs cgroup2 rw", mount, root));
	assert_false(cgroup_parse_mount("40 30 - cgroup2 x rw", mount, root));
	assert_false(cgroup_parse_mount("", mount, root));
}

static void test_own(void **state)
{
	char path[PATH_MAX] = "as it was";

	assert_false(cgroup_parse_own("4:memory:/a\n", "/", path));
	assert_string_equal(path, "as it was");
	assert_true(cgroup_parse_own("0::/\n", "/", path));
	assert_string_equal(path, "");
	assert_true(cgroup_parse_own("0::/a/b c\n", "/", path));
	assert_string_equal(path, "a/b c");
	/* the mount shows a part of the hierarchy */
	assert_true(cgroup_parse_own("0::/a/b\n", "/a", path));
	assert_string_equal(path, "b");
	assert_true(cgroup_parse_own("0::/a\n", "/a", path));
	assert_string_equal(path, "");
	assert_false(cgroup_parse_own("0::/ab\n", "/a", path));
	assert_false(cgroup_parse_own("0::/\n", "/a", path));
	/* and we are outside of our own cgroup namespace */
	assert_false(cgroup_parse_own("0::/../x\n", "/", path));
	assert_false(cgroup_parse_own("0::/..\n", "/", path));
}

static void test_values(void **state)
{
	static const char stat[] = "usage_usec 123\nuser_usec 4\nnr 18446744073709551615\nx max\n";

	assert_int_equal(cgroup_value_of(stat, "usage_usec"), 123);
	assert_int_equal(cgroup_value_of(stat, "user_usec"), 4);
	assert_int_equal(cgroup_value_of(stat, "nr"), INT64_MAX);
	assert_int_equal(cgroup_value_of(stat, "x"), -ENODATA);
	assert_int_equal(cgroup_value_of(stat, "usage"), -ENODATA);
	assert_int_equal(cgroup_value_of(stat, "system_usec"), -ENODATA);
	assert_int_equal(cgroup_value_of("", "x"), -ENODATA);
	assert_int_equal(cgroup_value_of("4096\n", NULL), 4096);
	assert_int_equal(cgroup_value_of("max\n", NULL), -ENODATA);
}

static void put(int group, const char *file, const char *text)
{
	int fd = openat(group, file, O_CREAT | O_WRONLY | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void test_files(void **state)
{
	static const char *const files[] = { "cgroup.controllers", "cgroup.events", "memory.peak",
					     "cgroup.subtree_control" };
	char path[] = "/tmp/test-cgroup.XXXXXX";
	struct why why;
	int top, group;

	assert_non_null(mkdtemp(path));
	top = open(path, O_RDONLY | O_DIRECTORY);
	group = cgroup_make(top, "a");
	assert_true(group >= 0);
	close(cgroup_make(top, "a")); /* is there */
	close(cgroup_make(group, "b"));
	put(group, "cgroup.controllers", "cpuset cpu memory hugetlb pids\n");
	put(group, "cgroup.events", "populated 1\nfrozen 0\n");
	put(group, "memory.peak", "8192\n");
	assert_int_equal(cgroup_controllers(group, "cgroup.controllers"),
			 CGROUP_BIT(CGROUP_CPU) | CGROUP_BIT(CGROUP_MEMORY) |
				 CGROUP_BIT(CGROUP_PIDS));
	assert_int_equal(cgroup_controllers(group, "cgroup.subtree_control"), 0);
	assert_true(cgroup_is_populated(group));
	assert_int_equal(cgroup_read(group, "memory.peak", NULL), 8192);
	assert_int_equal(cgroup_read(group, "memory.swap.peak", NULL), -ENOENT);
	assert_int_equal(cgroup_write(group, "memory.max", "1"), -ENOENT);
	/* Enabling is believed only when the list has it. */
	assert_int_equal(cgroup_enable(group, CGROUP_BIT(CGROUP_IO), &why), 0);
	assert_int_equal(why.code, -ENOENT);
	put(group, "cgroup.subtree_control", "io\n");
	assert_int_equal(cgroup_enable(group, CGROUP_BIT(CGROUP_IO), &why), CGROUP_BIT(CGROUP_IO));
	assert_int_equal(why.code, 0);
	assert_int_equal(cgroup_open(top, "none"), -ENOENT);
	assert_int_equal(cgroup_remove(top, "none"), 0);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlinkat(group, files[i], 0);
	assert_int_equal(cgroup_remove(group, "b"), 0);
	assert_int_equal(cgroup_remove(top, "a"), 0);
	close(group);
	close(top);
	assert_int_equal(rmdir(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mounts),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

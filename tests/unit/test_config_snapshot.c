/* SPDX-License-Identifier: ISC */
/* The snapshot: which files it takes, and that nobody can change it. Files must be root's: the
 * tests that need one skip for other users. */
#include "config_text.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
	char directory[64], path[96], drop_ins[96];
	struct config_errors errors;
	struct snapshot snapshot;
};

static void write_file(const char *directory, const char *name, const char *text)
{
	char path[256];
	FILE *stream;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	stream = fopen(path, "w");
	assert_non_null(stream);
	fputs(text, stream);
	assert_int_equal(fclose(stream), 0);
	assert_int_equal(chmod(path, 0644), 0);
}

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	if (!place)
		return -1;
	strcpy(place->directory, "/tmp/spawnd-test-XXXXXX");
	if (!mkdtemp(place->directory))
		return -1;
	snprintf(place->path, sizeof(place->path), "%s/a.conf", place->directory);
	snprintf(place->drop_ins, sizeof(place->drop_ins), "%s/a.conf.d", place->directory);
	config_errors_init(&place->errors);
	place->snapshot.fd = -1;
	write_file(place->directory, "a.conf", MINIMAL);
	*state = place;
	return 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;
	char command[160];

	snapshot_close(&place->snapshot);
	config_errors_free(&place->errors);
	snprintf(command, sizeof(command), "rm -rf '%s'", place->directory);
	free(place);
	return system(command);
}

static void need_root(void)
{
	if (geteuid() != 0)
		skip();
}

static void assert_refused(struct place *place, const char *words)
{
	assert_int_not_equal(snapshot_read(&place->snapshot, place->path, &place->errors), 0);
	assert_int_equal(place->errors.count, 1);
	assert_non_null(strstr(place->errors.items[0].text, words));
}

static void test_reads_in_order(void **state)
{
	struct place *place = *state;
	struct config config;

	need_root();
	assert_int_equal(mkdir(place->drop_ins, 0755), 0);
	write_file(place->drop_ins, "20.conf", "[spawnd]\nMaxConnections=20\n");
	write_file(place->drop_ins, "10.conf", "[spawnd]\nMaxConnections=10\n");
	write_file(place->drop_ins, "30.conf~", "[spawnd]\nMaxConnections=30\n");
	write_file(place->drop_ins, ".40.conf", "[spawnd]\nMaxConnections=40\n");
	assert_int_equal(snapshot_read(&place->snapshot, place->path, &place->errors), 0);
	assert_int_equal(config_parse(&config, &place->snapshot, NULL, &place->errors), 0);
	assert_int_equal(config.daemon.max_connections, 20);
	config_free(&config);
}

static void test_is_sealed_and_adopted(void **state)
{
	struct place *place = *state;
	struct snapshot other = { .fd = -1 };
	struct why why;

	need_root();
	assert_int_equal(snapshot_read(&place->snapshot, place->path, &place->errors), 0);
	assert_int_equal(write(place->snapshot.fd, "x", 1), -1);
	assert_int_equal(ftruncate(place->snapshot.fd, 0), -1);
	assert_int_equal(snapshot_adopt(&other, dup(place->snapshot.fd), &why), 0);
	assert_int_equal(other.size, place->snapshot.size);
	assert_memory_equal(other.bytes, place->snapshot.bytes, other.size);
	snapshot_close(&other);
	assert_int_equal(other.fd, -1);
}

static void test_adopts_no_other(void **state)
{
	struct snapshot snapshot;
	struct why why;
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_int_equal(ftruncate(fd, 100), 0);
	assert_int_equal(snapshot_adopt(&snapshot, fd, &why), -EPERM);
	snapshot_close(&snapshot);
	assert_true(snapshot_adopt(&snapshot, open("/dev/null", O_RDONLY | O_CLOEXEC), &why) < 0);
	snapshot_close(&snapshot);
	assert_true(snapshot_adopt(&snapshot, -1, &why) < 0);
	snapshot_close(&snapshot);
}

static void test_missing(void **state)
{
	struct place *place = *state;

	need_root();
	unlink(place->path);
	assert_refused(place, "No such file");
}

static void test_writable_file(void **state)
{
	struct place *place = *state;

	need_root();
	assert_int_equal(chmod(place->path, 0664), 0);
	assert_refused(place, "writable by group or others");
}

static void test_file_of_another(void **state)
{
	struct place *place = *state;

	need_root();
	assert_int_equal(chown(place->path, 65534, 0), 0);
	assert_refused(place, "belongs to another user");
}

static void test_writable_directory(void **state)
{
	struct place *place = *state;

	need_root();
	assert_int_equal(chmod(place->directory, 0777), 0);
	assert_refused(place, "writable by group or others");
}

static void test_fifo(void **state)
{
	struct place *place = *state;

	need_root();
	unlink(place->path);
	assert_int_equal(mkfifo(place->path, 0600), 0);
	assert_refused(place, "not a regular file");
}

static void test_drop_in_symlink(void **state)
{
	struct place *place = *state;
	char link[128];

	need_root();
	assert_int_equal(mkdir(place->drop_ins, 0755), 0);
	snprintf(link, sizeof(link), "%s/x.conf", place->drop_ins);
	assert_int_equal(symlink("/dev/null", link), 0);
	assert_refused(place, "symbolic link");
}

static void test_too_large(void **state)
{
	struct place *place = *state;

	need_root();
	assert_int_equal(truncate(place->path, SNAPSHOT_FILE_BYTES_MAX + 1), 0);
	assert_refused(place, "too large");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_reads_in_order),     TEST(test_is_sealed_and_adopted),
		TEST(test_adopts_no_other),    TEST(test_missing),
		TEST(test_writable_file),      TEST(test_file_of_another),
		TEST(test_writable_directory), TEST(test_fifo),
		TEST(test_drop_in_symlink),    TEST(test_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

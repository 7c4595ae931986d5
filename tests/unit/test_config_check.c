/* SPDX-License-Identifier: ISC */
/* config_check(): what is only to be seen on the host, on a small root made for each test. */
#include "config_text.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
	char top[32];
};

static void in_place(const struct place *place, const char *path, char out[128])
{
	snprintf(out, 128, "%s/%s", place->top, path);
}

static void make_directory(const struct place *place, const char *path)
{
	char name[128];

	in_place(place, path, name);
	assert_int_equal(mkdir(name, 0755), 0);
}

static void make_file(const struct place *place, const char *path, mode_t mode)
{
	char name[128];
	FILE *stream;

	in_place(place, path, name);
	stream = fopen(name, "w");
	assert_non_null(stream);
	fclose(stream);
	assert_int_equal(chmod(name, mode), 0);
}

static void make_link(const struct place *place, const char *path, const char *target)
{
	char name[128];

	in_place(place, path, name);
	assert_int_equal(symlink(target, name), 0);
}

static int set_up(void **state)
{
	static const char *const directories[] = { "root",	"root/proc", "root/dev",
						   "root/tmp",	"root/run",  "root/bin",
						   "root/data", "host",	     "host/sub" };
	struct place *place = calloc(1, sizeof(*place));

	if (!place)
		return -1;
	strcpy(place->top, "/tmp/spawnd-test-XXXXXX");
	if (!mkdtemp(place->top))
		return -1;
	for (size_t i = 0; i < COUNT(directories); i++)
		make_directory(place, directories[i]);
	make_file(place, "root/bin/cat", 0755);
	make_file(place, "root/bin/text", 0644);
	make_file(place, "root/file", 0644);
	make_file(place, "host/tool", 0755);
	*state = place;
	return 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;
	char command[64];

	snprintf(command, sizeof(command), "rm -rf '%s'", place->top);
	free(place);
	return system(command);
}

/* Checks a service with these lines from line 4 on; every "@" in them is the place. */
static void check(const struct place *place, const char *lines, struct parsed *parsed)
{
	char text[1024];
	int length =
		snprintf(text, sizeof(text),
			 "[service echo]\nListenStream=7\nRootDirectory=%s/root\n", place->top);

	for (; *lines; lines++)
		length += snprintf(text + length, sizeof(text) - (size_t)length, "%.*s",
				   *lines == '@' ? 64 : 1, *lines == '@' ? place->top : lines);
	parse_good(parsed, text);
	parsed->result = config_check(&parsed->config, &parsed->errors);
}

static void assert_good(const struct place *place, const char *lines)
{
	struct parsed parsed;

	check(place, lines, &parsed);
	if (parsed.result)
		config_errors_print(&parsed.errors, stderr);
	assert_int_equal(parsed.result, 0);
	parsed_free(&parsed);
}

static void assert_bad(const struct place *place, const char *lines, unsigned int line,
		       const char *words)
{
	struct parsed parsed;

	check(place, lines, &parsed);
	assert_int_not_equal(parsed.result, 0);
	assert_error(&parsed, line, words);
	assert_int_equal(parsed.errors.count, 1);
	parsed_free(&parsed);
}

static void test_good(void **state)
{
	assert_good(*state, "ExecStart=/bin/cat\n");
	assert_good(*state, "ExecStart=/bin/cat\nWorkingDirectory=/data\nBindPaths=@/host:/data\n");
	assert_good(*state, "ExecStart=/bin/cat\nTemporaryFileSystem=/data /run:size=1M\n");
	assert_good(*state, "ExecStart=/bin/cat\nBindPaths=-@/none:/none\n");
	assert_good(*state, "ExecStart=/bin/cat\nBindPaths=@/host/tool:/file\n");
	assert_good(*state, "ExecStart=/bin/cat\nWorkingDirectory=/tmp\n");
	assert_good(*state, "ExecStart=/bin/cat\nWorkingDirectory=-/none\n");
}

static void test_program(void **state)
{
	assert_bad(*state, "ExecStart=/bin/none\n", 4, "No such file");
	assert_bad(*state, "ExecStart=/bin/text\n", 4, "no executable file");
	assert_bad(*state, "ExecStart=/bin\n", 4, "no executable file");
	assert_bad(*state, "ExecStart=/tmp/cat\n", 4, "No such file");
	assert_bad(*state, "ExecStart=/bin/cat/x\n", 4, "ExecStart");
	assert_bad(*state, "ExecStart=/bin/cat\nWorkingDirectory=/none\n", 5, "No such file");
	assert_bad(*state, "ExecStart=/bin/cat\nWorkingDirectory=/file\n", 5, "no directory");
}

/* A bind brings the program, or covers it; symlinks stay inside the root. */
static void test_program_through_binds_and_links(void **state)
{
	make_link(*state, "root/sbin", "/bin");
	make_link(*state, "root/bin/up", "../../../../bin/cat");
	make_link(*state, "root/bin/loop", "loop");
	make_link(*state, "root/bin/tool", "/data/tool");
	make_link(*state, "root/bin/host", "/etc/passwd");
	assert_good(*state, "ExecStart=/sbin/cat\n");
	assert_good(*state, "ExecStart=/bin/up\n");
	make_link(*state, "root/bin/top", "..");
	assert_good(*state, "ExecStart=/bin/top/bin/./cat\nWorkingDirectory=/bin/top\n");
	assert_bad(*state, "ExecStart=/bin/top\n", 4, "no executable file");
	assert_good(*state, "ExecStart=/data/tool\nBindReadOnlyPaths=@/host:/data\n");
	assert_good(*state, "ExecStart=/sbin/tool\nBindReadOnlyPaths=@/host:/data\n");
	assert_bad(*state, "ExecStart=/bin/loop\n", 4, "Too many levels");
	assert_bad(*state, "ExecStart=/bin/host\n", 4, "No such file");
	assert_bad(*state, "ExecStart=/bin/tool\n", 4, "No such file");
	assert_bad(*state, "ExecStart=/bin/cat\nBindReadOnlyPaths=@/host:/bin\n", 4,
		   "No such file");
}

static void test_mount_points(void **state)
{
	make_link(*state, "root/link", "data");
	assert_bad(*state, "ExecStart=/bin/cat\nBindPaths=@/host:/none\n", 5, "does not exist");
	assert_bad(*state, "ExecStart=/bin/cat\nBindPaths=@/host:/link\n", 5, "symbolic link");
	assert_bad(*state, "ExecStart=/bin/cat\nBindPaths=@/host:/link/x\n", 5, "symbolic link");
	assert_bad(*state, "ExecStart=/bin/cat\nBindPaths=@/host:/file\n", 5, "is no directory");
	assert_bad(*state, "ExecStart=/bin/cat\nBindPaths=@/host/tool:/data\n", 5,
		   "is no regular file");
	assert_bad(*state, "ExecStart=/bin/cat\nBindPaths=@/none:/data\n", 5, "No such file");
	assert_bad(*state, "ExecStart=/bin/cat\nBindPaths=/dev/null:/file\n", 5, "is a device");
	assert_bad(*state, "ExecStart=/bin/cat\nTemporaryFileSystem=/none\n", 5, "does not exist");
	/* a bind's target may lie in another bind */
	assert_good(*state, "ExecStart=/bin/cat\nBindPaths=@/host:/data @/root:/data/sub\n");
	assert_bad(*state, "ExecStart=/bin/cat\nBindPaths=@/host:/data @/root:/data/none\n", 5,
		   "/data/none does not exist");
}

static void test_root(void **state)
{
	char name[128];

	in_place(*state, "root/proc", name);
	assert_int_equal(rmdir(name), 0);
	assert_bad(*state, "ExecStart=/bin/cat\n", 3, "mount point /proc does not exist");
	make_link(*state, "root/proc", "/proc");
	assert_bad(*state, "ExecStart=/bin/cat\n", 3, "symbolic link");
	assert_bad(*state, "ExecStart=/bin/cat\nRootDirectory=@/none\n", 5, "No such file");
	assert_bad(*state, "ExecStart=/bin/cat\nRootDirectory=@/host/tool\n", 5, "no directory");
	in_place(*state, "root/proc", name);
	assert_int_equal(unlink(name), 0);
	make_directory(*state, "root/proc");
	in_place(*state, "root", name);
	assert_int_equal(chmod(name, 0777), 0);
	assert_bad(*state, "ExecStart=/bin/cat\n", 3, "writable by everybody");
}

static void test_names_of_the_host(void **state)
{
	assert_good(*state, "ExecStart=/bin/cat\nSocketUser=root\nSocketGroup=4711\n"
			    "BindToDevice=lo\n[spawnd]\nUser=root\n");
	assert_bad(*state, "ExecStart=/bin/cat\nSocketUser=nosuch-user\n", 5, "no user");
	assert_bad(*state, "ExecStart=/bin/cat\nSocketGroup=nosuch-group\n", 5, "no group");
	assert_bad(*state, "ExecStart=/bin/cat\nBindToDevice=nosuch0\n", 5, "no interface");
	assert_bad(*state, "ExecStart=/bin/cat\nListenStream=[fe80::1%nosuch0]:7\n", 5,
		   "no interface");
	assert_bad(*state, "ExecStart=/bin/cat\n[spawnd]\nUser=nosuch-user\n", 6, "no user");
	assert_bad(*state, "ExecStart=/bin/cat\n[spawnd]\nAccountingFile=@/none/x\n", 6,
		   "No such file");
	assert_bad(*state, "ExecStart=/bin/cat\n[spawnd]\nLogTarget=file:@/host/tool/x\n", 6,
		   "LogTarget");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_good),
		TEST(test_program),
		TEST(test_program_through_binds_and_links),
		TEST(test_mount_points),
		TEST(test_root),
		TEST(test_names_of_the_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

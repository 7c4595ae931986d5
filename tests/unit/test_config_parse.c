/* SPDX-License-Identifier: ISC */
/* From the text to the specification: every directive of the table, defaults, lists, origins. */
#include "config_text.h"

#include "base/clock.h"
#include "config/directive.h"

#include <signal.h>

/* A configuration in which the directive is given a value, at line 6 or, of [spawnd], line 2. */
static void compose(char *text, size_t size, const struct directive_info *info, const char *value)
{
	if (strcmp(info->section, "spawnd") == 0)
		snprintf(text, size, "[spawnd]\n%s=%s\n" MINIMAL, info->name, value);
	else
		snprintf(text, size, MINIMAL "%s=\n%s=%s\n", info->name, info->name, value);
}

static unsigned int line_of(const struct directive_info *info)
{
	return strcmp(info->section, "spawnd") == 0 ? 2 : 6;
}

static void test_every_example_is_right(void **state)
{
	const struct directive_info *info;
	char text[512];

	for (size_t i = 0; (info = directive_at(i)); i++) {
		struct parsed parsed;

		compose(text, sizeof(text), info, info->example);
		parse_good(&parsed, text);
		parsed_free(&parsed);
	}
	assert_true(directive_at(0) != NULL);
}

static void test_every_default_is_right(void **state)
{
	const struct directive_info *info;
	char text[512];

	for (size_t i = 0; (info = directive_at(i)); i++) {
		struct parsed parsed;

		if (!*info->default_text)
			continue;
		compose(text, sizeof(text), info, info->default_text);
		parse_good(&parsed, text);
		parsed_free(&parsed);
	}
}

/* "=" is not right for any directive; what is, for a text, is only a wrong path or name. */
static void test_every_wrong_value_has_its_line(void **state)
{
	const struct directive_info *info;
	char text[512], words[64];

	for (size_t i = 0; (info = directive_at(i)); i++) {
		/* of a message every text is right, but one whose quote is open */
		bool any = strstr(info->name, "Message") || strcmp(info->name, "WarmCheck") == 0;
		struct parsed parsed;

		compose(text, sizeof(text), info, any ? "\"=/" : "\"=/\"");
		parse_text(&parsed, text);
		snprintf(words, sizeof(words), "%s: ", info->name);
		assert_error(&parsed, line_of(info), words);
		assert_error(&parsed, line_of(info), "expected");
		parsed_free(&parsed);
	}
}

static void test_every_directive_is_refused_elsewhere(void **state)
{
	const struct directive_info *info;
	char text[512];

	for (size_t i = 0; (info = directive_at(i)); i++) {
		bool daemon = strcmp(info->section, "spawnd") == 0;
		bool both = directive_find(SECTION_DAEMON, info->name) &&
			    directive_find(SECTION_SERVICE, info->name);
		struct parsed parsed;

		snprintf(text, sizeof(text), "[%s]\n%s=%s\n" MINIMAL,
			 daemon ? "defaults" : "spawnd", info->name, info->example);
		parse_text(&parsed, text);
		if (!both)
			assert_error(&parsed, 2, daemon ? "in [spawnd]" : "in [service NAME]");
		parsed_free(&parsed);
	}
	assert_one_error("[defaults]\nExecStart=/bin/cat\n" MINIMAL, 2, "cannot be a default");
}

static void test_default_profile(void **state)
{
	const struct container_spec *container;
	struct parsed parsed;

	parse_good(&parsed, MINIMAL);
	container = &parsed.service->container;
	assert_string_equal(parsed.service->name, "echo");
	assert_int_equal(parsed.service->max_connections, 64);
	assert_int_equal(parsed.service->warm_min, 1);
	assert_int_equal(parsed.service->warm_max, 32);
	assert_int_equal(parsed.service->warmth, WARMTH_READY);
	assert_true(parsed.service->runtime_max_ns == CLOCK_NEVER_NS);
	assert_true(parsed.service->timeout_stop_ns == 5 * CLOCK_SECOND_NS);
	assert_int_equal(parsed.service->kill_signal, SIGTERM);
	assert_int_equal(parsed.service->socket.mode, 0666);
	assert_int_equal(container->uid, 65534);
	assert_int_equal(container->gid, 65534);
	assert_int_equal(container->umask, 0022);
	assert_int_equal(container->oom_score_adjust, 500);
	assert_string_equal(container->hostname, "echo");
	assert_string_equal(container->working_directory, "/");
	assert_int_equal(container->standard_input, STANDARD_INPUT_SOCKET);
	assert_int_equal(container->standard_error, STANDARD_ERROR_LOG);
	assert_int_equal(container->limits[RLIMIT_CORE].soft, 1);
	assert_int_equal(container->limits[RLIMIT_CORE].hard, 1);
	assert_int_equal(container->limits[RLIMIT_NOFILE].soft, 1024);
	assert_int_equal(container->limits[RLIMIT_NOFILE].hard, 4096);
	assert_false(container->limits[RLIMIT_NOFILE].set);
	assert_int_equal(container->tmpfs_count, 3);
	assert_string_equal(container->tmpfs[0].target, "/dev/shm");
	assert_string_equal(container->tmpfs[1].target, "/run");
	assert_string_equal(container->tmpfs[2].target, "/tmp");
	assert_int_equal(container->tmpfs[2].mode, 01777);
	assert_int_equal(parsed.config.daemon.id_base, SPEC_ID_BASE);
	assert_int_equal(parsed.config.daemon.max_connections, 1024);
	assert_string_equal(parsed.config.daemon.control_socket, SPAWND_RUNDIR "/control");
	assert_null(parsed.config.daemon.accounting_file);
	assert_null(parsed.config.daemon.user);
	parsed_free(&parsed);
}

static void test_defaults_and_lists(void **state)
{
	static const char text[] =
		"[service one]\nListenStream=1\nRootDirectory=/srv/one\nExecStart=/bin/cat\n"
		"Environment=B=one D=4\nTemporaryFileSystem=/tmp:size=1M /var:ro\n"
		"BindPaths=/a:/b/c /d\nMaxConnections=\n"
		"[service two]\nListenStream=2\nRootDirectory=/srv/two\nExecStart=/bin/cat\n"
		"Environment=\nEnvironment=C=two\nBindReadOnlyPaths=\nLimitNOFILE=\n"
		"[defaults]\nEnvironment=A=1 B=2\nMaxConnections=3\nWarmMin=2\n"
		"BindPaths=/b\nLimitNOFILE=10\n";
	const struct container_spec *one, *two;
	struct parsed parsed;

	parse_good(&parsed, text);
	one = &parsed.config.services[0].container;
	two = &parsed.config.services[1].container;
	assert_int_equal(one->environment.count, 3);
	assert_string_equal(one->environment.items[0], "A=1");
	assert_string_equal(one->environment.items[1], "B=one");
	assert_string_equal(one->environment.items[2], "D=4");
	assert_null(one->environment.items[3]);
	assert_int_equal(two->environment.count, 1);
	assert_string_equal(two->environment.items[0], "C=two");
	assert_null(two->environment.items[1]);
	assert_int_equal(parsed.config.services[0].max_connections, 64);
	assert_int_equal(parsed.config.services[1].max_connections, 3);
	assert_int_equal(parsed.config.services[0].warm_min, 2);
	assert_int_equal(parsed.config.services[1].warm_max, 3);
	/* sorted by target, whatever the order of the text */
	assert_int_equal(one->bind_count, 3);
	assert_string_equal(one->binds[0].target, "/b");
	assert_string_equal(one->binds[1].target, "/b/c");
	assert_string_equal(one->binds[1].source, "/a");
	assert_string_equal(one->binds[2].target, "/d");
	assert_int_equal(two->bind_count, 0);
	assert_int_equal(one->tmpfs_count, 4);
	assert_int_equal(one->tmpfs[2].size_bytes, 1 << 20);
	assert_int_equal(one->tmpfs[2].mode, 0755);
	assert_true(one->tmpfs[3].read_only);
	assert_int_equal(two->tmpfs_count, 3);
	assert_int_equal(one->limits[RLIMIT_NOFILE].hard, 10);
	assert_true(one->limits[RLIMIT_NOFILE].set);
	assert_int_equal(two->limits[RLIMIT_NOFILE].hard, 4096);
	assert_false(two->limits[RLIMIT_NOFILE].set);
	parsed_free(&parsed);
}

static void test_lists_of_services_do_not_meet(void **state)
{
	static const char text[] =
		"[defaults]\nEnvironment=A=1 B=2 C=3\n"
		"[service one]\nListenStream=1\nRootDirectory=/srv\nExecStart=/bin/cat\n"
		"Environment=D=one\n"
		"[service two]\nListenStream=2\nRootDirectory=/srv\nExecStart=/bin/cat\n"
		"Environment=D=two\n";
	struct parsed parsed;

	parse_good(&parsed, text);
	for (int i = 0; i < 2; i++) {
		const struct string_list *list = &parsed.config.services[i].container.environment;

		assert_int_equal(list->count, 4);
		assert_string_equal(list->items[3], i == 0 ? "D=one" : "D=two");
		assert_null(list->items[4]);
	}
	parsed_free(&parsed);
}

static void test_exec(void **state)
{
	static const struct {
		const char *value, *path, *arguments;
	} good[] = {
		{ "/bin/cat", "/bin/cat", "</bin/cat>" },
		{ "@/bin/cat tiger -x", "/bin/cat", "<tiger><-x>" },
		{ "//bin/./cat", "/bin/cat", "<//bin/./cat>" },
		{ "/bin/sh -c 'echo $$HOME $$$$ %%'", "/bin/sh", "</bin/sh><-c><echo $HOME $$ %>" },
		{ "/bin/a 5$ $ \"$\" $-", "/bin/a", "</bin/a><5$><$><$><$->" },
		{ "/bin/a \\; a;b ';' \"\"", "/bin/a", "</bin/a><;><a;b><;><>" },
		{ "\"/bin/a b\" \\x41", "/bin/a b", "</bin/a b><A>" },
	};
	char text[512], arguments[256];

	for (size_t i = 0; i < COUNT(good); i++) {
		const struct container_spec *container;
		struct parsed parsed;

		snprintf(text, sizeof(text), MINIMAL "ExecStart=\nExecStart=%s\n", good[i].value);
		parse_good(&parsed, text);
		container = &parsed.service->container;
		assert_string_equal(container->exec_path, good[i].path);
		*arguments = '\0';
		for (size_t j = 0; j < container->exec_start.count; j++) {
			strcat(arguments, "<");
			strcat(arguments, container->exec_start.items[j]);
			strcat(arguments, ">");
		}
		assert_string_equal(arguments, good[i].arguments);
		assert_null(container->exec_start.items[container->exec_start.count]);
		parsed_free(&parsed);
	}
}

static void test_only_one_service_is_kept(void **state)
{
	static const char text[] = MINIMAL
		"Environment=KEY=secret\n"
		"[service two]\nListenStream=8\nRootDirectory=/srv/two\nExecStart=/bin/two\n";
	const struct service_spec *two;
	struct parsed parsed;

	parse_only(&parsed, text, "two");
	assert_int_equal(parsed.result, 0);
	assert_int_equal(parsed.config.service_count, 2);
	assert_string_equal(parsed.config.services[0].name, "echo");
	assert_null(parsed.config.services[0].container.exec_path);
	assert_int_equal(parsed.config.services[0].container.environment.count, 0);
	two = config_find(&parsed.config, "two");
	assert_int_equal(two->index, 1);
	assert_string_equal(two->container.exec_path, "/bin/two");
	parsed_free(&parsed);
	parse_only(&parsed, text, "three");
	assert_error(&parsed, 0, "no [service three]");
	parsed_free(&parsed);
}

static void test_print_is_a_configuration(void **state)
{
	static const char text[] = "[spawnd]\nControlSocket=\nLogTarget=file:/x\n"
				   "[defaults]\nEnvironment=A=1 \"B=2 3\"\nBindPaths=/a\n"
				   "[service my_echo]\nListenStream=7\nListenStream=@x\n"
				   "RootDirectory=/srv/echo\nExecStart=/bin/cat 'a b' \\\n c\n"
				   "User=5\nUMask=\nTemporaryFileSystem=/var:ro\n";
	char *print[2] = { NULL, NULL };
	struct parsed parsed;
	size_t size;

	for (int i = 0; i < 2; i++) {
		FILE *stream = open_memstream(&print[i], &size);

		assert_non_null(stream);
		parse_good(&parsed, i == 0 ? text : print[0]);
		config_print(&parsed.config, stream);
		fclose(stream);
		parsed_free(&parsed);
	}
	assert_non_null(strstr(print[0], "# test.conf:5\nEnvironment=A=1 \"B=2 3\"\n"));
	assert_non_null(strstr(print[0], "ControlSocket=\n"));
	assert_non_null(strstr(print[0], "ExecStart=/bin/cat 'a b'  c\n"));
	assert_non_null(strstr(print[0], "# default\nGroup=5\n"));
	assert_non_null(strstr(print[0], "Hostname=my-echo\n"));
	assert_non_null(strstr(print[1], "Hostname=my-echo\n"));
	free(print[0]);
	free(print[1]);
}

static void test_a_request_has_its_escapes_resolved(void **state)
{
	struct parsed parsed;

	parse_good(&parsed, MINIMAL "WarmCheck=GET / \"a  b\"\\r\\n\n");
	assert_int_equal(parsed.service->warm_check.size, 12);
	assert_memory_equal(parsed.service->warm_check.bytes, "GET / a  b\r\n", 12);
	parsed_free(&parsed);
	parse_good(&parsed, MINIMAL "WarmCheck=x file:/none\nWarmCheck=\n");
	assert_int_equal(parsed.service->warm_check.size, 0);
	parsed_free(&parsed);
	assert_one_error(MINIMAL "WarmCheck=file:/none\n", 5, "/none was not read");
	assert_one_error(MINIMAL "WarmCheck=file:none\n", 5, "not absolute");
	assert_one_error(MINIMAL "WarmCheck=\"x\n", 5, "a quote that is not closed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_example_is_right),
		cmocka_unit_test(test_every_default_is_right),
		cmocka_unit_test(test_every_wrong_value_has_its_line),
		cmocka_unit_test(test_every_directive_is_refused_elsewhere),
		cmocka_unit_test(test_default_profile),
		cmocka_unit_test(test_defaults_and_lists),
		cmocka_unit_test(test_lists_of_services_do_not_meet),
		cmocka_unit_test(test_a_request_has_its_escapes_resolved),
		cmocka_unit_test(test_exec),
		cmocka_unit_test(test_only_one_service_is_kept),
		cmocka_unit_test(test_print_is_a_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

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
		struct parsed parsed;

		compose(text, sizeof(text), info, "\"=/\"");
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
	assert_int_equal(parsed.service->pool_size, 1);
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
		"[defaults]\nEnvironment=A=1 B=2\nMaxConnections=3\nPoolSize=2\n"
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
	assert_int_equal(parsed.config.services[0].pool_size, 2);
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

/* One wrong assignment behind MINIMAL, and words of its message. */
static void test_wrong_values(void **state)
{
	static const struct {
		const char *line, *words;
	} cases[] = {
		{ "ExecStart=/bin/true", "a second command" },
		{ "ListenStream=07", "expected a port" },
		{ "ListenStream=7", "taken by [service echo] at test.conf:2" },
		{ "ListenStream=0.0.0.0:7", "taken by" },
		{ "RootDirectory=srv", "not absolute" },
		{ "RootDirectory=/srv/../etc", "\"..\"" },
		{ "RootDirectory=/srv/%i", "specifiers" },
		{ "MaxConnections=0", "out of range, expected a number from 1 to 1000000" },
		{ "MaxConnections=many", "not understood" },
		{ "PoolSize=65", "more than MaxConnections=64" },
		{ "LimitNPROC=64", "expected at least 65" },
		{ "RuntimeMaxSec=0", "out of range" },
		{ "TimeoutStopSec=infinity", "out of range" },
		{ "User=www-data", "not trusted" },
		{ "User=65535", "out of range" },
		{ "Environment=A", "without '='" },
		{ "Environment=1A=x", "is no name" },
		{ "Environment=REMOTE_ADDR=x", "set by spawnd" },
		{ "Environment=LISTEN_FDS=x", "set by spawnd" },
		{ "Environment=TCPREMOTEIP=x", "set by spawnd" },
		{ "Environment=A=\"secret", "not closed" },
		{ "Hostname=-a", "expected a host name" },
		{ "Hostname=a_b", "expected a host name" },
		{ "WorkingDirectory=~", "not supported" },
		{ "BindPaths=/a:/dev/x", "spawnd makes itself" },
		{ "BindPaths=/a:/tmp/x", "empty tmpfs" },
		{ "BindPaths=/a:/", "the root itself" },
		{ "BindPaths=/a:/b:rw", "expected rbind or norbind" },
		{ "BindPaths=/a:/b:rbind:x", "too many colons" },
		{ "BindPaths=a", "not absolute" },
		{ "BindPaths=/a:/x /b:/x", "is that of the bind of test.conf:5" },
		{ "TemporaryFileSystem=/x /x/y", "lies in the empty tmpfs" },
		{ "TemporaryFileSystem=/tmp:suid", "is no option" },
		{ "TemporaryFileSystem=/tmp:size=1", "at least 4K" },
		{ "TemporaryFileSystem=/dev/x", "spawnd makes itself" },
		{ "LimitNOFILE=2:1", "SOFT not above HARD" },
		{ "Backlog=0", "out of range" },
		{ "Accept=yes", "not supported: every service" },
		{ "MemoryMax=1G", "not supported: limits by control group" },
		{ "ListnStream=8", "unknown, expected ListenStream?" },
		{ "maxconnections=8", "unknown, expected MaxConnections?" },
		{ "Xyzzy=8", "unknown, expected a directive of spawnd.conf(5)" },
		{ "LogLevel=debug", "expected in [spawnd]" },
	};
	char text[512];

	for (size_t i = 0; i < COUNT(cases); i++) {
		snprintf(text, sizeof(text), MINIMAL "%s\n", cases[i].line);
		assert_one_error(text, 5, cases[i].words);
	}
}

static void test_wrong_commands(void **state)
{
	static const struct {
		const char *value, *words;
	} cases[] = {
		{ "cat", "not absolute" },
		{ "-/bin/cat", "leave it out" },
		{ "+/bin/cat", "privileges" },
		{ "@/bin/cat", "without a name" },
		{ "/bin/a $HOME", "$$" },
		{ "/bin/a ${HOME}", "$$" },
		{ "/bin/a %i", "%%" },
		{ "/bin/a ; /bin/b", "second command" },
		{ "/bin/a 'b", "not closed" },
		{ "/bin/a \\q", "backslash" },
		{ "@@/bin/a b", "not absolute" },
		{ "!!/bin/a", "privileges" },
		{ "|/bin/a", "passwd" },
	};
	char text[512];

	for (size_t i = 0; i < COUNT(cases); i++) {
		snprintf(text, sizeof(text), MINIMAL "ExecStart=\nExecStart=%s\n", cases[i].value);
		assert_one_error(text, 6, cases[i].words);
	}
}

static void test_sections(void **state)
{
	assert_one_error("Key=v\n" MINIMAL, 1, "before any section");
	assert_one_error("[foo]\nKey=v\n" MINIMAL, 1, "[foo] is no section");
	assert_one_error("[service]\nKey=v\n" MINIMAL, 1, "is no section");
	assert_one_error(MINIMAL "[service echo]\nListenStream=8\nRootDirectory=/\n"
				 "ExecStart=/bin/cat\n",
			 5, "the first is at test.conf:1");
	assert_one_error("", 0, "nothing to serve");
	assert_one_error("[service Echo]\nListenStream=8\nRootDirectory=/\nExecStart=/bin/cat\n", 1,
			 "is no name");
	assert_one_error("[service a b]\nListenStream=8\nRootDirectory=/\nExecStart=/bin/cat\n", 1,
			 "is no name");
	assert_one_error("[service aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]\nListenStream=8\n"
			 "RootDirectory=/\nExecStart=/bin/cat\n",
			 1, "is no name");
}

static void test_all_errors_in_one_run(void **state)
{
	struct parsed parsed;

	parse_text(&parsed, "[spawnd]\nLogLevel=loud\nnonsense\n[service echo]\nUser=joe\n");
	assert_error(&parsed, 2, "[spawnd] LogLevel: \"loud\"");
	assert_error(&parsed, 3, "neither");
	assert_error(&parsed, 4, "[service echo] ListenStream: missing");
	assert_error(&parsed, 4, "[service echo] RootDirectory: missing");
	assert_error(&parsed, 4, "[service echo] ExecStart: missing");
	assert_error(&parsed, 5, "[service echo] User: \"joe\"");
	assert_int_equal(parsed.errors.count, 6);
	for (size_t i = 1; i < parsed.errors.count; i++)
		assert_true(parsed.errors.items[i - 1].origin.line <=
			    parsed.errors.items[i].origin.line);
	parsed_free(&parsed);
}

static void test_addresses(void **state)
{
	static const char other[] = "[service b]\nRootDirectory=/\nExecStart=/bin/cat\n"
				    "ListenStream=";
	static const struct {
		const char *address;
		bool good;
	} cases[] = {
		{ "8\n", true },
		{ "[::1]:7\n", true },
		{ "127.0.0.1:7\n", true },
		{ "[::]:7\n", false },
		{ "[::]:7\nBindIPv6Only=ipv6-only\n", false },
		{ "0.0.0.0:7\n", false },
		{ "7\nReusePort=yes\n", false },
		{ "7\nBindToDevice=lo\n", false },
		{ "/run/a\nListenStream=@/run/a\n", true },
		{ "/run/a\nListenStream=/run/a\n", false },
		{ "[fe80::1%nosuch0]:8\n", true }, /* config_check() tells */
	};
	char text[512];

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct parsed parsed;

		snprintf(text, sizeof(text), MINIMAL "%s%s", other, cases[i].address);
		parse_text(&parsed, text);
		assert_int_equal(parsed.result == 0, cases[i].good);
		if (!cases[i].good)
			assert_int_equal(parsed.errors.count, 1);
		parsed_free(&parsed);
	}
	assert_one_error("[defaults]\nBindIPv6Only=ipv6-only\n" MINIMAL
			 "ListenStream=0.0.0.0:7\nPoolSize=x\n",
			 8, "PoolSize");
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

static void test_errors_have_an_end(void **state)
{
	size_t count = 2000;
	char *text = malloc(count * 4 + 1);
	struct parsed parsed;

	assert_non_null(text);
	for (size_t i = 0; i < count; i++)
		memcpy(text + 4 * i, "a=b\n", 5);
	parse_text(&parsed, text);
	assert_int_equal(parsed.errors.count, 1000);
	assert_true(parsed.errors.cut);
	parsed_free(&parsed);
	free(text);
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
		cmocka_unit_test(test_exec),
		cmocka_unit_test(test_wrong_values),
		cmocka_unit_test(test_wrong_commands),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_all_errors_in_one_run),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_only_one_service_is_kept),
		cmocka_unit_test(test_print_is_a_configuration),
		cmocka_unit_test(test_errors_have_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

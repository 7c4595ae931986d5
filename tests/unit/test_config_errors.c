/* SPDX-License-Identifier: ISC */
/*
 * What is wrong with a configuration: each fault at its line, in words that help, all in one run.
 */
#include "config_text.h"

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
		{ "WarmMin=65", "more than MaxConnections=64" },
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
		{ "MemoryMin=1G", "not supported: memory is limited" },
		{ "MemoryMax=1", "out of range, expected a size of at least 4K" },
		{ "ServiceMemoryMax=101%", "out of range" },
		{ "MemoryHigh=64m", "not understood" },
		{ "TasksMax=0", "out of range" },
		{ "CPUQuota=50", "not understood, expected a percentage of one processor" },
		{ "ServiceCPUQuota=0.5%", "out of range" },
		{ "IOWeight=idle", "not understood" },
		{ "LimitsRequired=perhaps", "expected yes or no" },
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
			 "ListenStream=0.0.0.0:7\nWarmMin=x\n",
			 8, "WarmMin");
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
		cmocka_unit_test(test_wrong_values), cmocka_unit_test(test_wrong_commands),
		cmocka_unit_test(test_sections),     cmocka_unit_test(test_all_errors_in_one_run),
		cmocka_unit_test(test_addresses),    cmocka_unit_test(test_errors_have_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

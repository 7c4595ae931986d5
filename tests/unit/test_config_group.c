/* SPDX-License-Identifier: ISC */
/* Limits by control group: their values as systemd writes them, their origin, what they need. */
#include "config_text.h"

#include "base/cgroup.h"
#include "config/values.h"

#include <errno.h>

static void test_percentages(void **state)
{
	static const struct {
		const char *text;
		int error;
		uint64_t permyriad;
	} cases[] = {
		{ "0%", 0, 0 },
		{ "1%", 0, 100 },
		{ "12.5%", 0, 1250 },
		{ "12.25%", 0, 1225 },
		{ "0.01%", 0, 1 },
		{ "100%", 0, 10000 },
		{ "100.01%", -ERANGE, 0 },
		{ "101%", -ERANGE, 0 },
		{ "99999999999999999999%", -ERANGE, 0 },
		{ "9999999999999999999999999%", -ERANGE, 0 },
		{ "12.%", -EINVAL, 0 },
		{ ".5%", -EINVAL, 0 },
		{ "12.125%", -EINVAL, 0 },
		{ "12", -EINVAL, 0 },
		{ "%", -EINVAL, 0 },
		{ "", -EINVAL, 0 },
		{ "-1%", -EINVAL, 0 },
		{ "1 %", -EINVAL, 0 },
		{ "1%%", -EINVAL, 0 },
		{ "1%x", -EINVAL, 0 },
		{ "1.x%", -EINVAL, 0 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t value = 42;

		assert_int_equal(value_percent(cases[i].text, 10000, &value), cases[i].error);
		assert_int_equal(value, cases[i].error ? 42 : cases[i].permyriad);
	}
}

static void test_limits(void **state)
{
	static const struct {
		enum group_limit limit;
		const char *text;
		int error;
		enum group_unit unit;
		uint64_t value;
	} cases[] = {
		{ GROUP_MEMORY_MAX, "64M", 0, GROUP_UNIT_ABSOLUTE, 64 << 20 },
		{ GROUP_MEMORY_MAX, "1.5K", -ERANGE, 0, 0 },
		{ GROUP_MEMORY_MAX, "4096", 0, GROUP_UNIT_ABSOLUTE, 4096 },
		{ GROUP_MEMORY_HIGH, "10%", 0, GROUP_UNIT_PERMYRIAD, 1000 },
		{ GROUP_MEMORY_HIGH, "0%", -ERANGE, 0, 0 },
		{ GROUP_MEMORY_MAX, "infinity", 0, GROUP_UNIT_NONE, 0 },
		{ GROUP_MEMORY_MAX, "Infinity", -EINVAL, 0, 0 },
		{ GROUP_MEMORY_MAX, "64MB", -EINVAL, 0, 0 },
		{ GROUP_MEMORY_MAX, "16E", -ERANGE, 0, 0 },
		{ GROUP_MEMORY_MAX, "8E", -ERANGE, 0, 0 },
		{ GROUP_MEMORY_SWAP_MAX, "0", 0, GROUP_UNIT_ABSOLUTE, 0 },
		{ GROUP_MEMORY_SWAP_MAX, "0%", 0, GROUP_UNIT_PERMYRIAD, 0 },
		{ GROUP_TASKS_MAX, "32", 0, GROUP_UNIT_ABSOLUTE, 32 },
		{ GROUP_TASKS_MAX, "32K", -EINVAL, 0, 0 },
		{ GROUP_TASKS_MAX, "0", -ERANGE, 0, 0 },
		{ GROUP_TASKS_MAX, "1%", 0, GROUP_UNIT_PERMYRIAD, 100 },
		{ GROUP_TASKS_MAX, "infinity", 0, GROUP_UNIT_NONE, 0 },
		{ GROUP_CPU_QUOTA, "20%", 0, GROUP_UNIT_ABSOLUTE, 2000 },
		{ GROUP_CPU_QUOTA, "250.5%", 0, GROUP_UNIT_ABSOLUTE, 25050 },
		{ GROUP_CPU_QUOTA, "0.99%", -ERANGE, 0, 0 },
		{ GROUP_CPU_QUOTA, "infinity", -EINVAL, 0, 0 },
		{ GROUP_CPU_WEIGHT, "1", 0, GROUP_UNIT_ABSOLUTE, 1 },
		{ GROUP_CPU_WEIGHT, "10000", 0, GROUP_UNIT_ABSOLUTE, 10000 },
		{ GROUP_CPU_WEIGHT, "10001", -ERANGE, 0, 0 },
		{ GROUP_CPU_WEIGHT, "0", -ERANGE, 0, 0 },
		{ GROUP_CPU_WEIGHT, "idle", 0, GROUP_UNIT_IDLE, 0 },
		{ GROUP_IO_WEIGHT, "idle", -EINVAL, 0, 0 },
		{ GROUP_IO_WEIGHT, "100", 0, GROUP_UNIT_ABSOLUTE, 100 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct group_limit_spec spec = { GROUP_UNITS, 42 };

		assert_int_equal(value_group_limit(cases[i].text, cases[i].limit, &spec),
				 cases[i].error);
		assert_int_equal(spec.unit, cases[i].error ? GROUP_UNITS : cases[i].unit);
		assert_int_equal(spec.value, cases[i].error ? 42 : cases[i].value);
	}
}

static void test_where_they_go(void **state)
{
	struct parsed parsed;
	const struct service_spec *a, *b;

	parse_good(&parsed, "[defaults]\nMemoryMax=64M\nServiceTasksMax=100\nRootDirectory=/srv\n"
			    "[service a]\nListenStream=1\nExecStart=/bin/a\nMemoryMax=infinity\n"
			    "CPUQuota=50%\n"
			    "[service b]\nListenStream=2\nExecStart=/bin/b\nLimitsRequired=no\n"
			    "CPUQuota=\n");
	a = &parsed.config.services[0];
	b = &parsed.config.services[1];
	assert_int_equal(a->container.group[GROUP_MEMORY_MAX].unit, GROUP_UNIT_NONE);
	assert_int_equal(b->container.group[GROUP_MEMORY_MAX].value, 64 << 20);
	assert_int_equal(a->group[GROUP_TASKS_MAX].value, 100);
	assert_int_equal(b->group[GROUP_MEMORY_MAX].unit, GROUP_UNIT_NONE);
	assert_int_equal(b->container.group[GROUP_CPU_QUOTA].unit, GROUP_UNIT_NONE);
	assert_true(a->limits_required);
	assert_false(b->limits_required);
	assert_int_equal(group_controllers(a->container.group), CGROUP_BIT(CGROUP_CPU));
	assert_int_equal(group_controllers(a->group), CGROUP_BIT(CGROUP_PIDS));
	assert_int_equal(group_controllers(b->container.group), CGROUP_BIT(CGROUP_MEMORY));
	assert_string_equal(parsed.config.daemon.control_group, "/spawnd");
	parsed_free(&parsed);
}

/* An error at the line of each that is set, and none with LimitsRequired=no. */
static void test_faults(void **state)
{
	struct why why;
	struct parsed parsed;

	why_set(&why, -ENOENT, "control-groups", "because");
	parse_good(&parsed, "[defaults]\nMemoryMax=64M\nRootDirectory=/srv\n"
			    "[service a]\nListenStream=1\nExecStart=/bin/a\nServiceMemoryMax=1G\n"
			    "[service b]\nListenStream=2\nExecStart=/bin/b\nLimitsRequired=no\n");
	for (size_t i = 0; i < 2; i++)
		for (int limit = 0; limit < GROUP_LIMITS; limit++)
			group_fault(&parsed.config, &parsed.config.services[i],
				    (enum group_limit)limit, &why, &parsed.errors);
	assert_int_equal(parsed.errors.count, 2);
	assert_error(&parsed, 2, "[service a] MemoryMax: cannot be enforced here: because");
	assert_error(&parsed, 7, "[service a] ServiceMemoryMax: cannot be enforced here: because");
	parsed_free(&parsed);
}

static void test_group_paths(void **state)
{
	static const struct {
		const char *line, *path;
	} cases[] = {
		{ "ControlGroup=/a//b/", "/a/b" },
		{ "ControlGroup=a/b", "a/b" },
		{ "ControlGroup=", NULL },
	};
	char text[256];

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct parsed parsed;

		snprintf(text, sizeof(text),
			 "[spawnd]\n%s\n[service a]\nListenStream=1\nExecStart=/a\n"
			 "RootDirectory=/srv\n",
			 cases[i].line);
		parse_good(&parsed, text);
		if (cases[i].path)
			assert_string_equal(parsed.config.daemon.control_group, cases[i].path);
		else
			assert_null(parsed.config.daemon.control_group);
		parsed_free(&parsed);
	}
	assert_one_error("[spawnd]\nControlGroup=/\n[service a]\nListenStream=1\nExecStart=/a\n"
			 "RootDirectory=/srv\n",
			 2, "is the root");
	assert_one_error("[spawnd]\nControlGroup=../a\n[service a]\nListenStream=1\nExecStart=/a\n"
			 "RootDirectory=/srv\n",
			 2, "..");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_percentages),   cmocka_unit_test(test_limits),
		cmocka_unit_test(test_where_they_go), cmocka_unit_test(test_faults),
		cmocka_unit_test(test_group_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * The manual and the table say the same: every directive has an entry in spawnd.conf(5), in the
 * part of its section, and every entry is of a directive. MANUAL names the page; its default is
 * right from the top of the source tree.
 */
#include "config_text.h"

#include <stdio.h>

#define ENTRY ".It Cm "

/* The names of `.It Cm NAME=` with their part: "spawnd" above .Sh SERVICES, "service" below. */
struct manual {
	char names[256][40];
	const char *sections[256];
	size_t count;
};

static void read_manual(struct manual *manual)
{
	const char *path = getenv("MANUAL") ? getenv("MANUAL") : "docs/spawnd.conf.5";
	const char *section = "spawnd";
	FILE *stream = fopen(path, "r");
	char line[1024];

	manual->count = 0;
	if (!stream)
		fail_msg("%s is not there", path);
	while (fgets(line, sizeof(line), stream)) {
		char *equals = strchr(line, '=');

		if (strncmp(line, ".Sh SERVICES", 12) == 0)
			section = "service";
		if (strncmp(line, ENTRY, strlen(ENTRY)) != 0 || !equals)
			continue;
		*equals = '\0';
		assert_true(manual->count < COUNT(manual->names));
		manual->sections[manual->count] = section;
		snprintf(manual->names[manual->count++], sizeof(manual->names[0]), "%.39s",
			 line + strlen(ENTRY));
	}
	fclose(stream);
}

static void test_every_directive_has_its_entry(void **state)
{
	const struct directive_info *info;
	struct manual manual;
	int missing = 0;

	read_manual(&manual);
	for (size_t i = 0; (info = directive_at(i)); i++) {
		int found = 0;

		for (size_t j = 0; j < manual.count; j++)
			if (strcmp(manual.names[j], info->name) == 0 &&
			    strcmp(manual.sections[j], info->section) == 0)
				found++;
		if (found != 1) {
			print_message("[%s] %s= has %d entries\n", info->section, info->name,
				      found);
			missing++;
		}
	}
	assert_int_equal(missing, 0);
}

static void test_every_entry_is_a_directive(void **state)
{
	const struct directive_info *info;
	struct manual manual;
	int unknown = 0;

	read_manual(&manual);
	for (size_t j = 0; j < manual.count; j++) {
		bool found = false;

		for (size_t i = 0; (info = directive_at(i)); i++)
			if (strcmp(manual.names[j], info->name) == 0 &&
			    strcmp(manual.sections[j], info->section) == 0)
				found = true;
		if (!found) {
			print_message("%s= is no directive of [%s]\n", manual.names[j],
				      manual.sections[j]);
			unknown++;
		}
	}
	assert_int_equal(unknown, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_directive_has_its_entry),
		cmocka_unit_test(test_every_entry_is_a_directive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* The reader: bytes to sections and entries, and the line of every fault. */
#include "config_text.h"

#include "config/reader.h"

#include <stdio.h>

/* All items as text: "1[section] 2key=value 3!" and so on. */
static void read_all(const char *bytes, size_t size, char *out, size_t room)
{
	struct reader reader;
	struct reader_item item;
	size_t length = 0;

	out[0] = '\0';
	reader_open(&reader, bytes, size);
	while (reader_next(&reader, &item) != READER_END) {
		if (item.kind == READER_SECTION)
			length += (size_t)snprintf(out + length, room - length, "%u[%s] ",
						   item.line, item.value);
		else if (item.kind == READER_ENTRY)
			length += (size_t)snprintf(out + length, room - length, "%u<%s=%s> ",
						   item.line, item.key, item.value);
		else
			length += (size_t)snprintf(out + length, room - length, "%u! ", item.line);
		assert_true(length < room);
	}
	reader_close(&reader);
}

static void assert_reads(const char *bytes, size_t size, const char *expected)
{
	char out[512];

	read_all(bytes, size, out, sizeof(out));
	assert_string_equal(out, expected);
}

#define READS(text, expected) assert_reads(text, sizeof(text) - 1, expected)

static void test_lines(void **state)
{
	READS("", "");
	READS("\n\n  \n\t\n", "");
	READS("# a comment\n ; another\n", "");
	READS("[spawnd]\nKey=value\n", "1[spawnd] 2<Key=value> ");
	READS("[ service  echo ]\n\n Key =  a value \t\n", "1[service  echo] 3<Key=a value> ");
	READS("Key=", "1<Key=> ");
	READS("Key=a=b # no comment", "1<Key=a=b # no comment> ");
	READS("Key=\xc3\xa4", "1<Key=\xc3\xa4> ");
}

static void test_continuation(void **state)
{
	READS("Key=a\\\n  b\nNext=c", "1<Key=a b> 3<Next=c> ");
	READS("Key=a \\\n# between\n; too\n  b\\\nc\n", "1<Key=a  b c> ");
	READS("Key=a\\\\\nNext=c", "1<Key=a\\\\> 2<Next=c> ");
	READS("Key=a\\\\\\\nb", "1<Key=a\\\\ b> ");
	READS("# a comment ends \\\nKey=a", "2<Key=a> ");
	READS("Key=a\\\n\nNext=c", "1<Key=a> 3<Next=c> ");
}

static void test_faults(void **state)
{
	READS("Key", "1! ");
	READS("=value\nKey=v", "1! 2<Key=v> ");
	READS("[spawnd\nKey=v", "1! 2<Key=v> ");
	READS("[spawnd] x\n", "1! ");
	READS("[", "1! ");
	READS("[]", "1[] ");
	READS("Key=a\\", "1! ");
	READS("Key=a\\ \nNext=b", "1! 2<Next=b> ");
	READS("Key=a\0b\nNext=b", "1! 2<Next=b> ");
	READS("Key=a\x1b[2J\nNext=b", "1! 2<Next=b> ");
	READS("\xef\xbb\xbfKey=a\nNext=b", "1! 2<Next=b> ");
	READS("\xef\xbb\xbf", "1! ");
}

static void test_windows_line_ends_are_one_fault(void **state)
{
	READS("[spawnd]\r\nKey=a\r\n\r\nNext=b\r\n", "1! 2<Key=a> 4<Next=b> ");
	READS("# a comment\r\nKey=a\r\n", "1! 2<Key=a> ");
	READS("\r\n", "1! ");
	READS("Key=a\rb\n", "1! ");
}

static void test_long_lines(void **state)
{
	size_t size = 3 * READER_LINE_MAX;
	char *bytes = malloc(size), out[64];

	assert_non_null(bytes);
	memset(bytes, 'x', size);
	memcpy(bytes, "Key=", 4);
	memcpy(bytes + READER_LINE_MAX + 1, "\nNext=b", 7);
	read_all(bytes, READER_LINE_MAX + 8, out, sizeof(out));
	assert_string_equal(out, "1! 2<Next=b> ");

	/* joined lines count together, and are skipped together */
	memset(bytes, 'x', size);
	memcpy(bytes + READER_LINE_MAX - 8, "\\\n", 2);
	memcpy(bytes + 2 * READER_LINE_MAX - 16, "\nNext=b", 7);
	read_all(bytes, 2 * READER_LINE_MAX - 9, out, sizeof(out));
	assert_string_equal(out, "1! 3<Next=b> ");
	free(bytes);
}

static void test_the_longest_line(void **state)
{
	char *bytes = malloc(READER_LINE_MAX);
	struct reader reader;
	struct reader_item item;

	assert_non_null(bytes);
	memset(bytes, 'x', READER_LINE_MAX);
	memcpy(bytes, "Key=", 4);
	reader_open(&reader, bytes, READER_LINE_MAX);
	assert_int_equal(reader_next(&reader, &item), READER_ENTRY);
	assert_int_equal(strlen(item.value), READER_LINE_MAX - 4);
	assert_int_equal(reader_next(&reader, &item), READER_END);
	reader_close(&reader);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_continuation),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_windows_line_ends_are_one_fault),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_the_longest_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

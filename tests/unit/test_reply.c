/* SPDX-License-Identifier: ISC */
/* spawnctl's reading of answers: whatever the packets hold; and the loop's histograms. */
/* link: spawnd/ctl/reply.c spawnd/loop/histogram.c */
#include "ctl/reply.h"
#include "loop/histogram.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static size_t put(char *packet, enum control_type type, const void *record)
{
	struct control_head head = { CONTROL_MAGIC, (uint16_t)type, control_size(type) };

	memcpy(packet, &head, sizeof(head));
	memcpy(packet + sizeof(head), record, head.size);
	return sizeof(head) + head.size;
}

static void test_records(void **state)
{
	struct control_daemon daemon = { .version = "1", .generation = 7 };
	struct control_service service = { .name = "echo" };
	struct control_count count = { "refused", "denied", 3 };
	struct control_end end = { .number = 9 };
	char packet[CONTROL_PACKET];
	struct reply reply;
	size_t size;

	reply_init(&reply);
	size = put(packet, CONTROL_DAEMON, &daemon);
	size += put(packet + size, CONTROL_SERVICE, &service);
	size += put(packet + size, CONTROL_COUNT, &count);
	assert_int_equal(reply_add(&reply, packet, size), 0);
	assert_false(reply.complete);
	for (int i = 0; i < 100; i++) {
		size = put(packet, CONTROL_SERVICE, &service);
		assert_int_equal(reply_add(&reply, packet, size), 0);
	}
	size = put(packet, CONTROL_END, &end);
	assert_int_equal(reply_add(&reply, packet, size), 0);
	assert_true(reply.complete);
	assert_int_equal(reply.daemon.generation, 7);
	assert_int_equal(reply.service_count, 101);
	assert_int_equal(reply.services[0].count_count, 1);
	assert_string_equal(reply.services[0].counts[0].reason, "denied");
	assert_int_equal(reply.services[100].count_count, 0);
	assert_int_equal(reply.end.number, 9);
	reply_free(&reply);
}

static void test_text_is_cleaned(void **state)
{
	struct control_service service;
	char packet[CONTROL_PACKET];
	struct reply reply;

	memset(&service, '\033', sizeof(service)); /* no NUL, and a terminal would obey it */
	reply_init(&reply);
	assert_int_equal(reply_add(&reply, packet, put(packet, CONTROL_SERVICE, &service)), 0);
	assert_int_equal(strlen(reply.services[0].is.name), CONTROL_NAME_SIZE - 1);
	assert_int_equal(strspn(reply.services[0].is.name, "?"), CONTROL_NAME_SIZE - 1);
	reply_free(&reply);
}

static void test_nonsense(void **state)
{
	struct control_count count = { "refused", "denied", 3 };
	struct control_end end = { .number = 9 };
	static char noise[2 * CONTROL_PACKET];
	char packet[CONTROL_PACKET];
	struct reply reply;
	size_t size = put(packet, CONTROL_END, &end);

	reply_init(&reply);
	for (size_t cut = 1; cut < size; cut++)
		assert_int_equal(reply_add(&reply, packet, cut), -EPROTO);
	packet[0] ^= 1; /* another version */
	assert_int_equal(reply_add(&reply, packet, size), -EPROTO);
	size = put(packet, CONTROL_COUNT, &count); /* of no service */
	assert_int_equal(reply_add(&reply, packet, size), -EPROTO);
	srandom(1);
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (char)random();
	for (int i = 0; i < 20000; i++) {
		size = put(packet, (enum control_type)(random() % CONTROL_TYPES),
			   noise + random() % CONTROL_PACKET);
		packet[random() % (long)size] ^= (char)(1 << random() % 8);
		(void)reply_add(&reply, packet, size);
		if (i % 1000 == 0)
			reply_free(&reply);
	}
	reply.errors = -1;
	reply_free(&reply);
}

static void test_histogram(void **state)
{
	for (int kind = 0; kind < HISTOGRAM_KINDS; kind++) {
		const uint64_t *bounds = histogram_bounds((enum histogram_kind)kind);
		struct histogram histogram = { 0 };

		for (int i = 0; i < HISTOGRAM_BOUNDS; i++) {
			if (i > 0)
				assert_true(bounds[i] > bounds[i - 1]);
			histogram_add(&histogram, (enum histogram_kind)kind, (int64_t)bounds[i]);
			histogram_add(&histogram, (enum histogram_kind)kind,
				      (int64_t)bounds[i] + 1);
		}
		histogram_add(&histogram, (enum histogram_kind)kind, -5); /* counts as 0 */
		for (int i = 0; i <= HISTOGRAM_BOUNDS; i++)
			assert_int_equal(histogram.count[i],
					 i == 0 || i < HISTOGRAM_BOUNDS ? 2 : 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_text_is_cleaned),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_histogram),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* wire: what arrives, what is refused, and that nothing refused leaks a descriptor. */
#include "base/fd.h"
#include "wire/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static int open_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void message_arrives_whole(void **state)
{
	struct wire_message sent = { .number = 7, .id = 1ull << 40, .slot = { 3, 5 } }, got;
	int pair[2];

	assert_int_equal(wire_pair(pair), 0);
	assert_int_equal(wire_send(pair[0], LINK_TAKEN, &sent, NULL, 0, false), 0);
	assert_int_equal(wire_receive(pair[1], WIRE_LINK_DOWN, &got, false), 1);
	assert_int_equal(got.type, LINK_TAKEN);
	assert_int_equal(got.number, 7);
	assert_true(got.id == 1ull << 40);
	assert_int_equal(got.slot.index, 3);
	assert_int_equal(got.fds[0], -1);
	assert_int_equal(wire_receive(pair[1], WIRE_LINK_DOWN, &got, false), -EAGAIN);
	close(pair[0]);
	assert_int_equal(wire_receive(pair[1], WIRE_LINK_DOWN, &got, false), 0);
	close(pair[1]);
}

/* A zygote that fails says why and goes, without having read what it was told meanwhile. */
static void last_words_arrive(void **state)
{
	struct wire_message message = { 0 };
	int pair[2];

	assert_int_equal(wire_pair(pair), 0);
	assert_int_equal(wire_send(pair[1], LINK_WANT, &message, NULL, 0, false), 0);
	assert_int_equal(wire_send(pair[0], LINK_FAILED, &message, NULL, 0, false), 0);
	close(pair[0]);
	assert_int_equal(wire_receive(pair[1], WIRE_LINK_UP, &message, false), 1);
	assert_int_equal(message.type, LINK_FAILED);
	assert_int_equal(wire_receive(pair[1], WIRE_LINK_UP, &message, false), 0);
	close(pair[1]);

	assert_int_equal(wire_pair(pair), 0);
	assert_int_equal(wire_send(pair[1], LINK_WANT, &message, NULL, 0, false), 0);
	close(pair[0]);
	assert_int_equal(wire_receive(pair[1], WIRE_LINK_UP, &message, false), -EPIPE);
	close(pair[1]);
}

static void descriptors_arrive_cloexec(void **state)
{
	struct wire_message message = { 0 };
	int pair[2], null = open("/dev/null", O_RDONLY), fds[2] = { null, null };

	assert_int_equal(wire_pair(pair), 0);
	assert_int_equal(wire_send(pair[0], LINK_PARKED, &message, fds, 2, false), 0);
	memset(&message, 0, sizeof(message));
	assert_int_equal(wire_receive(pair[1], WIRE_LINK_UP, &message, false), 1);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(fcntl(message.fds[i], F_GETFD), FD_CLOEXEC);
		close(message.fds[i]);
	}
	close(null);
	close(pair[0]);
	close(pair[1]);
}

struct refusal {
	enum wire_type type;
	enum wire_channel channel; /* where it arrives */
	size_t fds;
};

static void wrong_messages_are_refused(void **state)
{
	static const struct refusal refusals[] = {
		{ LINK_TAKEN, WIRE_LINK_UP, 0 },    /* another channel's */
		{ LINK_PARKED, WIRE_LINK_UP, 0 },   /* a descriptor too few */
		{ LINK_EXITED, WIRE_LINK_UP, 1 },   /* one too many */
		{ HANDOVER, WIRE_HANDOVER, 2 },	    /* one too many */
		{ LOOP_CONFIG, WIRE_TO_ZYGOTE, 1 }, /* another channel's */
	};
	int before = open_descriptors(), null = open("/dev/null", O_RDONLY);
	int fds[2] = { null, null };

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct wire_message message = { 0 };
		int pair[2];

		assert_int_equal(wire_pair(pair), 0);
		assert_int_equal(
			wire_send(pair[0], refusals[i].type, &message, fds, refusals[i].fds, false),
			0);
		assert_int_equal(wire_receive(pair[1], refusals[i].channel, &message, false),
				 -EPROTO);
		close(pair[0]);
		close(pair[1]);
	}
	close(null);
	assert_int_equal(open_descriptors(), before);
}

static void sizes_are_checked(void **state)
{
	struct wire_message message = { .type = LINK_WANT, .size = sizeof(message) }, got;
	char longer[sizeof(message) + 8] = { 0 };
	int pair[2];

	memcpy(longer, &message, sizeof(message));
	assert_int_equal(wire_pair(pair), 0);
	assert_true(send(pair[0], &message, sizeof(message) - 1, 0) > 0);
	assert_int_equal(wire_receive(pair[1], WIRE_LINK_DOWN, &got, false), -EPROTO);
	assert_true(send(pair[0], longer, sizeof(longer), 0) > 0);
	assert_int_equal(wire_receive(pair[1], WIRE_LINK_DOWN, &got, false), -EPROTO);
	message.size = 1;
	assert_true(send(pair[0], &message, sizeof(message), 0) > 0);
	assert_int_equal(wire_receive(pair[1], WIRE_LINK_DOWN, &got, false), -EPROTO);
	message.size = sizeof(message);
	message.type = WIRE_TYPES;
	assert_true(send(pair[0], &message, sizeof(message), 0) > 0);
	assert_int_equal(wire_receive(pair[1], WIRE_LINK_DOWN, &got, false), -EPROTO);
	close(pair[0]);
	close(pair[1]);
}

static void many_descriptors_do_not_leak(void **state)
{
	enum { COUNT = 9 };
	struct wire_message message = { .type = LINK_PARKED, .size = sizeof(message) };
	struct iovec part = { &message, sizeof(message) };
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int) * COUNT)];
	} control;
	struct msghdr header = { .msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = control.bytes,
				 .msg_controllen = sizeof(control.bytes) };
	int before = open_descriptors(), pair[2], fds[COUNT];

	assert_int_equal(wire_pair(pair), 0);
	for (int i = 0; i < COUNT; i++)
		fds[i] = pair[0];
	memset(&control, 0, sizeof(control));
	control.align = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(fds)),
					  .cmsg_level = SOL_SOCKET,
					  .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(&control.align), fds, sizeof(fds));
	assert_true(sendmsg(pair[0], &header, 0) > 0);
	assert_int_equal(wire_receive(pair[1], WIRE_LINK_UP, &message, false), -EPROTO);
	close(pair[0]);
	close(pair[1]);
	assert_int_equal(open_descriptors(), before);
}

static void room_for_what_was_reserved(void **state)
{
	enum { MESSAGES = 3000 };
	struct wire_message message = { 0 };
	int pair[2];

	assert_int_equal(wire_pair(pair), 0);
	assert_int_equal(wire_reserve(pair[0], MESSAGES), 0);
	for (int i = 0; i < MESSAGES; i++)
		assert_int_equal(wire_send(pair[0], LINK_KILL, &message, NULL, 0, false), 0);
	close(pair[1]);
	assert_int_equal(wire_send(pair[0], LINK_KILL, &message, NULL, 0, false), -EPIPE);
	close(pair[0]);
}

static void every_type_has_a_name(void **state)
{
	for (int type = 0; type < WIRE_TYPES; type++)
		assert_non_null(wire_type_name((enum wire_type)type));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(message_arrives_whole),
		cmocka_unit_test(last_words_arrive),
		cmocka_unit_test(descriptors_arrive_cloexec),
		cmocka_unit_test(wrong_messages_are_refused),
		cmocka_unit_test(sizes_are_checked),
		cmocka_unit_test(many_descriptors_do_not_leak),
		cmocka_unit_test(room_for_what_was_reserved),
		cmocka_unit_test(every_type_has_a_name),
	};

	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* spawnd/relay/stream.c and flow.c: both directions of a relayed connection and their ends. */
/* link: spawnd/relay/flow.c spawnd/relay/stream.c */
#include "relay/stream.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct bench {
	struct stream stream;
	struct stream_waste waste;
	int client;	     /* the other end of stream.socket */
	int stdin_, stdout_; /* the program's ends; the same of a pair */
	int middles[2][2];
};

static void tcp_pair(int pair[2])
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 1), 0);
	getsockname(listener, (struct sockaddr *)&address, &length);
	pair[0] = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(pair[0], (struct sockaddr *)&address, sizeof(address)), 0);
	pair[1] = accept(listener, NULL, NULL);
	close(listener);
}

static void set_up(struct bench *bench, bool pairs, bool local)
{
	int connection[2], in[2], out[2];

	signal(SIGPIPE, SIG_IGN);
	if (local)
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, connection), 0);
	else
		tcp_pair(connection);
	bench->client = connection[0];
	assert_int_equal(pipe2(bench->waste.drain, O_NONBLOCK), 0);
	bench->waste.null = open("/dev/null", O_RDWR);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pipe2(bench->middles[i], O_NONBLOCK), 0);
	if (pairs) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, in), 0);
		bench->stdin_ = bench->stdout_ = in[0];
		out[0] = in[1];
	} else {
		assert_int_equal(pipe(in), 0);
		assert_int_equal(pipe(out), 0);
		bench->stdin_ = in[0];
		bench->stdout_ = out[1];
	}
	stream_open(&bench->stream, connection[1], in[1], out[0], bench->middles);
}

static void tear_down(struct bench *bench)
{
	stream_close(&bench->stream, &bench->waste);
	if (bench->client >= 0)
		close(bench->client);
	if (bench->stdin_ >= 0)
		close(bench->stdin_);
	if (bench->stdout_ >= 0 && bench->stdout_ != bench->stdin_)
		close(bench->stdout_);
	for (int i = 0; i < 2; i++) {
		struct pollfd left = { .fd = bench->middles[i][0], .events = POLLIN };

		assert_int_equal(poll(&left, 1, 0), 0); /* empty, for the next one */
		close(bench->middles[i][0]);
		close(bench->middles[i][1]);
	}
	close(bench->waste.drain[0]);
	close(bench->waste.drain[1]);
	close(bench->waste.null);
}

static uint32_t poll_events(int fd)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN | POLLOUT | POLLPRI };

	return fd >= 0 && poll(&polled, 1, 0) > 0 ? (uint32_t)polled.revents : 0;
}

/* What epoll would tell, and turns until there is nothing more to do. */
static void run(struct bench *bench)
{
	struct stream *stream = &bench->stream;

	usleep(2000); /* loopback delivers from a softirq */
	stream_hear(stream, STREAM_SOCKET, poll_events(stream->socket));
	if (stream->in >= 0)
		stream_hear(stream, STREAM_IN, poll_events(stream->in));
	while (stream_turn(stream, &bench->waste))
		;
}

static void say(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void expect(int fd, const char *text)
{
	char bytes[64] = "";
	struct pollfd polled = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&polled, 1, 1000), 1);
	assert_int_equal(read(fd, bytes, sizeof(bytes) - 1), (ssize_t)strlen(text));
	assert_string_equal(bytes, text);
}

static void expect_error(int fd, int error)
{
	assert_int_equal(write(fd, "x", 1), -1);
	assert_int_equal(errno, error);
}

static void each_direction_ends_by_itself(bool pairs)
{
	struct bench bench;

	set_up(&bench, pairs, false);
	say(bench.client, "to the program");
	say(bench.stdout_, "to the client");
	run(&bench);
	expect(bench.stdin_, "to the program");
	expect(bench.client, "to the client");
	assert_int_equal(bench.stream.to_program.bytes, 14);
	assert_int_equal(bench.stream.to_client.bytes, 13);

	shutdown(bench.client, SHUT_WR);
	run(&bench);
	expect(bench.stdin_, "");
	assert_false(stream_over(&bench.stream));
	say(bench.stdout_, "later");
	run(&bench);
	expect(bench.client, "later");
	if (pairs) {
		shutdown(bench.stdout_, SHUT_WR);
	} else {
		close(bench.stdout_);
		bench.stdout_ = -1;
	}
	run(&bench);
	expect(bench.client, "");
	assert_true(stream_over(&bench.stream));
	tear_down(&bench);
}

static void test_ends_of_pipes(void **state)
{
	each_direction_ends_by_itself(false);
}

static void test_ends_of_a_pair(void **state)
{
	each_direction_ends_by_itself(true);
}

/* The program's output ends first. */
static void test_output_first(void **state)
{
	struct bench bench;

	set_up(&bench, false, false);
	close(bench.stdout_);
	bench.stdout_ = -1;
	run(&bench);
	expect(bench.client, "");
	assert_false(stream_over(&bench.stream));
	say(bench.client, "still heard");
	run(&bench);
	expect(bench.stdin_, "still heard");
	tear_down(&bench);
}

/* The program reads no more: what the client sends goes nowhere, and nobody is stuck. */
static void reads_no_more(bool pairs)
{
	static char block[100000];
	struct bench bench;

	set_up(&bench, pairs, false);
	fcntl(bench.client, F_SETFL, O_NONBLOCK);
	if (pairs) {
		say(bench.stdout_, "last words");
		close(bench.stdout_);
		bench.stdout_ = bench.stdin_ = -1;
	} else {
		close(bench.stdin_);
		bench.stdin_ = -1;
	}
	run(&bench);
	for (int i = 0; i < 200 && !pairs; i++) {
		assert_true(write(bench.client, block, sizeof(block)) > 0);
		run(&bench);
	}
	assert_int_equal(stream_over(&bench.stream), pairs);
	if (!pairs) {
		say(bench.stdout_, "last words");
		close(bench.stdout_);
		bench.stdout_ = -1;
		run(&bench);
	}
	assert_true(stream_over(&bench.stream));
	stream_close(&bench.stream, &bench.waste);
	expect(bench.client, "last words");
	expect(bench.client, "");
	tear_down(&bench);
}

static void test_reads_no_more(void **state)
{
	reads_no_more(false);
}

static void test_pair_is_closed(void **state)
{
	reads_no_more(true);
}

static void is_reset(bool pairs)
{
	struct linger at_once = { 1, 0 };
	struct bench bench;

	set_up(&bench, pairs, false);
	say(bench.client, "before");
	run(&bench);
	setsockopt(bench.client, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(bench.client);
	bench.client = -1;
	run(&bench);
	assert_true(stream_over(&bench.stream));
	expect_error(bench.stdout_, EPIPE);
	expect(bench.stdin_, "before");
	expect(bench.stdin_, "");
	tear_down(&bench);
}

static void test_reset(void **state)
{
	is_reset(false);
}

static void test_reset_of_a_pair(void **state)
{
	is_reset(true);
}

/* An AF_UNIX client that closes has not taken back what it had sent. */
static void test_local_client_closes(void **state)
{
	struct bench bench;

	set_up(&bench, false, true);
	say(bench.client, "the last");
	close(bench.client);
	bench.client = -1;
	run(&bench);
	expect_error(bench.stdout_, EPIPE);
	expect(bench.stdin_, "the last");
	expect(bench.stdin_, "");
	assert_true(stream_over(&bench.stream));
	tear_down(&bench);
}

/* More than everything in between holds: it waits for room, and goes on. */
static void test_full(void **state)
{
	static char block[1 << 16], got[1 << 16];
	size_t sent = 0, received = 0;
	struct bench bench;
	ssize_t count;

	set_up(&bench, true, false);
	fcntl(bench.client, F_SETFL, O_NONBLOCK);
	fcntl(bench.stdin_, F_SETFL, O_NONBLOCK);
	while (sent < (64u << 20)) {
		count = write(bench.client, block, sizeof(block));
		run(&bench);
		if (count < 0)
			break;
		sent += (size_t)count;
	}
	assert_true(sent < (64u << 20)); /* it became full */
	assert_true(bench.stream.to_program.held > 0);
	for (int idle = 0; received < sent && idle < 1000;) {
		count = read(bench.stdin_, got, sizeof(got));
		received += count > 0 ? (size_t)count : 0;
		idle = count > 0 ? 0 : idle + 1;
		run(&bench);
	}
	assert_int_equal(received, sent);
	assert_int_equal(bench.stream.to_program.bytes, sent);
	tear_down(&bench);
}

/* One turn is bounded, however much there is. */
static void test_turn(void **state)
{
	static char block[512];
	struct bench bench;
	int turns = 0;

	set_up(&bench, true, true);
	fcntl(bench.client, F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 200; i++) /* AF_UNIX gives splice(2) a message at a time */
		(void)!write(bench.client, block, sizeof(block));
	while (stream_turn(&bench.stream, &bench.waste))
		turns++;
	assert_true(turns > 0);
	tear_down(&bench);
}

/* splice(2) stops at urgent data, also at some that was the last before a FIN. */
static void urgent(bool pairs)
{
	struct bench bench;

	set_up(&bench, pairs, false);
	say(bench.client, "ab");
	assert_int_equal(send(bench.client, "X", 1, MSG_OOB), 1);
	say(bench.client, "cd");
	run(&bench);
	run(&bench);
	expect(bench.stdin_, "abcd");
	assert_int_equal(send(bench.client, "Y", 1, MSG_OOB), 1);
	say(bench.client, "ef");
	shutdown(bench.client, SHUT_WR);
	run(&bench);
	run(&bench);
	expect(bench.stdin_, "ef");
	expect(bench.stdin_, "");
	tear_down(&bench);
}

static void test_urgent(void **state)
{
	urgent(false);
}

static void test_urgent_to_a_pair(void **state)
{
	urgent(true);
}

static int open_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* What a local client sends along with its bytes goes nowhere. */
static void test_rights(void **state)
{
	struct bench bench;
	char text[] = "bytes";
	struct iovec part = { text, 5 };
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .align = { .cmsg_len = CMSG_LEN(sizeof(int)),
				 .cmsg_level = SOL_SOCKET,
				 .cmsg_type = SCM_RIGHTS } };
	struct msghdr header = { .msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = control.room,
				 .msg_controllen = sizeof(control.room) };
	int before, ends[2];
	char byte;

	set_up(&bench, false, true);
	assert_int_equal(pipe(ends), 0);
	memcpy(CMSG_DATA(&control.align), &ends[1], sizeof(int));
	assert_int_equal(sendmsg(bench.client, &header, 0), 5);
	close(ends[1]);
	before = open_descriptors();
	run(&bench);
	expect(bench.stdin_, "bytes");
	assert_int_equal(open_descriptors(), before);
	/* The last reference is gone: end of file. */
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
	tear_down(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends_of_pipes),
		cmocka_unit_test(test_ends_of_a_pair),
		cmocka_unit_test(test_output_first),
		cmocka_unit_test(test_reads_no_more),
		cmocka_unit_test(test_pair_is_closed),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_reset_of_a_pair),
		cmocka_unit_test(test_local_client_closes),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_turn),
		cmocka_unit_test(test_urgent),
		cmocka_unit_test(test_urgent_to_a_pair),
		cmocka_unit_test(test_rights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

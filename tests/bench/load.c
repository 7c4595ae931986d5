/* SPDX-License-Identifier: ISC */
/*
 * The benchmark's load: opens connections, notes when each was connected, when its first byte came
 * and when it ended, and prints quantiles as JSON.
 *
 *	load --rate R --total N [OPTION]... HOST PORT	open loop: R connections a second, evenly
 *	load --clients C --total N [OPTION]... HOST PORT	closed loop: C at a time
 *
 *	--request TEXT	sent once connected (\r and \n are escapes); without it nothing is sent
 *	--half-close	then shutdown(SHUT_WR)
 *	--first-byte	leave at the first byte, as soon as it is noted, instead of at the end
 *	--timeout S	of one connection (10)
 *	--each FILE	a line for each that is answered: its own port, first byte in microseconds
 *
 * In an open loop every figure counts from the moment the connection was scheduled for, so that a
 * server that stalls is charged with those who wait behind it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS INT64_C(1000000000)

struct options {
	double rate;
	long clients, total;
	char request[512];
	size_t request_size;
	bool half_close, first_byte;
	int64_t timeout_ns;
	FILE *each;
	struct sockaddr_in address;
};

struct client {
	int fd;
	bool connected, answered;
	int64_t from_ns, opened_ns; /* what figures count from; when connect(2) was called */
	int32_t previous, next;	    /* those in flight, oldest first */
};

enum figure { CONNECT, FIRST_BYTE, END, FIGURES };

struct run {
	struct options options;
	int poll;
	struct client *clients;
	int32_t free, oldest, newest;
	long started, ended, in_flight, errors, timeouts, places;
	double *samples[FIGURES]; /* microseconds */
	long counts[FIGURES];
};

static int64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * SECOND_NS + time.tv_nsec;
}

/* The figure, in microseconds. */
static double note(struct run *run, enum figure figure, const struct client *client)
{
	double passed = (double)(now_ns() - client->from_ns) / 1e3;

	if (run->counts[figure] < run->options.total)
		run->samples[figure][run->counts[figure]++] = passed;
	return passed;
}

static void note_first_byte(struct run *run, const struct client *client)
{
	struct sockaddr_in own;
	socklen_t length = sizeof(own);
	double passed = note(run, FIRST_BYTE, client);

	if (run->options.each && getsockname(client->fd, (struct sockaddr *)&own, &length) == 0)
		fprintf(run->options.each, "%u %.1f\n", ntohs(own.sin_port), passed);
}

static void unlink_client(struct run *run, int32_t index)
{
	struct client *client = &run->clients[index];

	*(client->previous < 0 ? &run->oldest : &run->clients[client->previous].next) =
		client->next;
	*(client->next < 0 ? &run->newest : &run->clients[client->next].previous) =
		client->previous;
	client->next = run->free;
	run->free = index;
}

static void finish(struct run *run, int32_t index, bool good)
{
	struct client *client = &run->clients[index];

	if (good)
		note(run, END, client);
	else
		run->errors++;
	close(client->fd);
	unlink_client(run, index);
	run->in_flight--;
	run->ended++;
}

static void start(struct run *run, int64_t from_ns)
{
	int32_t index = run->free;
	struct client *client;
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP };
	int one = 1;

	run->started++;
	if (index < 0) {
		run->errors++;
		run->ended++;
		return;
	}
	client = &run->clients[index];
	run->free = client->next;
	client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	client->connected = client->answered = false;
	client->opened_ns = now_ns();
	client->from_ns = from_ns > 0 ? from_ns : client->opened_ns;
	client->previous = run->newest;
	client->next = -1;
	*(run->newest < 0 ? &run->oldest : &run->clients[run->newest].next) = index;
	run->newest = index;
	run->in_flight++;
	event.data.u32 = (uint32_t)index;
	setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(client->fd, (struct sockaddr *)&run->options.address,
		    sizeof(run->options.address)) < 0 &&
	    errno != EINPROGRESS)
		finish(run, index, false);
	else
		epoll_ctl(run->poll, EPOLL_CTL_ADD, client->fd, &event);
}

static bool connected(struct run *run, int32_t index)
{
	const struct options *options = &run->options;
	struct client *client = &run->clients[index];
	struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP, .data.u32 = (uint32_t)index };
	int error = 0;
	socklen_t length = sizeof(error);

	if (getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0 || error)
		return false;
	client->connected = true;
	note(run, CONNECT, client);
	if (options->request_size > 0 && send(client->fd, options->request, options->request_size,
					      MSG_NOSIGNAL) != (ssize_t)options->request_size)
		return false;
	if (options->half_close)
		shutdown(client->fd, SHUT_WR);
	epoll_ctl(run->poll, EPOLL_CTL_MOD, client->fd, &event);
	return true;
}

static void ready(struct run *run, int32_t index, uint32_t events)
{
	struct client *client = &run->clients[index];
	char bytes[16384];
	ssize_t count;

	if (!client->connected && !connected(run, index)) {
		finish(run, index, false);
		return;
	}
	if (!(events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)))
		return;
	while ((count = read(client->fd, bytes, sizeof(bytes))) > 0) {
		if (!client->answered)
			note_first_byte(run, client);
		client->answered = true;
		if (run->options.first_byte) {
			finish(run, index, true);
			return;
		}
	}
	if (count == 0)
		finish(run, index, client->answered);
	else if (errno != EAGAIN)
		finish(run, index, false);
}

static void end_those_that_hang(struct run *run, int64_t now)
{
	while (run->oldest >= 0 &&
	       now - run->clients[run->oldest].opened_ns > run->options.timeout_ns) {
		run->timeouts++;
		finish(run, run->oldest, false);
	}
}

/* Starts what is due. Returns when the next one is, or 0: when one of those in flight has ended. */
static int64_t start_due(struct run *run, int64_t begun)
{
	const struct options *options = &run->options;

	if (options->rate <= 0) {
		while (run->started < options->total && run->in_flight < options->clients)
			start(run, 0);
		return 0;
	}
	while (run->started < options->total) {
		int64_t due = begun + (int64_t)((double)run->started * 1e9 / options->rate);

		if (due > now_ns())
			return due;
		start(run, due);
	}
	return 0;
}

static void go(struct run *run)
{
	struct epoll_event events[64];
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	struct epoll_event of_timer = { .events = EPOLLIN, .data.u32 = UINT32_MAX };
	int64_t begun = now_ns();

	epoll_ctl(run->poll, EPOLL_CTL_ADD, timer, &of_timer);
	while (run->ended < run->options.total) {
		int64_t due = start_due(run, begun);
		struct itimerspec when = { .it_value = { due / SECOND_NS, due % SECOND_NS } };
		int count;

		timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
		if (run->ended >= run->options.total)
			break;
		count = epoll_wait(run->poll, events, 64, 1000);
		for (int i = 0; i < count; i++)
			if (events[i].data.u32 != UINT32_MAX)
				ready(run, (int32_t)events[i].data.u32, events[i].events);
		end_those_that_hang(run, now_ns());
	}
	close(timer);
}

static int by_value(const void *one, const void *two)
{
	double left = *(const double *)one, right = *(const double *)two;

	return (left > right) - (left < right);
}

static double quantile(const double *sorted, long count, double q)
{
	long index = (long)(q * (double)count);

	return count == 0 ? -1 : sorted[index >= count ? count - 1 : index];
}

static void print(struct run *run, double seconds)
{
	static const char *const names[] = { "connect", "first_byte", "end" };

	printf("{\"total\":%ld,\"errors\":%ld,\"timeouts\":%ld,\"seconds\":%.6f,\"per_second\":%."
	       "2f",
	       run->options.total, run->errors, run->timeouts, seconds,
	       (double)(run->options.total - run->errors) / seconds);
	for (int i = 0; i < FIGURES; i++) {
		double *samples = run->samples[i];
		long count = run->counts[i];

		qsort(samples, (size_t)count, sizeof(*samples), by_value);
		printf(",\"%s_us\":{\"count\":%ld,\"min\":%.1f,\"p50\":%.1f,\"p90\":%.1f,"
		       "\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f}",
		       names[i], count, quantile(samples, count, 0), quantile(samples, count, .5),
		       quantile(samples, count, .9), quantile(samples, count, .99),
		       quantile(samples, count, .999), quantile(samples, count, 1));
	}
	printf("}\n");
}

static void set_request(struct options *options, const char *text)
{
	for (; *text && options->request_size < sizeof(options->request); text++) {
		char byte = *text;

		if (byte == '\\' && (text[1] == 'r' || text[1] == 'n'))
			byte = *++text == 'r' ? '\r' : '\n';
		options->request[options->request_size++] = byte;
	}
}

static bool parse(int argc, char **argv, struct options *options)
{
	static const struct option names[] = { { "rate", 1, NULL, 'r' },
					       { "clients", 1, NULL, 'c' },
					       { "total", 1, NULL, 't' },
					       { "request", 1, NULL, 'q' },
					       { "half-close", 0, NULL, 'h' },
					       { "first-byte", 0, NULL, 'f' },
					       { "timeout", 1, NULL, 'o' },
					       { "each", 1, NULL, 'e' },
					       { NULL, 0, NULL, 0 } };
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (option) {
		case 'r':
			options->rate = atof(optarg);
			break;
		case 'c':
			options->clients = atol(optarg);
			break;
		case 't':
			options->total = atol(optarg);
			break;
		case 'q':
			set_request(options, optarg);
			break;
		case 'h':
			options->half_close = true;
			break;
		case 'f':
			options->first_byte = true;
			break;
		case 'o':
			options->timeout_ns = atol(optarg) * SECOND_NS;
			break;
		case 'e':
			options->each = fopen(optarg, "we");
			if (!options->each)
				return false;
			break;
		default:
			return false;
		}
	}
	if (optind != argc - 2 || options->total <= 0 ||
	    (options->rate <= 0 && options->clients <= 0) ||
	    inet_pton(AF_INET, argv[optind], &options->address.sin_addr) != 1)
		return false;
	options->address.sin_family = AF_INET;
	options->address.sin_port = htons((uint16_t)atoi(argv[optind + 1]));
	return true;
}

int main(int argc, char **argv)
{
	static struct run run = { .options = { .timeout_ns = 10 * SECOND_NS } };
	struct rlimit limit = { 16384, 16384 };
	int64_t begun;

	if (!parse(argc, argv, &run.options)) {
		fprintf(stderr,
			"usage: load (--rate R | --clients C) --total N [--request TEXT] "
			"[--half-close] [--first-byte] [--timeout S] [--each FILE] HOST PORT\n");
		return 100;
	}
	(void)!setrlimit(RLIMIT_NOFILE, &limit);
	run.places = run.options.rate > 0 ? 8192 : run.options.clients;
	run.clients = calloc((size_t)run.places, sizeof(*run.clients));
	for (int i = 0; i < FIGURES; i++)
		run.samples[i] = calloc((size_t)run.options.total, sizeof(double));
	for (int32_t i = 0; i < run.places; i++)
		run.clients[i].next = i + 1 < run.places ? i + 1 : -1;
	run.oldest = run.newest = -1;
	run.poll = epoll_create1(EPOLL_CLOEXEC);
	begun = now_ns();
	go(&run);
	print(&run, (double)(now_ns() - begun) / 1e9);
	return 0;
}

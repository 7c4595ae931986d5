/* SPDX-License-Identifier: ISC */
/*
 * The client of the tests: one connection in the ways that polite and impolite clients behave, many
 * at once, or a closed loop that measures. Everything ends at a deadline. Exit status: 0 as asked
 * for, 1 the connection went otherwise, 2 usage, 3 the deadline.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define BLOCK 65536
#define SECOND_NS 1000000000LL

enum mode { TALK, CONNECT_CLOSE, RESET, HALF_CLOSE_FIRST, NEVER_READ, HOLD, LOAD };

static struct {
	struct sockaddr_storage address;
	socklen_t length;
	enum mode mode;
	long count, clients, total, read_limit, pause_ms;
	int64_t deadline_ns;
	struct sockaddr_storage source;
	socklen_t source_length;
	bool tolerant;	    /* --tolerant: a reset is an answer like any other */
	bool verdict;	    /* --verdict: how it ended, on stderr */
	bool no_half_close; /* --no-half-close: the peer has to end it */
	const char *send;   /* --send TEXT: in hold and load mode, before anything is read */
} options = { .count = 1, .total = 1, .read_limit = -1 };

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND_NS + now.tv_nsec;
}

/* On a slow machine all deadlines are later: TEST_SLOW= is of tests/e2e/lib.sh. */
static int64_t deadline_in(long seconds)
{
	const char *slow = getenv("TEST_SLOW");
	long factor = slow != NULL ? atol(slow) : 1;

	return now_ns() + seconds * (factor > 0 ? factor : 1) * SECOND_NS;
}

static void die(int status, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));

static void die(int status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("client: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
	exit(status);
}

/* Milliseconds to the deadline, for poll(2): its expiry ends the program. */
static int patience(void)
{
	int64_t left = options.deadline_ns - now_ns();

	if (left <= 0)
		die(3, "deadline");
	return (int)(left / 1000000) + 1;
}

static void parse_unix(const char *path, struct sockaddr_storage *address, socklen_t *length)
{
	struct sockaddr_un *name = (struct sockaddr_un *)address;
	size_t size = strlen(path);

	if (size == 0 || size >= sizeof(name->sun_path))
		die(2, "bad path %s", path);
	name->sun_family = AF_UNIX;
	memcpy(name->sun_path, path, size);
	*length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
	if (path[0] == '@')
		name->sun_path[0] = '\0';
	else
		*length += 1;
}

static void parse_host(const char *host, const char *port, struct sockaddr_storage *address,
		       socklen_t *length)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
				  .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo *found;

	if (getaddrinfo(host, port, &hints, &found) != 0)
		die(2, "bad address %s port %s", host, port);
	memcpy(address, found->ai_addr, found->ai_addrlen);
	*length = found->ai_addrlen;
	freeaddrinfo(found);
}

/* A socket on its way; connected already when it is a unix socket. -1: refused at once. */
static int begin_connect(void)
{
	int family = options.address.ss_family;
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int small = 4096;

	if (fd < 0)
		die(1, "socket: %s", strerror(errno));
	if (options.mode == NEVER_READ)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	if (options.source_length > 0 &&
	    bind(fd, (struct sockaddr *)&options.source, options.source_length) < 0)
		die(1, "bind: %s", strerror(errno));
	/* EAGAIN: the backlog of a unix socket is full, and there is nothing to poll for. */
	while (connect(fd, (struct sockaddr *)&options.address, options.length) < 0) {
		if (errno == EINPROGRESS)
			break;
		if (errno != EAGAIN) {
			close(fd);
			return -1;
		}
		patience();
		poll(NULL, 0, 1);
	}
	return fd;
}

static int connect_error(int fd)
{
	int error = 0;
	socklen_t length = sizeof(error);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0 ? errno : error;
}

static int connect_fully(void)
{
	int fd = begin_connect(), error = fd < 0 ? errno : 0;
	struct pollfd wait = { fd, POLLOUT, 0 };

	if (fd >= 0) {
		if (poll(&wait, 1, patience()) == 0)
			die(3, "deadline while connecting");
		error = connect_error(fd);
	}
	if (error != 0)
		die(1, "connect: %s", strerror(error));
	return fd;
}

/* ---- one connection ------------------------------------------------------------------------ */

struct talk {
	int fd;
	char out[BLOCK];
	size_t held, sent;
	bool input_ended, peer_ended;
	uint64_t received;
	int error; /* errno that ended it */
};

static void fill(struct talk *talk)
{
	ssize_t count = read(0, talk->out, sizeof(talk->out));

	talk->sent = 0;
	talk->held = count > 0 ? (size_t)count : 0;
	if (count > 0)
		return;
	talk->input_ended = true;
	if (!options.no_half_close)
		shutdown(talk->fd, SHUT_WR);
}

static void transmit(struct talk *talk)
{
	ssize_t count = send(talk->fd, talk->out + talk->sent, talk->held - talk->sent,
			     MSG_NOSIGNAL | MSG_DONTWAIT);

	if (count < 0 && errno != EAGAIN) {
		/* The peer reads no more. What it still says is to be heard. */
		talk->held = talk->sent;
		talk->input_ended = true;
		if (errno != EPIPE)
			talk->error = errno;
		return;
	}
	if (count > 0)
		talk->sent += (size_t)count;
}

static void put_out(const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t count = write(1, bytes, size);

		if (count < 0 && errno != EINTR)
			die(1, "standard output: %s", strerror(errno));
		if (count > 0) {
			bytes += count;
			size -= (size_t)count;
		}
	}
}

static void receive(struct talk *talk)
{
	char bytes[BLOCK];
	ssize_t count = recv(talk->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (count > 0) {
		put_out(bytes, (size_t)count);
		talk->received += (uint64_t)count;
	} else if (count == 0) {
		talk->peer_ended = true;
	} else if (errno != EAGAIN) {
		talk->error = errno;
		talk->peer_ended = true;
	}
}

static int talk_to_the_end(int fd)
{
	static struct talk talk;
	struct stat input;

	talk.fd = fd;
	if (options.send) {
		snprintf(talk.out, sizeof(talk.out), "%s\n", options.send);
		talk.held = strlen(talk.out);
	}
	if (options.mode == HALF_CLOSE_FIRST) {
		shutdown(fd, SHUT_WR);
		talk.input_ended = true;
	}
	/* epoll knows no regular files, poll does: always readable. */
	if (fstat(0, &input) < 0)
		talk.input_ended = true;
	while (!talk.peer_ended) {
		bool reads = !talk.input_ended && talk.sent == talk.held;
		struct pollfd wait[2] = { { reads ? 0 : -1, POLLIN, 0 }, { fd, POLLIN, 0 } };

		if (talk.sent < talk.held)
			wait[1].events |= POLLOUT;
		if (poll(wait, 2, patience()) == 0)
			die(3, "deadline after %" PRIu64 " bytes", talk.received);
		if (wait[0].revents)
			fill(&talk);
		if (wait[1].revents & POLLOUT)
			transmit(&talk);
		if (wait[1].revents & (POLLIN | POLLHUP | POLLERR))
			receive(&talk);
		if (options.read_limit >= 0 && talk.received >= (uint64_t)options.read_limit)
			break;
	}
	if (options.verdict)
		fprintf(stderr, "end %s bytes %" PRIu64 "\n",
			talk.error ? strerror(talk.error) : "eof", talk.received);
	return talk.error && !options.tolerant ? 1 : 0;
}

static void reset(int fd)
{
	struct linger at_once = { 1, 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
}

static void wait_for_input_end(void)
{
	struct pollfd wait = { 0, POLLIN, 0 };
	char bytes[256];

	for (;;) {
		if (poll(&wait, 1, patience()) == 0)
			die(3, "deadline");
		if (read(0, bytes, sizeof(bytes)) <= 0)
			return;
	}
}

static void send_greeting(int fd)
{
	if (options.send && (send(fd, options.send, strlen(options.send), MSG_NOSIGNAL) < 0 ||
			     send(fd, "\n", 1, MSG_NOSIGNAL) < 0))
		die(1, "send: %s", strerror(errno));
}

/* Connects and holds, reading nothing, until standard input ends; then reset. */
static int never_read(void)
{
	int *fds = calloc((size_t)options.count, sizeof(*fds));

	for (long i = 0; i < options.count; i++) {
		fds[i] = connect_fully();
		send_greeting(fds[i]);
	}
	puts("connected");
	fflush(stdout);
	wait_for_input_end();
	for (long i = 0; i < options.count; i++)
		reset(fds[i]);
	free(fds);
	return 0;
}

/* ---- many at once -------------------------------------------------------------------------- */

static void await_first_bytes(struct pollfd *all, long count)
{
	long waiting = count;

	while (waiting > 0) {
		if (poll(all, (nfds_t)count, patience()) == 0)
			die(3, "deadline: %ld of %ld have not answered", waiting, count);
		for (long i = 0; i < count; i++) {
			char byte;
			ssize_t got;

			if (all[i].fd < 0 || !all[i].revents)
				continue;
			got = recv(all[i].fd, &byte, 1, MSG_DONTWAIT);
			if (got < 0 && errno == EAGAIN)
				continue;
			if (got != 1)
				die(1, "connection %ld ended without an answer: %s", i,
				    got < 0 ? strerror(errno) : "end of file");
			all[i].fd = ~all[i].fd; /* poll(2) passes negative ones over */
			waiting--;
		}
	}
}

static void count_ends(struct pollfd *all, long count)
{
	long ends = 0, resets = 0;
	char bytes[4096];

	for (long i = 0; i < count; i++) {
		struct pollfd wait = { ~all[i].fd, POLLIN, 0 };
		ssize_t got = 1;

		shutdown(wait.fd, SHUT_WR);
		while (got > 0) {
			if (poll(&wait, 1, patience()) == 0)
				die(3, "deadline: connection %ld does not end", i);
			got = recv(wait.fd, bytes, sizeof(bytes), 0);
		}
		if (got == 0)
			ends++;
		else
			resets++;
		close(wait.fd);
	}
	printf("ended %ld reset %ld\n", ends, resets);
}

/*
 * Opens all, or --clients of them at a time, waits until each has answered, holds them until
 * standard input ends, ends them.
 */
static int hold(void)
{
	struct pollfd *all = calloc((size_t)options.count, sizeof(*all));
	long first = 0;

	for (long i = 0; i < options.count; i++) {
		all[i].fd = connect_fully();
		all[i].events = POLLIN;
		send_greeting(all[i].fd);
		if (i + 1 - first == options.clients) {
			await_first_bytes(all + first, options.clients);
			first = i + 1;
		}
	}
	printf("connected %ld\n", options.count);
	fflush(stdout);
	await_first_bytes(all + first, options.count - first);
	printf("held %ld\n", options.count);
	fflush(stdout);
	wait_for_input_end();
	count_ends(all, options.count);
	free(all);
	return 0;
}

/* ---- a closed loop that measures ----------------------------------------------------------- */

struct runner {
	int fd;
	int64_t begun_ns;
	bool answered;
};

struct load {
	int epoll;
	long begun, ended, errors;
	int64_t *first_ns; /* of each connection that answered */
	long answered;
	int last_error;
};

static bool begin(struct load *load, struct runner *runner)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = runner };

	while (load->begun < options.total) {
		load->begun++;
		runner->answered = false;
		runner->begun_ns = now_ns();
		runner->fd = begin_connect();
		if (runner->fd >= 0) {
			if (options.send)
				event.events |= EPOLLOUT | EPOLLONESHOT;
			epoll_ctl(load->epoll, EPOLL_CTL_ADD, runner->fd, &event);
			return true;
		}
		load->last_error = errno;
		load->errors++;
		load->ended++;
	}
	runner->fd = -1;
	return false;
}

static void finish(struct load *load, struct runner *runner, int error)
{
	if (error != 0 || !runner->answered) {
		load->errors++;
		load->last_error = error;
	}
	close(runner->fd);
	load->ended++;
	if (options.pause_ms > 0)
		poll(NULL, 0, (int)options.pause_ms);
	begin(load, runner);
}

static void step(struct load *load, struct runner *runner, uint32_t events)
{
	char bytes[BLOCK];
	ssize_t count;

	if (options.send && (events & EPOLLOUT)) {
		struct epoll_event event = { .events = EPOLLIN, .data.ptr = runner };

		if (send(runner->fd, options.send, strlen(options.send), MSG_NOSIGNAL) < 0 ||
		    send(runner->fd, "\n", 1, MSG_NOSIGNAL) < 0) {
			finish(load, runner, errno);
			return;
		}
		shutdown(runner->fd, SHUT_WR);
		epoll_ctl(load->epoll, EPOLL_CTL_MOD, runner->fd, &event);
		return;
	}
	count = recv(runner->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (count < 0 && errno == EAGAIN)
		return;
	if (count > 0 && !runner->answered) {
		runner->answered = true;
		load->first_ns[load->answered++] = now_ns() - runner->begun_ns;
	}
	if (count <= 0)
		finish(load, runner, count < 0 ? errno : 0);
}

static int compare(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

static int64_t quantile_us(const struct load *load, long per_mille)
{
	long at = load->answered * per_mille / 1000;

	if (load->answered == 0)
		return -1;
	return load->first_ns[at < load->answered ? at : load->answered - 1] / 1000;
}

static int report(struct load *load, int64_t took_ns)
{
	int64_t took_us = took_ns / 1000 + 1;

	qsort(load->first_ns, (size_t)load->answered, sizeof(*load->first_ns), compare);
	printf("connections %ld errors %ld", load->ended, load->errors);
	printf(" seconds %" PRId64 ".%03d", took_us / 1000000, (int)(took_us / 1000 % 1000));
	printf(" per_second %" PRId64, load->answered * 1000000 / took_us);
	printf(" p50_us %" PRId64 " p90_us %" PRId64 " p99_us %" PRId64 " max_us %" PRId64 "\n",
	       quantile_us(load, 500), quantile_us(load, 900), quantile_us(load, 990),
	       quantile_us(load, 1000));
	if (load->errors > 0)
		fprintf(stderr, "client: last error: %s\n",
			load->last_error ? strerror(load->last_error) : "end without an answer");
	return load->errors > 0 && !options.tolerant ? 1 : 0;
}

static int run_load(void)
{
	struct load load = { .epoll = epoll_create1(EPOLL_CLOEXEC) };
	long clients = options.clients > 0 ? options.clients : 1;
	struct runner *runners = calloc((size_t)clients, sizeof(*runners));
	struct epoll_event events[64];
	int64_t begun_ns = now_ns();
	int status;

	load.first_ns = calloc((size_t)options.total, sizeof(*load.first_ns));
	if (!runners || !load.first_ns)
		die(1, "memory");
	for (long i = 0; i < clients; i++)
		begin(&load, &runners[i]);
	while (load.ended < options.total) {
		int count = epoll_wait(load.epoll, events, 64, patience());

		if (count == 0)
			die(3, "deadline: %ld of %ld ended, %ld errors", load.ended, options.total,
			    load.errors);
		for (int i = 0; i < count; i++)
			step(&load, events[i].data.ptr, events[i].events);
	}
	status = report(&load, now_ns() - begun_ns);
	free(load.first_ns);
	free(runners);
	return status;
}

/* ---- the command line ---------------------------------------------------------------------- */

static void usage(void)
{
	fputs("usage: client [OPTION]... HOST PORT | unix:PATH | unix:@NAME\n"
	      "sends standard input, half-closes, prints the answer; instead:\n"
	      "  --connect-close      connects and closes (--count times)\n"
	      "  --reset              connects and resets (--count times)\n"
	      "  --half-close-first   half-closes before it reads\n"
	      "  --never-read         holds --count connections until standard input ends\n"
	      "  --hold               the same, after each has answered with a byte;\n"
	      "                       --clients C: with no more than C waiting for theirs\n"
	      "  --load               --clients C, --total N: each to first byte, to the end;\n"
	      "                       --pause-ms M between them (of one client)\n"
	      "and: --deadline SECONDS --source HOST --send TEXT --read-limit BYTES --tolerant\n"
	      "     --verdict --no-half-close\n",
	      stderr);
	exit(2);
}

static long positive(const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*end != '\0' || value < 0)
		usage();
	return value;
}

static const struct option long_options[] = {
	{ "connect-close", no_argument, NULL, 'c' },
	{ "reset", no_argument, NULL, 'r' },
	{ "half-close-first", no_argument, NULL, 'f' },
	{ "never-read", no_argument, NULL, 'n' },
	{ "hold", no_argument, NULL, 'h' },
	{ "load", no_argument, NULL, 'l' },
	{ "count", required_argument, NULL, 'N' },
	{ "clients", required_argument, NULL, 'C' },
	{ "total", required_argument, NULL, 'T' },
	{ "pause-ms", required_argument, NULL, 'P' },
	{ "deadline", required_argument, NULL, 'd' },
	{ "source", required_argument, NULL, 's' },
	{ "send", required_argument, NULL, 'S' },
	{ "read-limit", required_argument, NULL, 'L' },
	{ "tolerant", no_argument, NULL, 't' },
	{ "verdict", no_argument, NULL, 'v' },
	{ "no-half-close", no_argument, NULL, 'H' },
	{ NULL, 0, NULL, 0 },
};

static bool take_mode(int letter)
{
	static const char letters[] = "crfnhl";
	static const enum mode modes[] = { CONNECT_CLOSE, RESET, HALF_CLOSE_FIRST,
					   NEVER_READ,	  HOLD,	 LOAD };
	const char *at = strchr(letters, letter);

	if (at && letter)
		options.mode = modes[at - letters];
	return at && letter;
}

static void take_option(int letter)
{
	if (take_mode(letter))
		return;
	switch (letter) {
	case 'N':
		options.count = positive(optarg);
		break;
	case 'C':
		options.clients = positive(optarg);
		break;
	case 'T':
		options.total = positive(optarg);
		break;
	case 'P':
		options.pause_ms = positive(optarg);
		break;
	case 'd':
		options.deadline_ns = deadline_in(positive(optarg));
		break;
	case 's':
		if (strchr(optarg, '/'))
			parse_unix(optarg, &options.source, &options.source_length);
		else
			parse_host(optarg, "0", &options.source, &options.source_length);
		break;
	case 'S':
		options.send = optarg;
		break;
	case 'L':
		options.read_limit = positive(optarg);
		break;
	case 't':
		options.tolerant = true;
		break;
	case 'v':
		options.verdict = true;
		break;
	case 'H':
		options.no_half_close = true;
		break;
	default:
		usage();
	}
}

static void lift_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int main(int argc, char **argv)
{
	int letter;

	options.deadline_ns = deadline_in(30);
	while ((letter = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		take_option(letter);
	if (argc - optind == 1 && strncmp(argv[optind], "unix:", 5) == 0)
		parse_unix(argv[optind] + 5, &options.address, &options.length);
	else if (argc - optind == 2)
		parse_host(argv[optind], argv[optind + 1], &options.address, &options.length);
	else
		usage();
	signal(SIGPIPE, SIG_IGN);
	lift_descriptor_limit();
	switch (options.mode) {
	case CONNECT_CLOSE:
		for (long i = 0; i < options.count; i++)
			close(connect_fully());
		return 0;
	case RESET:
		for (long i = 0; i < options.count; i++)
			reset(connect_fully());
		return 0;
	case NEVER_READ:
		return never_read();
	case HOLD:
		return hold();
	case LOAD:
		return run_load();
	default:
		return talk_to_the_end(connect_fully());
	}
}

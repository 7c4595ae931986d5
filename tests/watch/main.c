/* SPDX-License-Identifier: ISC */
/*
 * Drives the hostile program: a connection (or two) for each probe, and one line about it,
 *     result NAME PROMISE FLAGS MS LEAK|held|silent HOST DETAIL
 * HOST is what the host's side saw ("-": nothing), DETAIL the program's own report. It decides: a
 * probe is held if it says so and nothing was seen.
 *
 *     watch run --to PORT|unix:PATH [--neighbour PORT] [--sibling PORT] [--log FILE] [--quick]
 *               [--patience-ms N] [--spare N] --program FILE --report FILE [PROBE]...
 *     watch serve PORT|unix:PATH PROGRAM      the control's inetd
 */
#define _GNU_SOURCE
#include "watch.h"

#include "../hostile/world.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 8000     /* for a report, and for the end of those that do not end */
#define UNREAD_MS 3500	     /* so long does the driver not read either */
#define SIBLING_EACH 12	     /* probes, and after each that is after the daemon */
#define LATE_MS 1100	     /* survivors speak after 600 */
#define GONE_MS 2500	     /* a container's processes, after its connection */
#define SERVED_MS 5000	     /* another service's answer */
#define LOG_MOST (512 << 10) /* bytes of log that one connection may cause */
#define TICK_MS 15

struct seen seen;

static struct {
	const char *to, *log, *program, *report;
	int neighbour, sibling;
	bool quick; /* without those that wait for a deadline */
	int spare;  /* so many of the program wait to be used: Warm=started */
	int patience_ms;
} options = { .patience_ms = PATIENCE_MS };

static int neighbour = -1, reports = -1;
static pid_t victim_pid;
static int64_t seen_since;

struct row {
	char name[48], promise[8];
	unsigned int flags;
};

static struct {
	bool leak, held, planted;
	char detail[256];
} said;

void die(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("watch: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
	exit(2);
}

int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- connections --------------------------------------------------------------------------- */

static int connect_inet(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&address, length) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &length) < 0)
		die("bind: %s", strerror(errno));
	/* Before the first packet, so that none of this connection is foreign. */
	capture_allow(address.sin_addr.s_addr, ntohs(address.sin_port), (uint16_t)port);
	address.sin_port = htons((uint16_t)port);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die("connect to %d: %s", port, strerror(errno));
	return fd;
}

static int connect_to(const char *to)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strncmp(to, "unix:", 5) != 0)
		return connect_inet(atoi(to));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", to + 5);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die("connect to %s: %s", to, strerror(errno));
	return fd;
}

static int order(const struct row *row, int stage)
{
	char line[128];
	int length = snprintf(line, sizeof(line), "%s %d %d\n", row->name, stage, (int)victim_pid);
	int fd = connect_to(options.to);

	if (send(fd, line, (size_t)length, MSG_NOSIGNAL) < 0)
		die("send: %s", strerror(errno));
	return fd;
}

static void send_rights(int fd)
{
	char byte = 'D', control[CMSG_SPACE(sizeof(int))] = "";
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_control = control, .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int directory = open("/run/t", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	message.msg_iov = &part;
	message.msg_iovlen = 1;
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &directory, sizeof(directory));
	if (sendmsg(fd, &message, MSG_NOSIGNAL) < 0) { /* EPERM: refused for us; then without */
		message.msg_control = NULL;
		message.msg_controllen = 0;
		sendmsg(fd, &message, MSG_NOSIGNAL);
	}
	close(directory);
}

/* ---- what is heard ------------------------------------------------------------------------- */

static void read_reports(const struct row *row)
{
	char line[512], verdict[16], name[48], *buffer = NULL;
	struct stat info;
	FILE *file;

	if (fstat(reports, &info) < 0 || info.st_size == 0)
		return;
	file = fopen(options.report, "re");
	memset(&said, 0, sizeof(said));
	while (file && fgets(line, sizeof(line), file)) {
		int at = 0;

		if (sscanf(line, "probe %47s %15s %n", name, verdict, &at) < 2 ||
		    strcmp(name, row->name) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		if (strcmp(verdict, "planted") == 0) {
			said.planted = true;
			continue;
		}
		if (strcmp(verdict, "LEAK") == 0) {
			if (!said.leak)
				snprintf(said.detail, sizeof(said.detail), "%s", line + at);
			said.leak = true;
		} else {
			if (!said.leak && !said.held)
				snprintf(said.detail, sizeof(said.detail), "%s", line + at);
			said.held = true;
		}
	}
	free(buffer);
	if (file)
		fclose(file);
}

struct line {
	int fd;
	bool ended;
	bool read; /* what it sends is read */
	char first;
};

static void hear_line(struct line *line, short events)
{
	char bytes[16384];

	if (line->read && (events & POLLIN)) {
		ssize_t count = recv(line->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

		if (count > 0 && !line->first)
			line->first = bytes[0];
		if (count == 0 || (count < 0 && errno != EAGAIN))
			line->ended = true;
	} else if (events & (POLLRDHUP | POLLHUP | POLLERR)) {
		line->ended = true;
	}
}

/* One turn: everything that can be heard, for at most a tick. */
static void turn(struct line *lines, int count)
{
	struct pollfd items[VICTIM_POLL_MAX];
	int at = 0, victims;
	char bytes[64];

	items[at++] = (struct pollfd){ .fd = capture_fd(), .events = POLLIN };
	items[at++] = (struct pollfd){ .fd = neighbour, .events = POLLIN };
	for (int i = 0; i < count; i++)
		items[at++] = (struct pollfd){
			.fd = lines[i].ended ? -1 : lines[i].fd,
			.events = (short)((lines[i].read ? POLLIN : 0) | POLLRDHUP),
		};
	victims = victims_poll(items + at);
	if (poll(items, (nfds_t)(at + victims), TICK_MS) < 0 && errno != EINTR)
		die("poll: %s", strerror(errno));
	if (items[0].revents)
		capture_hear();
	if (items[1].revents) {
		seen.neighbour = true;
		if (recv(neighbour, bytes, sizeof(bytes), MSG_DONTWAIT) == 0) {
			close(neighbour);
			neighbour = -1;
		}
	}
	for (int i = 0; i < count; i++)
		if (items[2 + i].revents)
			hear_line(&lines[i], items[2 + i].revents);
	victims_hear(items + at, victims);
	listeners_knock();
}

static void turns(int milliseconds)
{
	int64_t until = now_ms() + milliseconds;

	while (now_ms() < until)
		turn(NULL, 0);
}

/* ---- processes ----------------------------------------------------------------------------- */

/* Those of the program, by the name that execve(2) gave them. Kills them if told to. */
static int programs(bool end_them)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	int count = 0;

	while (dir && (entry = readdir(dir))) {
		char path[300], line[256] = "", *state;
		FILE *file;

		if (atoi(entry->d_name) <= 0)
			continue;
		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		file = fopen(path, "re");
		if (!file)
			continue;
		if (!fgets(line, sizeof(line), file))
			line[0] = '\0';
		fclose(file);
		state = strrchr(line, ')');
		if (!state || !strstr(line, "(hostile)") || state[2] == 'Z' || state[2] == 'X')
			continue;
		count++;
		if (end_them)
			kill(atoi(entry->d_name), SIGKILL);
	}
	if (dir)
		closedir(dir);
	return count;
}

static void await_none(void)
{
	int64_t until = now_ms() + GONE_MS;

	while (programs(false) > options.spare) {
		if (now_ms() > until) {
			seen.left = true;
			programs(true);
			return;
		}
		turn(NULL, 0);
	}
}

/* ---- a probe ------------------------------------------------------------------------------- */

static bool is_over(const struct row *row, const struct line *line, int stage)
{
	bool reported = stage == 1 && (row->flags & (TWICE | BESIDE)) ? said.planted || said.held
								      : said.leak || said.held;

	if (row->flags & (SLOW | CGROUP)) /* which may be the end of the whole container */
		return line->ended;
	if (stage == 1 && (row->flags & BESIDE))
		return reported;
	return line->ended && reported;
}

static void converse(const struct row *row, struct line *lines, int count, int stage)
{
	struct line *line = &lines[count - 1];
	int64_t until = now_ms() + options.patience_ms;
	bool done = false;

	while (!is_over(row, line, stage) && now_ms() < until) {
		turn(lines, count);
		read_reports(row);
		/* What is in the way of its end is what was not read. */
		if ((row->flags & SLOW) && now_ms() > until - options.patience_ms + UNREAD_MS)
			line->read = true;
		if (!done && line->first == 'R' && (row->flags & RESET)) {
			struct linger now = { 1, 0 };

			setsockopt(line->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
			close(line->fd);
			line->fd = -1;
			line->ended = done = true;
		}
		if (!done && line->first == 'G' && (row->flags & RIGHTS)) {
			send_rights(line->fd);
			done = true;
		}
	}
	if (!line->ended && !(stage == 1 && (row->flags & BESIDE)))
		seen.endless = true;
}

static struct line open_line(const struct row *row, int stage)
{
	return (struct line){ .fd = order(row, stage), .read = !(row->flags & SLOW) };
}

static void close_line(struct line *line)
{
	if (line->fd >= 0)
		close(line->fd);
	line->fd = -1;
}

static void ask_sibling(void)
{
	struct line line;
	int64_t until = now_ms() + SERVED_MS;

	if (options.sibling == 0)
		return;
	line = (struct line){ .fd = connect_inet(options.sibling), .read = true };
	shutdown(line.fd, SHUT_WR);
	while (!line.ended && now_ms() < until)
		turn(&line, 1);
	if (!line.ended || !line.first)
		seen.unserved = true;
	close_line(&line);
}

static long log_length(void)
{
	struct stat info;

	return options.log && stat(options.log, &info) == 0 ? (long)info.st_size : 0;
}

/* A line that begins as the program wrote it: nobody has marked it as the program's. */
static bool log_forged(long from)
{
	FILE *file = options.log ? fopen(options.log, "re") : NULL;
	char *line = NULL;
	size_t size = 0;
	bool forged = false;

	if (!file)
		return false;
	if (fseek(file, from, SEEK_SET) == 0)
		while (getline(&line, &size, file) > 0 && !forged)
			forged = strncmp(line, "2030-01-01T", 11) == 0 || strchr(line, '\033');
	free(line);
	fclose(file);
	return forged;
}

static void probe(const struct row *row)
{
	static int asked_after;
	struct line lines[2];
	long log_from = log_length();
	int count = 1;

	turns(2 * TICK_MS); /* the last packets of the one before are not this one's */
	memset(&seen, 0, sizeof(seen));
	memset(&said, 0, sizeof(said));
	seen_since = now_ms();
	if (ftruncate(reports, 0) < 0)
		die("%s: %s", options.report, strerror(errno));
	lines[0] = open_line(row, 1);
	converse(row, lines, 1, 1);
	if (row->flags & TWICE) {
		close_line(&lines[0]);
		lines[0] = open_line(row, 2);
		converse(row, lines, 1, 2);
	}
	if (row->flags & BESIDE) {
		lines[count++] = open_line(row, 2);
		converse(row, lines, count, 2);
		shutdown(lines[0].fd, SHUT_WR);
		lines[0].ended = false;
		for (int64_t until = now_ms() + GONE_MS; !lines[0].ended && now_ms() < until;)
			turn(lines, 1);
	}
	for (int i = 0; i < count; i++)
		close_line(&lines[i]);
	if (seen.endless)
		programs(true);
	if (row->flags & LATE)
		turns(LATE_MS);
	await_none();
	if (strcmp(row->promise, "P7") == 0 || asked_after++ % SIBLING_EACH == 0)
		ask_sibling();
	turns(TICK_MS);
	read_reports(row);
	seen.log_bytes = log_length() - log_from;
	seen.forged = log_forged(log_from);
	victims_forget();
}

static void add_word(char *text, size_t size, const char *word)
{
	size_t length = strlen(text);

	snprintf(text + length, size - length, "%s%s", length > 0 ? "," : "", word);
}

static void tell(const struct row *row)
{
	char host[512] = "", word[160];

	for (int i = 0; i < VICTIM_KINDS; i++)
		if (seen.victims & 1u << i) {
			snprintf(word, sizeof(word), "victim-%s", victim_name((enum victim_kind)i));
			add_word(host, sizeof(host), word);
		}
	if (seen.foreign > 0) {
		snprintf(word, sizeof(word), "packets-%u(%s)", seen.foreign, seen.packet);
		add_word(host, sizeof(host), word);
	}
	if (seen.knocked)
		add_word(host, sizeof(host), "listener");
	if (seen.signalled)
		add_word(host, sizeof(host), "signal");
	if (seen.neighbour)
		add_word(host, sizeof(host), "neighbour");
	if (seen.unserved)
		add_word(host, sizeof(host), "unserved");
	if (seen.left)
		add_word(host, sizeof(host), "processes");
	if (seen.endless)
		add_word(host, sizeof(host), "endless");
	if (seen.forged)
		add_word(host, sizeof(host), "forged");
	if (seen.log_bytes > LOG_MOST) {
		snprintf(word, sizeof(word), "log-%ld", seen.log_bytes);
		add_word(host, sizeof(host), word);
	}
	printf("result %s %s %u %d %s %s %s\n", row->name, row->promise, row->flags,
	       (int)(now_ms() - seen_since),
	       said.leak || host[0]			     ? "LEAK"
	       : said.held || (row->flags & (SLOW | CGROUP)) ? "held"
							     : "silent",
	       host[0] ? host : "-", said.detail);
	fflush(stdout);
}

static bool is_wanted(const struct row *row, char **names)
{
	unsigned int kind = strncmp(options.to, "unix:", 5) == 0 ? ON_UNIX : ON_TCP;

	if (!(row->flags & kind) || (options.quick && (row->flags & SLOW)))
		return false;
	if (!*names)
		return true;
	for (; *names; names++)
		if (strcmp(*names, row->name) == 0)
			return true;
	return false;
}

static void run(char **names)
{
	static struct row rows[512];
	char command[512], line[256];
	int count = 0;
	FILE *list;

	snprintf(command, sizeof(command), "%s list", options.program);
	list = popen(command, "re");
	while (list && count < 512 && fgets(line, sizeof(line), list))
		if (sscanf(line, "%47s %7s %u", rows[count].name, rows[count].promise,
			   &rows[count].flags) == 3)
			count++;
	if (!list || pclose(list) != 0 || count == 0)
		die("%s list: nothing", options.program);
	for (int i = 0; i < count; i++)
		if (is_wanted(&rows[i], names)) {
			probe(&rows[i]);
			tell(&rows[i]);
		}
}

static void open_all(void)
{
	char byte;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGURG, SIG_IGN);
	reports = open(options.report, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (reports < 0 || fchmod(reports, 0666) < 0)
		die("%s: %s", options.report, strerror(errno));
	capture_open();
	victims_open();
	victim_pid = victim_process();
	listeners_baseline();
	if (options.neighbour > 0) {
		neighbour = connect_inet(options.neighbour);
		if (recv(neighbour, &byte, 1, 0) != 1)
			die("the neighbour does not speak");
	}
}

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{ "to", required_argument, NULL, 't' },
		{ "neighbour", required_argument, NULL, 'n' },
		{ "sibling", required_argument, NULL, 's' },
		{ "log", required_argument, NULL, 'l' },
		{ "program", required_argument, NULL, 'p' },
		{ "report", required_argument, NULL, 'r' },
		{ "quick", no_argument, NULL, 'q' },
		{ "spare", required_argument, NULL, 'S' },
		{ "patience-ms", required_argument, NULL, 'P' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	if (argc > 3 && strcmp(argv[1], "serve") == 0)
		serve(argv[2], argv + 3);
	if (argc < 2 || strcmp(argv[1], "run") != 0)
		die("run or serve");
	optind = 2;
	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1)
		switch (option) {
		case 't':
			options.to = optarg;
			break;
		case 'n':
			options.neighbour = atoi(optarg);
			break;
		case 's':
			options.sibling = atoi(optarg);
			break;
		case 'l':
			options.log = optarg;
			break;
		case 'p':
			options.program = optarg;
			break;
		case 'r':
			options.report = optarg;
			break;
		case 'q':
			options.quick = true;
			break;
		case 'S':
			options.spare = atoi(optarg);
			break;
		case 'P':
			options.patience_ms = atoi(optarg);
			break;
		default:
			die("usage");
		}
	if (!options.to || !options.program || !options.report)
		die("--to, --program and --report");
	open_all();
	run(argv + optind);
	printf("drops %u\n", capture_drops());
	return 0;
}

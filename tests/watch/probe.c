/* SPDX-License-Identifier: ISC */
/*
 * One probe, or several at once: a connection (or two) for each, everything heard that can be heard
 * meanwhile, and what is left afterwards. No wait is longer than what it waits for: packets on "lo"
 * are captured while they are sent, and a process that is gone sends no more.
 */
#define _GNU_SOURCE
#include "watch.h"

#include "../hostile/world.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNREAD_MS 3500	/* so long does the driver not read either */
#define SIBLING_EACH 12 /* probes, and after each that is after the daemon */
#define LATE_MS 1100	/* survivors speak after 600 */
#define GONE_MS 2500	/* a container's processes, after its connection */
#define SERVED_MS 5000	/* another service's answer */
#define LOG_LATE_MS 30	/* what a program said, until it is in the log */
#define TICK_MS 5
#define TURNS_MOST 50

static int neighbour = -1, reports = -1;
static long log_looked_at; /* bytes */

/* What is longer for one that is given more patience, and never shorter. */
static int at_pace(int milliseconds)
{
	return options.patience_ms > PATIENCE_MS
		       ? (int)((int64_t)milliseconds * options.patience_ms / PATIENCE_MS)
		       : milliseconds;
}

/* ---- what is heard ------------------------------------------------------------------------- */

static struct row *row_of(const char *name, struct row **rows, int count)
{
	for (int i = 0; i < count; i++)
		if (strcmp(rows[i]->name, name) == 0)
			return rows[i];
	return NULL;
}

static void read_report(struct row *row, const char *verdict, const char *detail)
{
	bool leak = strcmp(verdict, "LEAK") == 0;

	if (strcmp(verdict, "planted") == 0) {
		row->planted = true;
		return;
	}
	if (!row->leak && (leak || !row->held))
		snprintf(row->detail, sizeof(row->detail), "%s", detail);
	if (leak)
		row->leak = true;
	else
		row->held = true;
}

static void read_reports(struct row **rows, int count)
{
	char line[512], verdict[16], name[48];
	struct stat info;
	FILE *file;

	if (fstat(reports, &info) < 0 || info.st_size == 0)
		return;
	file = fopen(options.report, "re");
	for (int i = 0; i < count; i++)
		rows[i]->leak = rows[i]->held = rows[i]->planted = false;
	while (file && fgets(line, sizeof(line), file)) {
		struct row *row;
		int at = 0;

		if (sscanf(line, "probe %47s %15s %n", name, verdict, &at) < 2)
			continue;
		line[strcspn(line, "\n")] = '\0';
		row = row_of(name, rows, count);
		if (row)
			read_report(row, verdict, line + at);
	}
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

/* One turn: everything that can be heard, for at most so long. How many could be heard. */
static int turn_for(struct line *lines, int count, int milliseconds)
{
	struct pollfd items[VICTIM_POLL_MAX];
	int at = 0, ready, victims;
	char bytes[64];

	items[at++] = (struct pollfd){ .fd = capture_fd(), .events = POLLIN };
	items[at++] = (struct pollfd){ .fd = neighbour, .events = POLLIN };
	for (int i = 0; i < count; i++)
		items[at++] = (struct pollfd){
			.fd = lines[i].ended ? -1 : lines[i].fd,
			.events = (short)((lines[i].read ? POLLIN : 0) | POLLRDHUP),
		};
	victims = victims_poll(items + at);
	ready = poll(items, (nfds_t)(at + victims), milliseconds);
	if (ready < 0 && errno != EINTR)
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
	return ready;
}

static void turn(struct line *lines, int count)
{
	turn_for(lines, count, TICK_MS);
}

/* What is there already, and no more. */
static void settle(void)
{
	for (int i = 0; i < TURNS_MOST && turn_for(NULL, 0, 0) > 0; i++)
		;
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
	int64_t until = now_ms() + at_pace(GONE_MS);

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
	bool reported = stage == 1 && (row->flags & (TWICE | BESIDE)) ? row->planted || row->held
								      : row->leak || row->held;

	if (row->flags & (SLOW | CGROUP)) /* which may be the end of the whole container */
		return line->ended;
	if (stage == 1 && (row->flags & BESIDE))
		return reported;
	return line->ended && reported;
}

static void reset_line(struct line *line)
{
	struct linger now = { 1, 0 };

	setsockopt(line->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(line->fd);
	line->fd = -1;
	line->ended = true;
}

static void converse(struct row *row, struct line *lines, int count, int stage)
{
	struct line *line = &lines[count - 1];
	int64_t until = now_ms() + options.patience_ms;
	bool sent = false;

	while (!is_over(row, line, stage) && now_ms() < until) {
		turn(lines, count);
		read_reports(&row, 1);
		if (line->first == 'R' && (row->flags & RESET) && line->fd >= 0)
			reset_line(line);
		if (!sent && line->first == 'G' && (row->flags & RIGHTS)) {
			send_rights(line->fd);
			sent = true;
		}
	}
	if (!line->ended && !(stage == 1 && (row->flags & BESIDE)))
		row->endless = true;
}

static struct line open_line(const struct row *row, int stage)
{
	return (struct line){ .fd = order_probe(row, stage), .read = !(row->flags & SLOW) };
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
	int64_t until = now_ms() + at_pace(SERVED_MS);

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
static void look_at_log(void)
{
	FILE *file = options.log ? fopen(options.log, "re") : NULL;
	char *line = NULL;
	size_t size = 0;

	if (!file)
		return;
	seen.log_bytes = log_length() - log_looked_at;
	if (fseek(file, log_looked_at, SEEK_SET) == 0)
		while (getline(&line, &size, file) > 0)
			seen.forged |=
				strncmp(line, "2030-01-01T", 11) == 0 || strchr(line, '\033');
	log_looked_at += seen.log_bytes;
	free(line);
	fclose(file);
}

static int64_t begin(void)
{
	settle(); /* the last packets of the one before are not this one's */
	memset(&seen, 0, sizeof(seen));
	if (ftruncate(reports, 0) < 0)
		die("%s: %s", options.report, strerror(errno));
	return now_ms();
}

static void finish(struct row **rows, int count, int64_t begun_ms)
{
	static int asked_after;
	bool by_daemon = strcmp(rows[0]->promise, "P7") == 0;

	if (rows[0]->flags & LATE)
		turns(LATE_MS);
	await_none();
	if (by_daemon || asked_after++ % SIBLING_EACH == 0)
		ask_sibling();
	if (by_daemon)
		turns(LOG_LATE_MS);
	settle();
	read_reports(rows, count);
	look_at_log();
	victims_forget();
	for (int i = 0; i < count; i++)
		rows[i]->took_ms = (int)(now_ms() - begun_ms);
}

void probe(struct row *row)
{
	struct line lines[2];
	int64_t begun_ms = begin(), until;
	int count = 1;

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
		until = now_ms() + at_pace(GONE_MS);
		while (!lines[0].ended && now_ms() < until)
			turn(lines, 1);
	}
	for (int i = 0; i < count; i++)
		close_line(&lines[i]);
	if (row->endless)
		programs(true);
	finish(&row, 1, begun_ms);
}

bool can_be_together(const struct row *row)
{
	return (row->flags & SLOW) || ((row->flags & LATE) && !options.apart);
}

void probe_together(struct row **rows, int count)
{
	struct line lines[TOGETHER_MOST];
	int64_t begun_ms = begin(), unread = begun_ms + UNREAD_MS;
	bool over = false, endless = false;

	for (int i = 0; i < count; i++)
		lines[i] = open_line(rows[i], 1);
	while (!over && now_ms() < begun_ms + options.patience_ms) {
		turn(lines, count);
		read_reports(rows, count);
		over = true;
		for (int i = 0; i < count; i++) {
			/* What is in the way of its end is what was not read. */
			lines[i].read |= now_ms() > unread;
			over = over && is_over(rows[i], &lines[i], 1);
		}
	}
	for (int i = 0; i < count; i++) {
		rows[i]->endless = !lines[i].ended;
		endless |= rows[i]->endless;
		close_line(&lines[i]);
	}
	if (endless)
		programs(true);
	finish(rows, count, begun_ms);
}

void probes_open(void)
{
	char byte;

	reports = open(options.report, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (reports < 0 || fchmod(reports, 0666) < 0)
		die("%s: %s", options.report, strerror(errno));
	log_looked_at = log_length();
	if (options.neighbour > 0) {
		neighbour = connect_inet(options.neighbour);
		if (recv(neighbour, &byte, 1, 0) != 1)
			die("the neighbour does not speak");
	}
}

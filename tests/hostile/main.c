/* SPDX-License-Identifier: ISC */
/*
 * The hostile suite's program: reads which probe it is to be, runs it, reports. Also `list`: the
 * probes with their promises and flags, for the drivers. See hostile.h.
 */
#define _GNU_SOURCE
#include "hostile.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int passed, answers;
const struct probe *current;
int stage = 1;
pid_t victim;

static int report = 2;
static int *reported; /* shared with the children of a probe */

static const struct probe *const tables[] = {
	aim_probes,    ring_probes,  foreign_probes, ask_probes,    option_probes,
	family_probes, tree_probes,  mount_probes,   kernel_probes, other_probes,
	bound_probes,  later_probes, beside_probes,  daemon_probes,
};

/* ---- reports ------------------------------------------------------------------------------- */

static void write_report(const char *verdict, const char *format, va_list arguments)
{
	char line[512];
	int length = snprintf(line, sizeof(line), "probe %s %s ", current->name, verdict);

	length += vsnprintf(line + length, sizeof(line) - (size_t)length - 1, format, arguments);
	if (length > (int)sizeof(line) - 2)
		length = sizeof(line) - 2;
	line[length++] = '\n';
	(*reported)++;
	if (write(report, line, (size_t)length) < 0)
		_exit(98);
}

void leak(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_report("LEAK", format, arguments);
	va_end(arguments);
}

void held(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_report("held", format, arguments);
	va_end(arguments);
}

static void plant(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_report("planted", format, arguments);
	va_end(arguments);
}

void planted(void)
{
	plant("stage %d", stage);
}

bool leak_if(bool succeeded, const char *what)
{
	int code = errno;

	if (succeeded)
		leak("%s", what);
	else
		held("%s: %s", what, strerror(code));
	return succeeded;
}

/* ---- children ------------------------------------------------------------------------------ */

static void run_child(void (*run)(void), bool leave_mounts)
{
	int status;
	pid_t child = fork();

	if (child < 0) {
		held("fork: %s", strerror(errno));
		return;
	}
	if (child == 0) {
		if (leave_mounts && unshare(CLONE_NEWNS) == 0)
			mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
		run();
		_exit(0);
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status) && *reported == 0)
		held("killed by signal %d", WTERMSIG(status));
}

void in_child(void (*run)(void))
{
	run_child(run, false);
}

void in_child_mounts(void (*run)(void))
{
	run_child(run, true);
}

void pause_ms(int milliseconds)
{
	struct timespec left = { milliseconds / 1000, milliseconds % 1000 * 1000000L };

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

void wait_for_client(void)
{
	char bytes[64];
	ssize_t count;

	do
		count = read(passed, bytes, sizeof(bytes));
	while (count > 0 || (count < 0 && errno == EINTR));
}

/* ---- the passed socket --------------------------------------------------------------------- */

int unaim(void)
{
	struct sockaddr_storage nowhere = { .ss_family = AF_UNSPEC };

	return connect(passed, (struct sockaddr *)&nowhere, sizeof(struct sockaddr_in));
}

int aim(int fd)
{
	struct sockaddr_in there = { .sin_family = AF_INET, .sin_port = htons(VICTIM_TCP) };

	there.sin_addr.s_addr = htonl(VICTIM_ADDRESS);
	return connect(fd, (struct sockaddr *)&there, sizeof(there));
}

bool reaches(int fd)
{
	struct pollfd item = { .fd = fd, .events = POLLIN };
	char answer[16];
	ssize_t count;

	if (send(fd, current->name, strlen(current->name), MSG_NOSIGNAL) < 0)
		return false;
	if (poll(&item, 1, 1000) <= 0)
		return false;
	count = recv(fd, answer, sizeof(answer) - 1, MSG_DONTWAIT);
	return count >= (ssize_t)strlen(VICTIM_ANSWER) &&
	       memcmp(answer, VICTIM_ANSWER, strlen(VICTIM_ANSWER)) == 0;
}

bool knocked(int fd, int milliseconds)
{
	struct pollfd item = { .fd = fd, .events = POLLIN };
	char word[16] = "";
	int accepted;

	if (poll(&item, 1, milliseconds) <= 0)
		return false;
	accepted = accept(fd, NULL, NULL);
	if (accepted < 0)
		return false;
	item.fd = accepted;
	if (poll(&item, 1, 500) > 0 && recv(accepted, word, sizeof(word) - 1, 0) < 0)
		word[0] = '\0';
	close(accepted);
	return strncmp(word, KNOCK, strlen(KNOCK)) == 0;
}

/* ---- files --------------------------------------------------------------------------------- */

int open_beside(const char *path, int flags)
{
	char outside[128];
	int fd = open(path, flags | O_CLOEXEC);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	snprintf(outside, sizeof(outside), "/run/t/root%s", path);
	return open(outside, flags | O_CLOEXEC);
}

bool is_secret(int fd)
{
	char bytes[sizeof(SECRET)] = "";
	ssize_t count;

	if (fd < 0)
		return false;
	count = read(fd, bytes, sizeof(bytes) - 1);
	close(fd);
	return count == sizeof(SECRET) - 1 && strcmp(bytes, SECRET) == 0;
}

bool write_back(const char *path)
{
	char bytes[4096];
	ssize_t count = 0;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd >= 0) {
		count = read(fd, bytes, sizeof(bytes));
		if (count <= 0 || lseek(fd, 0, SEEK_SET) != 0 ||
		    write(fd, bytes, (size_t)count) != count)
			count = -1;
		close(fd);
	}
	return fd >= 0 && count > 0;
}

/* ---- main ---------------------------------------------------------------------------------- */

static void list(void)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct probe *probe = tables[i]; probe->name; probe++)
			printf("%s %s %u %s\n", probe->name, probe->promise, probe->flags,
			       probe->blind ? probe->blind : "");
}

static const struct probe *find(const char *name)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct probe *probe = tables[i]; probe->name; probe++)
			if (strcmp(probe->name, name) == 0)
				return probe;
	return NULL;
}

/* "NAME STAGE VICTIM\n", byte by byte: what follows belongs to the probe. */
static bool read_order(void)
{
	char line[128], name[64] = "";
	size_t length = 0;
	int victim_number = 0;

	while (length < sizeof(line) - 1 && read(passed, line + length, 1) == 1)
		if (line[length++] == '\n')
			break;
	line[length] = '\0';
	if (sscanf(line, "%63s %d %d", name, &stage, &victim_number) < 1)
		return false;
	victim = victim_number;
	current = find(name);
	return current != NULL;
}

static void disturbed(int number)
{
	(void)number;
	if (write(answers, "S", 1) < 0)
		_exit(1);
}

/* Another service's connection, which says when a signal comes: it has a secret, and waits. */
static void neighbour(void)
{
	int fd = open("/tmp/secret", O_CREAT | O_WRONLY | O_CLOEXEC, 0666);

	prctl(PR_SET_NAME, "neighbour");
	if (write(fd, SECRET, sizeof(SECRET) - 1) < 0)
		_exit(1);
	signal(SIGURG, disturbed);
	signal(SIGIO, disturbed);
	if (write(answers, "N", 1) < 0)
		_exit(1);
	wait_for_client();
}

int main(int argc, char **argv)
{
	static const char *const reports[] = { REPORT_PATH, REPORT_PATH_HOST };

	if (argc > 1 && strcmp(argv[1], "list") == 0) {
		list();
		return 0;
	}
	passed = getenv("LISTEN_FDS") ? 3 : 0;
	answers = passed == 0 ? 1 : passed; /* pipes, with a relay */
	if (argc > 1 && strcmp(argv[1], "neighbour") == 0) {
		neighbour();
		return 0;
	}
	for (size_t i = 0; i < 2 && report == 2; i++) {
		int fd = open(reports[i], O_WRONLY | O_APPEND | O_CLOEXEC);

		if (fd >= 0)
			report = fd;
	}
	reported = mmap(NULL, sizeof(*reported), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	if (reported == MAP_FAILED || !read_order())
		return 97;
	signal(SIGPIPE, SIG_IGN);
	current->run();
	if (*reported == 0)
		held("-");
	return 0;
}

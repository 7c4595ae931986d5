/* SPDX-License-Identifier: ISC */
/*
 * One HTTP request on standard input, its answer on standard output. In spawnctl, which may be the
 * program of a container: bounded in bytes and in time.
 */
#include "ctl/http.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_NS (5 * CLOCK_SECOND_NS) /* for the whole request */
#define ANSWER_SECONDS 10		 /* for the answer to go; then SIGALRM ends it */
#define LINGER_BYTES 65536		 /* of what a client goes on saying */

static const struct {
	int status;
	const char *text;
} statuses[] = {
	{ 200, "OK" },
	{ 400, "Bad Request" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 408, "Request Timeout" },
	{ 431, "Request Header Fields Too Large" },
	{ 503, "Service Unavailable" },
	{ 505, "HTTP Version Not Supported" },
};

static const char *status_text(int status)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (statuses[i].status == status)
			return statuses[i].text;
	return "Error";
}

/* Behind the empty line that ends the headers, or 0. A line ends with CR LF, or with LF alone. */
static bool is_complete(const char *bytes, size_t size)
{
	for (size_t i = 0; i + 1 < size; i++)
		if (bytes[i] == '\n' &&
		    (bytes[i + 1] == '\n' ||
		     (i + 2 < size && bytes[i + 1] == '\r' && bytes[i + 2] == '\n')))
			return true;
	return false;
}

/* The next word of a line, up to one space or its end. Its length; *line is behind it. */
static size_t word(const char **line, const char *end, const char **start)
{
	const char *space = memchr(*line, ' ', (size_t)(end - *line));

	*start = *line;
	*line = space ? space + 1 : end;
	return (size_t)((space ? space : end) - *start);
}

static bool is_word(const char *start, size_t length, const char *wanted)
{
	return length == strlen(wanted) && memcmp(start, wanted, length) == 0;
}

/* RFC 9110, 5.6.2: the characters of a method. */
static bool is_token(const char *start, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (start[i] <= ' ' || start[i] > '~' || strchr("\"(),/:;<=>?@[\\]{}", start[i]))
			return false;
	return length > 0;
}

static int judge_line(const char *line, const char *end, bool *head)
{
	const char *method, *target, *version;
	size_t method_length = word(&line, end, &method);
	size_t target_length = word(&line, end, &target);
	size_t version_length = word(&line, end, &version);
	const char *query;

	if (line != end || version + version_length != end || !is_token(method, method_length) ||
	    target_length == 0 || version_length != strlen("HTTP/1.1") ||
	    memcmp(version, "HTTP/", 5) != 0)
		return 400;
	if (memcmp(version, "HTTP/1.", 7) != 0)
		return 505;
	*head = is_word(method, method_length, "HEAD");
	if (!*head && !is_word(method, method_length, "GET"))
		return 405;
	query = memchr(target, '?', target_length);
	if (query)
		target_length = (size_t)(query - target);
	return is_word(target, target_length, "/metrics") ? 200 : 404;
}

int http_judge(const char *bytes, size_t size, bool *head)
{
	const char *end = memchr(bytes, '\n', size);

	*head = false;
	if (!is_complete(bytes, size))
		return 0;
	if (end > bytes && end[-1] == '\r')
		end--;
	return judge_line(bytes, end, head);
}

int http_read(bool *head)
{
	static char bytes[HTTP_REQUEST_MAX];
	struct pollfd polled = { .fd = STDIN_FILENO, .events = POLLIN };
	int64_t until_ns = clock_now_ns() + REQUEST_NS;
	size_t size = 0;
	ssize_t got;
	int status;

	while (size < sizeof(bytes)) {
		int64_t left_ns = until_ns - clock_now_ns();

		if (left_ns <= 0 ||
		    poll(&polled, 1, (int)(left_ns / CLOCK_MILLISECOND_NS) + 1) == 0)
			return 408;
		got = read(STDIN_FILENO, bytes + size, sizeof(bytes) - size);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0)
			return size > 0 && got == 0 ? 400 : 0;
		size += (size_t)got;
		status = http_judge(bytes, size, head);
		if (status != 0)
			return status;
	}
	return 431;
}

/* So that the close does not send RST, which would take the answer with it (RFC 9112, 9.6). */
static void linger(void)
{
	struct pollfd polled = { .fd = STDIN_FILENO, .events = POLLIN };
	char bytes[4096];
	size_t left = LINGER_BYTES;
	ssize_t got;

	if (shutdown(STDOUT_FILENO, SHUT_WR) < 0)
		return;
	while (left >= sizeof(bytes) && poll(&polled, 1, 1000) > 0 &&
	       (got = read(STDIN_FILENO, bytes, sizeof(bytes))) > 0)
		left -= (size_t)got;
}

void http_answer(int status, bool head, const char *type, const char *body, size_t size)
{
	char text[64];

	alarm(ANSWER_SECONDS);
	if (!type) {
		type = "text/plain; charset=utf-8";
		size = (size_t)snprintf(text, sizeof(text), "%d %s\n", status, status_text(status));
		body = text;
	}
	printf("HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s"
	       "Connection: close\r\n\r\n",
	       status, status_text(status), type, size,
	       status == 405 ? "Allow: GET, HEAD\r\n" : "");
	if (!head)
		fwrite(body, 1, size, stdout);
	fflush(stdout);
	linger();
}

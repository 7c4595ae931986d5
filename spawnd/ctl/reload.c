/* SPDX-License-Identifier: ISC */
/* spawnctl reload: has the daemon read its configuration again, and says what is wrong with it. */
#include "ctl/daemon.h"

#include <stdio.h>
#include <unistd.h>

#define TEXT_MAX (1 << 20) /* of errors; there are at most a thousand */

/* From its beginning, whoever wrote it left the offset where; it may move no cursor. */
static void print_errors(int fd)
{
	char bytes[4096];
	off_t at = 0;
	ssize_t got;

	while (at < TEXT_MAX && (got = pread(fd, bytes, sizeof(bytes), at)) > 0) {
		for (ssize_t i = 0; i < got; i++)
			if (bytes[i] != '\n' && (bytes[i] < ' ' || bytes[i] > '~'))
				bytes[i] = '?';
		fwrite(bytes, 1, (size_t)got, stderr);
		at += got;
	}
}

int verb_reload(const struct call *call)
{
	struct control_request request = daemon_request(CONTROL_RELOAD, NULL);
	struct reply reply;
	int status = daemon_ask(call, &request, &reply);

	if (status == 0 && reply.end.code < 0) {
		if (reply.errors >= 0)
			print_errors(reply.errors);
		fprintf(stderr, "spawnctl: %s\n", reply.end.text);
		status = EXIT_REFUSED;
	} else if (status == 0) {
		puts(call->json ? "{\"reloaded\":true}" : "reloaded");
	}
	reply_free(&reply);
	return status;
}

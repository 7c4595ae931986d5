/* SPDX-License-Identifier: ISC */
/*
 * Fuzzes messages: a channel, a number of descriptors and the bytes of a message, sent as a process
 * that was taken over would send them. What is refused leaves no descriptor behind; in what is
 * taken texts can be made harmless and addresses told, whatever they are.
 */
#include "fuzz.h"

#include "wire/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FDS_SENT_MAX (WIRE_FDS_MAX + 2)

static bool send_raw(int fd, const uint8_t *data, size_t size, size_t fd_count)
{
	struct iovec part = { .iov_base = (void *)(uintptr_t)data, .iov_len = size };
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int) * FDS_SENT_MAX)];
	} control = { 0 };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };

	if (fd_count > 0) {
		int fds[FDS_SENT_MAX] = { fd, fd, fd, fd, fd, fd };

		header.msg_control = control.bytes;
		header.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
		memcpy(CMSG_DATA(&control.align), fds, sizeof(int) * fd_count);
	}
	return sendmsg(fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

static void check_text(const char *text, size_t size)
{
	MUST(memchr(text, '\0', size));
	for (; *text; text++)
		MUST(*text >= ' ' && *text <= '~');
}

static void check_address(const struct address *address)
{
	char text[ADDRESS_TEXT_SIZE];

	MUST(strlen(address_text(address, text)) < sizeof(text));
	MUST(strlen(address_host(address, text)) < sizeof(text));
	address_port(address);
}

static void check_content(struct wire_message *message)
{
	struct why why = message->why;

	why_sanitise(&why);
	check_text(why.step, sizeof(why.step));
	check_text(why.text, sizeof(why.text));
	if (message->type == HANDOVER || message->type == SELFTEST_TRY) {
		check_address(&message->handover.peer);
		check_address(&message->handover.local);
	}
}

static void check_fds(const struct wire_message *message, size_t count)
{
	for (size_t i = 0; i < WIRE_FDS_MAX; i++) {
		MUST((message->fds[i] >= 0) == (i < count));
		if (message->fds[i] >= 0) {
			MUST(fcntl(message->fds[i], F_GETFD) == FD_CLOEXEC);
			close(message->fds[i]);
		}
	}
}

/* The lowest number that is free: where it stays the same, nothing was left open. */
static int lowest_free(void)
{
	int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

int FUZZ(wire)(const uint8_t *data, size_t size)
{
	enum wire_channel channel;
	struct wire_message message;
	int before = lowest_free(), pair[2], got;
	size_t fd_count;

	if (size < 2)
		return 0;
	channel = (enum wire_channel)(data[0] % WIRE_CHANNELS);
	fd_count = data[1] % (FDS_SENT_MAX + 1);
	MUST(wire_pair(pair) == 0);
	if (send_raw(pair[0], data + 2, size - 2, fd_count)) {
		got = wire_receive(pair[1], channel, &message, false);
		MUST(got == 1 || got == -EPROTO || (got == 0 && size == 2 && fd_count == 0));
		if (got == 1) {
			MUST(size - 2 == sizeof(message) && message.size == sizeof(message));
			MUST(message.type < WIRE_TYPES && fd_count <= WIRE_FDS_MAX);
			MUST(wire_type_name((enum wire_type)message.type));
			check_fds(&message, fd_count);
			check_content(&message);
		}
	}
	close(pair[0]);
	close(pair[1]);
	MUST(lowest_free() == before);
	return 0;
}

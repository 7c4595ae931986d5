/* SPDX-License-Identifier: ISC */
/* Makes the pipes or the socket pair of a program whose bytes are relayed. Child regime. */
#include "container/ends.h"

#include "base/fd.h"
#include "base/gate.h"
#include "container/handover.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

/* As in identity.c: ids of 32 bits. */
#ifdef SYS_fchown32
#define FCHOWN SYS_fchown32
#else
#define FCHOWN SYS_fchown
#endif

/* Takes `fd`; the place is free, or is fd's own already. */
static int settle(int fd, int place, struct why *why)
{
	int error = fd_place(fd, place, false);

	if (fd != place)
		fd_close(&fd);
	return error < 0 ? why_set(why, error, "relay-ends", "place") : 0;
}

static int make_pair(int relay[2], struct why *why)
{
	int pair[2];
	int error = (int)GATE_4(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);

	if (error < 0)
		return why_set(why, error, "relay-ends", "socketpair");
	/* Out of the way first: either may lie where the program's end goes. */
	relay[0] = fd_lift(pair[1], HANDOVER_NOTHING_FD + 1);
	if (relay[0] < 0)
		return why_set(why, relay[0], "relay-ends", "duplicate");
	fd_close(&pair[1]);
	return settle(pair[0], HANDOVER_INPUT_FD, why);
}

/*
 * The pages of a pipe count for the user who made it: not for the program's, which all connections
 * of the service share, so that none of them can use up what the others get (pipe(7),
 * pipe-user-pages-soft). But the file is the program's, which may open /dev/stdout anew; where that
 * cannot be (no user namespace, no CAP_CHOWN) it can do without.
 */
static int make_pipes(const struct plan *plan, int relay[2], struct why *why)
{
	uint32_t offset = plan->user_namespace ? 0 : plan->id_base;
	uid_t uid = plan->spec->uid + offset;
	gid_t gid = plan->spec->gid + offset;
	int input[2], output[2], high[4], error;

	if ((error = (int)GATE_2(SYS_pipe2, input, O_CLOEXEC)) < 0 ||
	    (error = (int)GATE_2(SYS_pipe2, output, O_CLOEXEC)) < 0)
		return why_set(why, error, "relay-ends", "pipe2");
	if (GATE_3(FCHOWN, input[0], uid, gid) == 0)
		GATE_3(FCHOWN, output[1], uid, gid);
	for (int i = 0; i < 4; i++) {
		int fd = i < 2 ? input[i] : output[i - 2];

		high[i] = fd_lift(fd, HANDOVER_NOTHING_FD + 1);
		if (high[i] < 0)
			return why_set(why, high[i], "relay-ends", "duplicate");
		fd_close(&fd);
	}
	relay[0] = high[1];
	relay[1] = high[2];
	error = settle(high[0], HANDOVER_INPUT_FD, why);
	return error < 0 ? error : settle(high[3], HANDOVER_OUTPUT_FD, why);
}

int ends_make(const struct plan *plan, int relay[2], struct why *why)
{
	bool pair = plan->spec->standard_input == STANDARD_INPUT_NULL;
	int error = pair ? make_pair(relay, why) : make_pipes(plan, relay, why);

	return error < 0 ? error : pair ? 1 : 2;
}

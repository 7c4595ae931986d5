/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_ZYGOTE_REHEARSAL_H
#define SPAWND_ZYGOTE_REHEARSAL_H

/*
 * The self-test of a service, before its zygote says that it is ready: a scratch container, made
 * and sealed as all of them will be, plays the program that was taken over (container/selftest.h).
 * Its connection is one of a scratch network that the warden has made, accepted from a listener
 * with the guard that the service's have. Start regime.
 */
#include "container/plan.h"
#include "container/selftest.h"

struct rehearsal {
	int connection, client; /* both ends, in the scratch network */
	int victim;		/* listens there */
	int knocker;		/* a client's socket there, for what the program may open */
	int gauge;		/* another, to see how long a handshake takes */
	int abstract; /* listens in the host's network, at a name of the kernel's choice */
	struct address victim_address, abstract_address;
	bool full; /* all ways: enum selftest_extent */
};

/*
 * While still host root: does some work in the network of a connection. What the work says, 0 or
 * -errno.
 */
int rehearsal_in_network(int connection, int (*work)(void *context), void *context);

/* While still host root: goes to the network of the connection and makes victims. 0 or -errno. */
int rehearsal_prepare(struct rehearsal *rehearsal, int connection, int client, struct why *why);

/* What came of one way. error: what the calls said, 0: success. */
typedef void rehearsal_teller(void *context, enum selftest_path path, bool open, int error);

/*
 * After the seal: goes all ways. tell: NULL, or told of each; without it the first open way ends
 * the test. Only what the seal promises is a fault. 0, or -EPERM with why saying which way is open,
 * or another -errno: there could be no test. Blocks for some milliseconds. Closes the rehearsal.
 */
int rehearsal_run(struct rehearsal *rehearsal, const struct plan *plan, rehearsal_teller *tell,
		  void *context, struct why *why);

void rehearsal_close(struct rehearsal *rehearsal);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONTAINER_SELFTEST_H
#define SPAWND_CONTAINER_SELFTEST_H

/*
 * The ways out of an empty network that a service is tried with before it serves: by a container of
 * its own, sealed as all of them, that has a connection of a scratch network. The numbers of the
 * ways are those of spawnd(8), "The self-test".
 */
#include "config/spec.h"

#include <stdbool.h>

enum selftest_path {
	SELFTEST_CONNECT,
	SELFTEST_LISTEN,
	SELFTEST_BIND,
	SELFTEST_FASTOPEN_SENDTO,
	SELFTEST_FASTOPEN_SENDMSG,
	SELFTEST_FASTOPEN_SENDMMSG,
	SELFTEST_IO_URING,
	SELFTEST_INTERFACES,
	SELFTEST_INTERFACES_WIDE,
	SELFTEST_BIND_DEVICE,
	SELFTEST_ABSTRACT,
	SELFTEST_VSOCK,
	SELFTEST_PACKET,
	SELFTEST_INTERNET,
	SELFTEST_NETLINK,
	SELFTEST_CALLS_32, /* the last: see enum selftest_extent */
	SELFTEST_CALLS_X32,
	SELFTEST_PATHS
};

/*
 * How much of it: the calls of another machine's table are answered by death, which takes a process
 * each and writes a line into the kernel's log. One service of a daemon is enough for them.
 */
enum selftest_extent {
	SELFTEST_QUICK, /* without SELFTEST_CALLS_* */
	SELFTEST_FULL,
	SELFTEST_TABLE, /* full, and each way is told: spawnd --selftest */
};

/* What shows that a way is open. */
enum selftest_proof {
	SELFTEST_ARRIVES,  /* something came to the victim, whatever the calls said */
	SELFTEST_LETS_IN,  /* a client reached the port that it says */
	SELFTEST_SUCCEEDS, /* the call: it is the leak, or all that the leak takes */
};

struct selftest_info {
	const char *name, *what; /* "fastopen-sendmsg", "MSG_FASTOPEN by sendmsg" */
	unsigned int way;	 /* its number; 0: none, a socket of a family there is no use for */
	enum selftest_proof proof;
};

const struct selftest_info *selftest_info(enum selftest_path path);

/* The seal is to close it. */
bool selftest_is_promised(enum selftest_path path, enum socket_seal seal);

/*
 * In the scratch container, once it is as a program would find it (child regime): does what
 * SELFTEST_TRY on the channel asks for with `connection`, and answers by SELFTEST_DONE, until the
 * channel ends. A filter may kill it in a try.
 */
void selftest_serve(int channel, int connection) __attribute__((noreturn));

#endif

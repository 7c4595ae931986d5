/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONTAINER_PARK_H
#define SPAWND_CONTAINER_PARK_H

/*
 * Starting a program ahead of its connection. It is executed with placeholders for its connection
 * and traced by the zygote from call to call, up to the first that is not known to be harmless
 * (harmless.h), or not further than to its entry point (entry.h). There the stub is planted
 * (stub.h) and the program is let go: it sleeps in recvmsg(2), untraced, and nothing of this is
 * left on its connection's path. Zygote, run regime; nothing here waits: each step is made when
 * wait4(2) has told of a stop.
 */
#include "base/why.h"
#include "container/entry.h"
#include "container/plan.h"
#include "container/stub.h"

/*
 * Where a program that is started ahead has the hand-over channel: the last descriptor for which
 * the kernel need not make the table larger (NR_OPEN_DEFAULT).
 */
#define PARK_CHANNEL_FD 63

/*
 * Calls a program may make, and signals it may get, before it waits: more than any interpreter,
 * less than a busy loop, or one that runs into its own fault again and again: while it is traced
 * that does not end the first process of a pid namespace (force_sig_info_to_task() in
 * kernel/signal.c).
 */
#define PARK_CALLS_MAX 20000

enum park_stage {
	PARK_STOPPING, /* it will stop itself, to be seen */
	PARK_ENTERING, /* it runs, to its execve and to each call after that */
	PARK_MAPPING,  /* its call has become the mmap of the stub's page */
	PARK_WAITING,  /* it runs the stub, to the call that it is to sleep in */
};

struct park {
	pid_t pid;
	enum park_stage stage;
	enum warmth level; /* WARMTH_STARTED or WARMTH_BEFORE_MAIN */
	bool executed;
	struct entry entry; /* before main */
	uint64_t held;	    /* descriptors that are placeholders, and the channel: harmless() */
	int targets[STUB_TARGETS];
	unsigned int attempt;
	int watch;	/* inotify: gets a watch for each file that it opens; or -1 */
	bool opens;	/* its present call may open one */
	bool writes;	/* it has opened one that could be written: harmless() */
	uintptr_t rseq; /* where it has registered its struct rseq; 0: nowhere */
	uint32_t calls; /* so many it has made, with the signals */
	int number;	/* of the call it waits at; -1: at its entry point */
	struct stub_registers registers;
};

/* False, with why filled: not on this machine, or not with this specification and this seal. */
bool park_is_possible(const struct plan *plan, struct why *why);

/* level: how far it is to go. watch: an inotify descriptor that is to learn which files the program
 * opens; or -1. */
void park_begin(struct park *park, const struct container_spec *spec, pid_t pid, enum warmth level,
		int watch);

/*
 * A stop of it: the wait status. 1: it waits in the stub and is traced no more; 0: it runs on, to
 * its next stop; -errno with why: it cannot be started ahead, and is still stopped.
 */
int park_step(struct park *park, int status, struct why *why);

#endif

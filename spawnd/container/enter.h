/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONTAINER_ENTER_H
#define SPAWND_CONTAINER_ENTER_H

/* The life of a container's first process, from clone to execve, as one ordered checklist. */
#include "container/plan.h"

struct enter {
	int channel;   /* its end of the hand-over socket */
	int log;       /* the write end of its stderr pipe, or -1 */
	int group;     /* the control group that it has yet to join, or -1 */
	bool ahead;    /* the program is executed before its connection comes, and traced */
	bool nameless; /* the environment says nothing of the connection */
	bool borrows;  /* the memory is the zygote's: container/loan.h */
	const char **environment; /* where it is put together: plan->environment, or the loan's */
};

/* Runs in the new process (child regime). Never returns. */
void enter_container(const struct plan *plan, const struct enter *enter) __attribute__((noreturn));

/*
 * The same for the self-test: a container up to the point where a program would be executed, which
 * then does what container/selftest.h says with `connection`, or with what a relay puts in its
 * place. Never returns.
 */
void enter_selftest(const struct plan *plan, int channel, int connection) __attribute__((noreturn));

#endif

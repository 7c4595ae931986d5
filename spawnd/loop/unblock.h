/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_LOOP_UNBLOCK_H
#define SPAWND_LOOP_UNBLOCK_H

/*
 * Nothing that the loop calls should block. What does all the same, because somebody who shares a
 * descriptor with it has made it so (the like of SO_LINGER, O_NONBLOCK), is interrupted within two
 * seconds: EINTR, signal(7). Run regime; costs a signal a second while there is work, and nothing
 * when there is none.
 */
struct loop;

/* Start regime: installs the handler of SIGALRM and watches the loop's turns. */
void unblock_init(struct loop *loop);

#endif

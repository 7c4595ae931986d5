/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_BASE_TITLE_H
#define SPAWND_BASE_TITLE_H

/*
 * What ps(1) shows of this process: the argument area is overwritten in place (proc(5),
 * /proc/pid/cmdline), and the thread's name (PR_SET_NAME) with it.
 */

/*
 * Once in main(), before the environment is used for anything but reading. Copies the environment
 * away.
 */
void title_init(int argc, char **argv, char **envp);

/*
 * name: the thread's, at most 15 bytes, what killall(1) looks for: "spawnd" is the warden, alone.
 * format: the title; cut to the room there is. Never allocates.
 */
void title_set(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The name alone: for a process that borrows its memory, whose title is the lender's. */
void title_set_name(const char *name);

#endif

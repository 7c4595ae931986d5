/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_PROCESS_LOCKDOWN_H
#define SPAWND_PROCESS_LOCKDOWN_H

/*
 * The confinement of the daemon's own processes: capabilities, root, system calls. What each may is
 * in lockdown_calls.h; docs/SECURITY.md tells it stage by stage. Every step loses something, none
 * can be taken back. Start regime: a step that fails ends the process.
 */
#include "base/why.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * A sanitizer's run time reads /proc, starts threads and traces them: such a build has smaller
 * capabilities, but neither filters nor an empty root.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LOCKDOWN_RELAXED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
	__has_feature(memory_sanitizer)
#define LOCKDOWN_RELAXED true
#endif
#endif
#ifndef LOCKDOWN_RELAXED
#define LOCKDOWN_RELAXED false
#endif

/* Whether filters are installed: not in a relaxed build, nor on a kernel without them. */
bool lockdown_filters(void);

/*
 * The warden, before its first child: capabilities (the bounding set too), no_new_privs, and the
 * filter that everything it starts inherits. capabilities(7), seccomp(2). 0 or -errno with why
 * filled.
 */
int lockdown_warden(struct why *why);

/*
 * An empty directory that is in no file system tree: a tmpfs of its own, read only and never
 * attached (fsmount(2)). A descriptor, or -errno with why filled.
 */
int lockdown_make_nowhere(struct why *why);

/*
 * In the forked child that is to be the loop, host root still: its ids, no bounding set, no way to
 * a privilege. It keeps CAP_SYS_CHROOT over the execve, for lockdown_loop_enter(): the program's
 * loader is found below the host's root. 0 or -errno.
 */
int lockdown_loop_prepare(uid_t uid, gid_t gid);

/*
 * The loop, before it hears its first message: goes to `nowhere` (taken; -1: stays) as its root,
 * gives up the last capability, and looks whether all are gone. 0 or -errno with why filled.
 */
int lockdown_loop_enter(int nowhere, struct why *why);

/*
 * The loop, when all it opens itself is open: from here on a call that is not in its table kills
 * the process (SIGSYS). 0 or -errno with why filled.
 */
int lockdown_loop_filter(struct why *why);

#endif

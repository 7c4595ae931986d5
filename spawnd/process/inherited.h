/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_PROCESS_INHERITED_H
#define SPAWND_PROCESS_INHERITED_H

/*
 * What the daemon's own processes inherit from whoever started them and must not keep. (What
 * containers inherit is container/state.h's affair.)
 */

/*
 * The warden, first thing: closes every descriptor above 2 but *notify (-1: none), which moves to
 * the lowest place; lifts the soft limits of file size and descriptors; empties the signal mask.
 * Start regime. 0 or -errno.
 */
int inherited_drop(int *notify);

/*
 * Every role that writes: a reader that is gone or a file that is full is an errno, never a signal.
 */
void inherited_ignore_write_signals(void);

#endif

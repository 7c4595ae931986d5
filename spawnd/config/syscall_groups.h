/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONFIG_SYSCALL_GROUPS_H
#define SPAWND_CONFIG_SYSCALL_GROUPS_H

/*
 * The named groups of system calls that SystemCallFilter= knows, as systemd has them
 * (systemd.exec(5)). Pure.
 */

/*
 * The members of a group ("@basic-io"), separated by blanks; names with '@' are groups again. NULL:
 * there is no such group.
 */
const char *syscall_group(const char *name);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_BASE_ERRNO_NAME_H
#define SPAWND_BASE_ERRNO_NAME_H

/*
 * "ENOENT" for 2 and for -2; "E?" for what is not in the table. Static text; any process. errno(3)
 */
const char *errno_name(int code);

#endif

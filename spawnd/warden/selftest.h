/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_WARDEN_SELFTEST_H
#define SPAWND_WARDEN_SELFTEST_H

/*
 * spawnd --selftest: makes a scratch container of every configured service, as its zygote does
 * before it serves, and prints what came of each way out, one line each. Opens no listener; a
 * running daemon is not touched. Exit status: 0: whatever a seal promises to close is closed; 1: it
 * is not; 100, 111 as always.
 */
int selftest_run(const char *config_path);

#endif

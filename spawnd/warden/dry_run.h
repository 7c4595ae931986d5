/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_WARDEN_DRY_RUN_H
#define SPAWND_WARDEN_DRY_RUN_H

/*
 * What can be said of a configuration without becoming a daemon: spawnd -t and -T, and what
 * spawnd --selftest begins with. Whole programs' lives; nothing but the errors is written.
 */
#include "config/config.h"

#include <stdbool.h>

/*
 * Reads and checks a configuration, and whether its listeners could be opened. All errors go to
 * standard error. 0, or -errno: both are as they were, and nothing needs to be closed.
 */
int dry_run_load(const char *config_path, struct snapshot *snapshot, struct config *config);

/* spawnd -t; print: -T. An exit status. */
int dry_run(const char *config_path, bool print);

#endif

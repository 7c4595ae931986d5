/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_WARDEN_WARDEN_H
#define SPAWND_WARDEN_WARDEN_H

/*
 * The process that owns everything: it reads the configuration, holds the listeners, starts the
 * loop and the zygotes and starts them again. Root; poll(2); no input from the network. When it
 * dies, everything ends.
 */
#include <stdbool.h>

enum {
	EXIT_STATUS_USAGE = 100,  /* command line or configuration */
	EXIT_STATUS_SYSTEM = 111, /* a system call */
	EXIT_STATUS_BUG = 101,
};

struct warden_options {
	const char *config_path;
	bool detach;	       /* -d */
	int notify_descriptor; /* --notify-fd, or -1 */
};

/* The daemon's whole life. Returns the exit status. */
int warden_run(const struct warden_options *options);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_WARDEN_SINKS_H
#define SPAWND_WARDEN_SINKS_H

/*
 * Where lines go: the log, the accounting and the status file, and the control socket. The warden
 * opens them, the loop gets duplicates: it has no right to open a file.
 */
#include "base/why.h"
#include "config/spec.h"

struct sinks {
	enum log_sink_kind kind;
	int log;	/* -1: none */
	int accounting; /* -1: none */
	int status;	/* StatusFile=; -1: none */
};

/*
 * Opens what the specification names; detached: "stderr" means syslog, for there is none. 0 or
 * -errno.
 */
int sinks_open(struct sinks *sinks, const struct daemon_spec *spec, bool detached, struct why *why);
void sinks_close(struct sinks *sinks);

/* Makes this process log there too (of a duplicate). */
void sinks_use(const struct sinks *sinks, enum log_level level);

/*
 * The control socket at `path`, listening, root's alone. Its directory is made (0755) if missing,
 * and must be root's and not writable by others, as everything above it (base/trust.h). A
 * descriptor or -errno.
 */
int sinks_open_control(const char *path, struct why *why);

#endif

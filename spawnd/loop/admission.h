/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_LOOP_ADMISSION_H
#define SPAWND_LOOP_ADMISSION_H

/*
 * Whether a connection may have a container: one pure function, asked before anything is spent on
 * it.
 */
#include <stdbool.h>
#include <stdint.h>

enum verdict_code {
	VERDICT_ADMITTED,
	VERDICT_SERVICE_FULL, /* MaxConnections= of the service */
	VERDICT_DAEMON_FULL,  /* MaxConnections= of [spawnd] */
	VERDICT_CODES
};

struct verdict {
	enum verdict_code code;
	uint32_t live, limit; /* what was compared */
};

const char *verdict_name(enum verdict_code code); /* "service-full": in the log and the account */

struct admission {
	uint32_t service_live, service_limit;
	uint32_t daemon_live, daemon_limit;
};

struct verdict admission_check(const struct admission *state);

#endif

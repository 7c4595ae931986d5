/* SPDX-License-Identifier: ISC */
/* Admission: numbers in, verdict out. Loop; no state, no system call, nothing allocated. */
#include "loop/admission.h"

static const char *const names[] = {
	[VERDICT_ADMITTED] = "admitted",
	[VERDICT_SERVICE_FULL] = "service-full",
	[VERDICT_DAEMON_FULL] = "daemon-full",
};
_Static_assert(sizeof(names) / sizeof(names[0]) == VERDICT_CODES, "a name for every verdict");

const char *verdict_name(enum verdict_code code)
{
	return names[code];
}

struct verdict admission_check(const struct admission *state)
{
	if (state->service_live >= state->service_limit)
		return (struct verdict){ VERDICT_SERVICE_FULL, state->service_live,
					 state->service_limit };
	if (state->daemon_live >= state->daemon_limit)
		return (struct verdict){ VERDICT_DAEMON_FULL, state->daemon_live,
					 state->daemon_limit };
	return (struct verdict){ VERDICT_ADMITTED, state->service_live, state->service_limit };
}

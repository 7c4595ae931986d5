/* SPDX-License-Identifier: ISC */
/* spawnctl reload: has the daemon read its configuration again. */
#include "ctl/daemon.h"

int verb_reload(const struct call *call)
{
	return daemon_ask(call, CONTROL_RELOAD);
}

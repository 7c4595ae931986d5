/* SPDX-License-Identifier: ISC */
/* spawnctl status and list: what there is. */
#include "ctl/daemon.h"

int verb_status(const struct call *call)
{
	return daemon_ask(call, CONTROL_STATUS);
}

int verb_list(const struct call *call)
{
	return daemon_ask(call, CONTROL_LIST);
}

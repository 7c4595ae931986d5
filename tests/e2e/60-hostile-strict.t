#!/bin/sh
# SPDX-License-Identifier: ISC
# The hostile suite against SocketSeal=strict, the default: parked, cold, as root inside, by descriptor 3, started ahead,
# in a shared network, over a unix socket, and after a reload. Everything is held, but what the kernel counts for the one
# user of a service.
TEST_TIMEOUT=400
. "$(dirname "$0")/lib.sh"
. "$TOP/tests/e2e/hostile.sh"

hostile_world
{
	hostile_common
	hostile_service tcp 127.0.0.1:1001 WarmMin=2
	hostile_service cold 127.0.0.1:1002 Warm=none StandardInput=null
	hostile_service root 127.0.0.1:1003 WarmMin=2 User=root
	hostile_service started 127.0.0.1:1004 WarmMin=1 WarmMax=1 Warm=started
	hostile_service shared 127.0.0.1:1005 WarmMin=2 NetworkScope=service
	hostile_service unix "$T/service.sock" WarmMin=2
} | hostile_conf strict
spawnd_start
HOSTILE_SPARE=1 # one is started ahead

hostile_run tcp 1001
hostile_judge tcp "$(hostile_known)"
hostile_run root 1003 --quick
hostile_judge root "$(hostile_known)"
hostile_run unix "unix:$T/service.sock" --quick
hostile_judge unix "$(hostile_known)"
hostile_run started 1004 --quick
hostile_judge started "$(hostile_known)"
hostile_run shared 1005 --quick
hostile_judge shared "$(hostile_known)"
reload
hostile_run cold 1002 --quick
hostile_judge cold "$(hostile_known)"
done_testing

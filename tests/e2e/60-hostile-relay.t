#!/bin/sh
# SPDX-License-Identifier: ISC
# The hostile suite against SocketSeal=relay, where the program has no socket of the host's at all, but pipes or, by
# descriptor 3, a pair: parked and cold (no program can be started ahead), as root inside, over a unix socket, after a reload.
TEST_TIMEOUT=400
. "$(dirname "$0")/lib.sh"
. "$TOP/tests/e2e/hostile.sh"

hostile_world
{
	hostile_common
	hostile_service ready 127.0.0.1:1001 WarmMin=2
	hostile_service cold 127.0.0.1:1002 Warm=none StandardInput=null
	hostile_service root 127.0.0.1:1003 WarmMin=2 User=root
	hostile_service unix "$T/service.sock" WarmMin=2
} | hostile_conf relay
spawnd_start

known=$(hostile_known)
hostile_against ready 1001 "$known"
hostile_against root 1003 "$known" --quick
hostile_against unix "unix:$T/service.sock" "$known" --quick
reload
hostile_against cold 1002 "$known" --quick
done_testing

#!/bin/sh
# SPDX-License-Identifier: ISC
# The hostile suite against SocketSeal=strict, the default: at every level of warmth, before and after a reload;
# as root inside, by descriptor 3, in a shared network, over a unix socket. Everything is held, but what the kernel counts for the one
# user of a service.
TEST_TIMEOUT=400
. "$(dirname "$0")/lib.sh"
. "$TOP/tests/e2e/hostile.sh"

hostile_world
{
	hostile_common
	hostile_service ready 127.0.0.1:1001 WarmMin=2
	hostile_service cold 127.0.0.1:1002 Warm=none StandardInput=null
	hostile_service root 127.0.0.1:1003 WarmMin=2 User=root
	hostile_service started 127.0.0.1:1004 WarmMin=1 WarmMax=1 Warm=started
	hostile_service before 127.0.0.1:1006 WarmMin=1 WarmMax=1 Warm=before-main
	hostile_service shared 127.0.0.1:1005 WarmMin=2 NetworkScope=service
	hostile_service unix "$T/service.sock" WarmMin=2
} | hostile_conf strict
spawnd_start
HOSTILE_SPARE=2 # two are executed ahead

known=$(hostile_known)
hostile_against ready 1001 "$known"
hostile_against cold 1002 "$known" --quick
hostile_against started 1004 "$known" --quick
hostile_against before 1006 "$known" --quick
hostile_against root 1003 "$known" --quick
hostile_against unix "unix:$T/service.sock" "$known" --quick
hostile_against shared 1005 "$known" --quick
reload
hostile_against ready-again 1001 "$known" --quick
hostile_against cold-again 1002 "$known" --quick
hostile_against started-again 1004 "$known" --quick
done_testing

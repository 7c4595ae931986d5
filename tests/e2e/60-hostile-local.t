#!/bin/sh
# SPDX-License-Identifier: ISC
# The hostile suite against SocketSeal=local, where the guard holds what the seal must let through: at every level of
# warmth, as root inside, over a unix socket, and after a reload. What is allowed are sockets in the empty network, and to lose its peer.
TEST_TIMEOUT=400
. "$(dirname "$0")/lib.sh"
. "$TOP/tests/e2e/hostile.sh"
grep -q ' cgroup2 ' /proc/mounts || skip_all "no cgroup2 file system"

hostile_world
{
	hostile_common
	hostile_service ready 127.0.0.1:1001 WarmMin=2
	hostile_service cold 127.0.0.1:1002 Warm=none
	hostile_service root 127.0.0.1:1003 WarmMin=2 User=root
	hostile_service started 127.0.0.1:1004 WarmMin=1 WarmMax=1 Warm=started
	hostile_service before 127.0.0.1:1006 WarmMin=1 WarmMax=1 Warm=before-main
	hostile_service unix "$T/service.sock" WarmMin=2
} | hostile_conf local
spawnd_start
HOSTILE_SPARE=2 # two are executed ahead

allowed="unspec|$(hostile_flag 9)|$(hostile_known)"
hostile_against ready 1001 "$allowed"
hostile_against root 1003 "$allowed" --quick
hostile_against unix "unix:$T/service.sock" "$allowed" --quick
hostile_against started 1004 "$allowed" --quick
hostile_against before 1006 "$allowed" --quick
reload
hostile_against cold 1002 "$allowed" --quick
done_testing

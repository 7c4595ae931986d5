#!/bin/sh
# SPDX-License-Identifier: ISC
# The hostile suite against SocketSeal=local, where the guard holds what the seal must let through: parked and cold, as root
# inside, over a unix socket, and after a reload. What is allowed are sockets in the empty network, and to lose its peer.
TEST_TIMEOUT=400
. "$(dirname "$0")/lib.sh"
. "$TOP/tests/e2e/hostile.sh"
grep -q ' cgroup2 ' /proc/mounts || skip_all "no cgroup2 file system"

hostile_world
{
	hostile_common
	hostile_service tcp 127.0.0.1:1001 WarmMin=2
	hostile_service cold 127.0.0.1:1002 Warm=none
	hostile_service root 127.0.0.1:1003 WarmMin=2 User=root
	hostile_service unix "$T/service.sock" WarmMin=2
} | hostile_conf local
spawnd_start

allowed="unspec|$(hostile_flag 9)|$(hostile_known)"
hostile_run tcp 1001
hostile_judge tcp "$allowed"
hostile_run root 1003 --quick
hostile_judge root "$allowed"
hostile_run unix "unix:$T/service.sock" --quick
hostile_judge unix "$allowed"
reload
hostile_run cold 1002 --quick
hostile_judge cold "$allowed"
done_testing

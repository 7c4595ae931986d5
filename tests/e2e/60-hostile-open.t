#!/bin/sh
# SPDX-License-Identifier: ISC
# The hostile suite against a container without a seal (SocketSeal=none): what namespaces, mounts, ids, limits and the
# daemon's own care hold by themselves. Parked, cold, as root inside, over a unix socket, and after a reload.
TEST_TIMEOUT=400
. "$(dirname "$0")/lib.sh"
. "$TOP/tests/e2e/hostile.sh"

hostile_world
{
	hostile_common
	hostile_service tcp 127.0.0.1:1001 WarmMin=2
	hostile_service cold 127.0.0.1:1002 Warm=none
	hostile_service root 127.0.0.1:1003 WarmMin=2 User=root
	hostile_service unix "$T/service.sock" WarmMin=2
} | hostile_conf none
spawnd_start

# Left to the seal: sockets of other kinds, io_uring, options, interface requests, keys, leases.
open="$(hostile_names P1)|so-sndbuf|so-rcvbuf|so-peerpidfd|scm-rights|key-.*|lease-beside|.*notify.*|quota-keys"
open="$open|$(hostile_shared)|$(hostile_uncontrolled)"
hostile_run tcp 1001
hostile_judge tcp "$open"
hostile_run root 1003 --quick
hostile_judge root "$open"
hostile_run unix "unix:$T/service.sock" --quick
hostile_judge unix "$open"
reload
hostile_run cold 1002 --quick
hostile_judge cold "$open"
done_testing

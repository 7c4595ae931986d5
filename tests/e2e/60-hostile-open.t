#!/bin/sh
# SPDX-License-Identifier: ISC
# The hostile suite against a container without a seal (SocketSeal=none): what namespaces, mounts, ids, limits and the
# daemon's own care hold by themselves. At every level of warmth, as root inside, over a unix socket, and after a reload.
TEST_TIMEOUT=400
. "$(dirname "$0")/lib.sh"
. "$TOP/tests/e2e/hostile.sh"

hostile_world
{
	hostile_common
	hostile_service ready 127.0.0.1:1001 WarmMin=2
	hostile_service cold 127.0.0.1:1002 Warm=none
	hostile_service root 127.0.0.1:1003 WarmMin=2 User=root
	hostile_service started 127.0.0.1:1004 WarmMin=1 WarmMax=1 Warm=started
	hostile_service before 127.0.0.1:1006 WarmMin=1 WarmMax=1 Warm=before-main
	hostile_service unix "$T/service.sock" WarmMin=2
} | hostile_conf none
spawnd_start
HOSTILE_SPARE=2 # two are executed ahead

# Left to the seal: sockets of other kinds, io_uring, options, interface requests, keys, leases.
open="$(hostile_names P1)|so-sndbuf|so-rcvbuf|so-peerpidfd|scm-rights.*|key-.*|lease-beside|.*notify.*|quota-keys"
open="$open|$(hostile_shared)|$(hostile_uncontrolled)"
hostile_against ready 1001 "$open"
hostile_against root 1003 "$open" --quick
hostile_against unix "unix:$T/service.sock" "$open" --quick
hostile_against started 1004 "$open" --quick
hostile_against before 1006 "$open" --quick
reload
hostile_against cold 1002 "$open" --quick
done_testing

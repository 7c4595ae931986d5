#!/bin/sh
# SPDX-License-Identifier: ISC
# A reload that allows more connections: the loop that runs gets the descriptors for them.
. "$(dirname "$0")/lib.sh"

make_root "$T/root"
configuration() {
	conf <<EOF2
MaxConnections=$1
[service one]
ListenStream=127.0.0.1:1001
RootDirectory=$T/root
MaxConnections=$1
ExecStart=/probe hello , echo
EOF2
}

configuration 2
# As a host without systemd has it: less than the second configuration needs, soft and, where root may lift it, hard.
hard=1500
[ $(($(printf '%d' "0x$(status_of self CapEff)") >> 24 & 1)) -eq 1 ] ||
	hard=$(awk '/^Max open files/ { print $5 }' /proc/self/limits)
SPAWND_WRAP="prlimit --nofile=1024:$hard"
spawnd_start
loop=$(loop_pid)
configuration 1000
reload
ok "the reload is done" log_has ' reload-done '
is "$(loop_pid)" "$loop" "by the same loop"
ok "it may open as many as that takes" test "$(awk '/Max open files/ { print $4 }' "/proc/$loop/limits")" -gt 2000
done_testing

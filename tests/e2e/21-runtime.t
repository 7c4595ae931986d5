#!/bin/sh
# SPDX-License-Identifier: ISC
# RuntimeMaxSec=: KillSignal= at its end, SIGKILL after TimeoutStopSec=; what the program has started ends with it.
. "$(dirname "$0")/lib.sh"
needs jq

make_root "$T/root"
conf <<EOF2
[defaults]
RootDirectory=$T/root
WarmMax=1
RuntimeMaxSec=$((2 * TEST_SLOW))
[service handles]
ListenStream=127.0.0.1:1001
TimeoutStopSec=20
ExecStart=/probe catch 15 3 , hello , sleep 100
[service ignores]
ListenStream=127.0.0.1:1002
TimeoutStopSec=1
ExecStart=/probe ignore-term , hello , sleep 100
[service hup]
ListenStream=127.0.0.1:1003
Init=yes
KillSignal=SIGHUP
TimeoutStopSec=20
ExecStart=/probe catch 1 4 , hello , sleep 100
[service forks]
ListenStream=127.0.0.1:1004
TimeoutStopSec=1
ExecStart=/probe fork-orphan 100 , hello , sleep 100
[service quick]
ListenStream=127.0.0.1:1005
ExecStart=/probe hello , wait-eof
[service busy]
ListenStream=127.0.0.1:1006
TimeoutStopSec=1
ExecStart=/probe hello , spin-ms 60000
EOF2
spawnd_start
clients=
for port in 1001 1002 1003 1004 1006; do
	"$CLIENT" --no-half-close --verdict --deadline 30 127.0.0.1 $port </dev/null >"$T/$port" 2>"$T/$port".end &
	clients="$clients $!"
done
wait_accounts 5 20
for client in $clients; do
	wait "$client"
done
sleep_wall() {
	jq -r "select(.service == \"$1\") | .wall_us" "$T/accounting"
}
end_of() {
	jq -r "select(.service == \"$1\") | [.end, (.status // \"-\"), (.signal // \"-\")] | map(tostring) | join(\" \")" "$T/accounting"
}
is "$(cat "$T/1001")" "hgot-signal 15" "SIGTERM at the end of the time"
is "$(end_of handles)" "timeout 3 -" "accounted as a timeout, with the program's status"
between "$(sleep_wall handles)" $((TEST_SLOW * 2000000 - 50000)) $((TEST_SLOW * 3500000)) "after it"
is "$(end_of ignores)" "timeout - 9" "one that ignores it is killed"
between "$(sleep_wall ignores)" $((TEST_SLOW * 2000000 + 950000)) $((TEST_SLOW * 5000000)) "after another second"
is "$(cat "$T/1003")" "hgot-signal 01" "KillSignal=SIGHUP"
is "$(end_of hup)" "timeout 4 -" "its status"
is "$(end_of forks)" "timeout - 9" "one with children is killed"
is "$(end_of busy)" "timeout - 9" "and one that computes"
is "$(pids '^/probe fork-orphan' | wc -l)" 0 "its children with it"
for port in 1001 1002 1003 1004 1006; do
	like "$(cat "$T/$port".end)" '^end ' "the client at $port saw the end"
done
is "$(echo | "$CLIENT" 127.0.0.1 1005)" h "one that ends in time"
wait_accounts 6
is "$(end_of quick)" "exit 0 -" "is not disturbed"
done_testing

#!/bin/sh
# SPDX-License-Identifier: ISC
# The warden dies: everything ends, so that a supervisor can start afresh.
. "$(dirname "$0")/lib.sh"

make_root "$T/root"
conf <<EOF2
[defaults]
RootDirectory=$T/root
WarmMin=2
WarmMax=2
TimeoutStopSec=500ms
[service one]
ListenStream=127.0.0.1:1001
ExecStart=/probe keep-alive , ignore-term , hello , sleep 100
[service two]
ListenStream=127.0.0.1:1002
Init=yes
ExecStart=/probe ignore-term , fork-orphan 100 , hello , sleep 100
EOF2
spawnd_start
mkfifo "$T/in"
for port in 1001 1002; do
	"$CLIENT" --no-half-close --tolerant 127.0.0.1 $port <"$T/in" >"$T/$port" &
done
exec 8>"$T/in"
wait_for 10 grep -q h "$T/1001"
wait_for 10 grep -q h "$T/1002"
between "$(pids '^/probe' | wc -l)" 3 3 "the programs run (control)"
kill -KILL "$SPAWND_PID"
wait "$SPAWND_PID" 2>/dev/null
ok "every process of spawnd ends" wait_for 10 no_processes
ok "and every program" wait_for 10 count_is '^/probe' 0
ok "nothing listens" wait_for 5 is_closed 127.0.0.1 1001
spawnd_start
"$CLIENT" --read-limit 15 --no-half-close 127.0.0.1 1001 </dev/null >"$T/1001"
like "$(cat "$T/1001")" "^h" "a new one starts over what is left and serves"
exec 8>&-
kill -TERM "$SPAWND_PID"
kill -TERM "$SPAWND_PID"
spawnd_exit
done_testing

#!/bin/sh
# SPDX-License-Identifier: ISC
# A zygote dies: its containers end and are accounted for, the others' go on, another zygote is started, with back-off.
. "$(dirname "$0")/lib.sh"

make_root "$T/root"
conf <<EOF2
[defaults]
RootDirectory=$T/root
WarmMin=2
WarmMax=2
[service one]
ListenStream=127.0.0.1:1001
ExecStart=/probe hello , echo
[service stays]
ListenStream=127.0.0.1:1003
ExecStart=/probe keep-alive , ignore-term , hello , sleep 100
[service two]
ListenStream=127.0.0.1:1002
ExecStart=/probe hello , echo
EOF2
spawnd_start
wait_for 10 pool_is one 2
wait_for 10 pool_is two 2
wait_for 10 pool_is stays 2
leak_start crash

mkfifo "$T/one.in" "$T/two.in"
"$CLIENT" --no-half-close --tolerant --verdict 127.0.0.1 1001 <"$T/one.in" >"$T/one" 2>"$T/one.end" &
one_client=$!
exec 7>"$T/one.in"
"$CLIENT" 127.0.0.1 1002 <"$T/two.in" >"$T/two" 7>&- &
two_client=$!
exec 8>"$T/two.in"
wait_for 10 grep -q h "$T/one"
wait_for 10 grep -q h "$T/two"

zygote=$(zygote_pids one)
kill -KILL "$zygote"
ok "the log says that it is lost" wait_log ' zygote-lost .*service=one'
ok "its connection ends" wait_for 10 is_gone $one_client
like "$(cat "$T/one.end")" '^end ' "for the client too"
ok "and is accounted for" wait_accounts 1
is "$(account '[.service, .end] | @csv')" '"one","lost"' "as lost"
ok "the program is gone" wait_for 5 count_is '^/probe hello' 1
echo alive >&8
ok "the other service's connection goes on" wait_for 5 grep -q alive "$T/two"
# shellcheck disable=SC2317 # called through wait_for
another_zygote() {
	one_zygote one && [ "$(zygote_pids one)" != "$zygote" ]
}
ok "another zygote is started" wait_for 10 another_zygote
is "$(echo again | "$CLIENT" 127.0.0.1 1001)" hagain "and serves"
exec 7>&- 8>&-
wait $two_client
leak_check crash "nothing is left behind"

# A program that has asked the kernel not to be killed with its parent.
"$CLIENT" --no-half-close --tolerant --verdict 127.0.0.1 1003 </dev/null >"$T/stays" 2>"$T/stays.end" &
stays_client=$!
wait_for 10 grep -q '^h' "$T/stays"
has "$(cat "$T/stays")" "keep-alive ok" "a program may give up its death signal (control)"
kill -KILL "$(zygote_pids stays)"
ok "it ends with its zygote all the same" wait_for 10 count_is '^/probe keep-alive' 0
ok "and its connection" wait_for 10 is_gone $stays_client
wait_for 10 pool_is stays 2
leak_check crash "nothing is left behind"

# While it is away, connections wait for the next one.
# (Not in the very moment of its death: who meets a container that is being killed is killed with it.)
wait_for 10 pool_is one 2
dying="$(zygote_pids one) $(parked_pids one)"
kill -KILL "$(zygote_pids one)"
for pid in $dying; do
	wait_for 5 is_gone "$pid"
done
is "$(echo waits | "$CLIENT" --deadline 20 127.0.0.1 1001)" hwaits "a connection during the crash is served by the next one"

# Again and again: slower and slower, and no connection harms the daemon.
i=0
while [ $i -lt 4 ]; do
	zygote=$(zygote_pids one)
	kill -KILL "$zygote"
	ok "killed again ($i), it comes back" wait_for 20 another_zygote
	i=$((i + 1))
done
is "$(echo again | "$CLIENT" --deadline 30 127.0.0.1 1001)" hagain "and serves"
ok "accepted = served + refused + aborted + live" status_is '.accepted == .served + .refused + .aborted + .live' true
leak_check crash "nothing is left behind"
done_testing

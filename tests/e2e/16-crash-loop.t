#!/bin/sh
# SPDX-License-Identifier: ISC
# The loop dies: the listeners stay open, running connections go on and are accounted for by the next loop. A stop without one.
. "$(dirname "$0")/lib.sh"

make_root "$T/root"
conf <<EOF2
TimeoutStopSec=60
[defaults]
RootDirectory=$T/root
WarmMin=2
WarmMax=2
[service one]
ListenStream=127.0.0.1:1001
ListenStream=$T/one.sock
ExecStart=/probe hello , read-line , stderr spoken 1 , echo , exit 4
[service limited]
ListenStream=127.0.0.1:1002
MaxConnections=2
RuntimeMaxSec=$((6 * TEST_SLOW))
TimeoutStopSec=500ms
ExecStart=/probe hello , wait-eof
EOF2
spawnd_start
# shellcheck disable=SC2317 # called through wait_for
there_is_a_loop() {
	[ -n "$(loop_pid)" ]
}
# shellcheck disable=SC2317 # too
lost_since() {
	[ "$(log_count ' loop-lost ')" -gt "$1" ]
}
# shellcheck disable=SC2317 # too
restored_since() {
	lost_since "$1" && grep -E ' loop-(lost|restored) ' "$T/log" | tail -n 1 | grep -q ' loop-restored '
}
wait_for 10 pool_is one 2
wait_for 10 pool_is limited 2
leak_start crash

mkfifo "$T/one.in" "$T/two.in"
"$CLIENT" 127.0.0.1 1001 <"$T/one.in" >"$T/one" &
client=$!
exec 7>"$T/one.in"
"$CLIENT" --no-half-close --tolerant 127.0.0.1 1002 <"$T/two.in" >"$T/two" 7>&- &
limited=$!
exec 8>"$T/two.in"
wait_for 10 grep -q h "$T/one"
wait_for 10 grep -q h "$T/two"
started=$(uptime_s)
is "$(status .live)" 2 "two connections live"
id=$(control list --json | jq -r '.[] | select(.service == "one") | .id')
zygotes=$(zygote_pids | sort | tr '\n' ' ')

loop=$(loop_pid)
kill -KILL "$loop"
is "$(echo late | "$CLIENT" --deadline 20 127.0.0.1 1001)" "hline late" "connections in that moment are served"
ok "the log says that it was lost" wait_log ' loop-lost .*signal=9'
ok "there is another loop" wait_for 10 changed "$loop" '^spawnd: loop'
is "$(zygote_pids | sort | tr '\n' ' ')" "$zygotes" "the zygotes are the same"
echo hello >&7
ok "the running connection goes on" wait_for 5 grep -q "line hello" "$T/one"
ok "its standard error too" wait_log "service-stderr .*id=$id .*text=\"spoken\""
ok "the new loop knows both" wait_for 5 status_is '.services.one.live + .services.limited.live' 2
has "$(control list --json | jq -r '.[].id')" "$id" "by the id they had"
exec 7>&-
wait $client
is "$?" 0 "it ends well"
ok "and is accounted for" wait_for 10 accounted ".id == $id"
is "$(jq -c "select(.id == $id) | [.service, .end, .status]" "$T/accounting")" '["one","exit",4]' "with its exit status"

ok "RuntimeMaxSec= still holds for one that an earlier loop accepted" wait_for 20 is_gone $limited
between $(($(uptime_s) - started)) 2 $((12 * TEST_SLOW)) "counted from its beginning"
ok "it is accounted for" wait_for 10 accounted '.service == "limited" and .end == "timeout"'
exec 8>&-

"$CLIENT" --hold --count 2 127.0.0.1 1002 <"$T/two.in" >"$T/held" &
exec 8>"$T/two.in"
wait_for 10 grep -q held "$T/held"
kill -KILL "$(loop_pid)"
wait_for 10 status_is .services.limited.live 2
is "$(talk 1002 --tolerant)" "" "MaxConnections= counts what an earlier loop accepted"
exec 8>&-
wait_for 10 status_is .services.limited.live 0

# A reload, then a crash: connections of a generation that drains survive too.
: >"$T/one"
"$CLIENT" 127.0.0.1 1001 <"$T/one.in" >"$T/one" &
client=$!
exec 7>"$T/one.in"
wait_for 10 grep -q h "$T/one"
reload
kill -KILL "$(loop_pid)"
wait_for 10 status_is .services.one.live 1
echo over >&7
ok "a connection of an older generation survives the loop's death" wait_for 10 grep -q "line over" "$T/one"
exec 7>&-
wait $client
is "$?" 0 "and ends well"

# It dies when it has handed connections over, and the zygote has yet to read of it: a container that ends is the first that
# this one hears of.
wait_for 10 one_zygote one
wait_for 10 pool_is one 2
zygote=$(zygote_pids one)
kill -STOP "$zygote"
: >"$T/one"
"$CLIENT" 127.0.0.1 1001 <"$T/one.in" >"$T/one" &
client=$!
exec 7>"$T/one.in"
ok "a connection is handed over" wait_for 10 grep -q h "$T/one"
kill -KILL "$(parked_pids one | head -n 1)"
kill -KILL "$(loop_pid)"
kill -CONT "$zygote"
wait_for 10 status_is .services.one.live 1
echo unread >&7
ok "and lives on with the next loop" wait_for 10 grep -q "line unread" "$T/one"
exec 7>&-
wait $client
is "$?" 0 "it ends well"

# Under load nothing hangs: what the dead loop had accepted and not handed over is lost, nothing else.
total=$((400 / TEST_SLOW))
"$CLIENT" --load --tolerant --clients 4 --total $total --send x --deadline 60 127.0.0.1 1001 >"$T/load" 2>/dev/null &
loader=$!
for _ in 1 2 3; do
	wait_for 10 there_is_a_loop
	lost=$(log_count ' loop-lost ')
	kill -KILL "$(loop_pid)"
	ok "another loop takes over" wait_for 10 restored_since "$lost"
done
wait $loader
is "$?" 0 "no client hangs when loops die under load"
like "$(cat "$T/load")" "^connections $total errors ([0-9]|[1-3][0-9]) " "few of them are lost"
ids=$(jq -r .id "$T/accounting" | sort | uniq -d | wc -l)
is "$ids" 0 "no id was given twice"
ok "zygotes of the older generation go" wait_for 10 count_is '^spawnd: zygote' 2
leak_check crash "nothing is left behind"

# One that dies again and again is started later and later, in the end after five seconds. A stop does not wait for it.
: >"$T/one"
"$CLIENT" --no-half-close --tolerant --deadline 100 127.0.0.1 1001 <"$T/one.in" >"$T/one" &
client=$!
exec 7>"$T/one.in"
wait_for 10 grep -q h "$T/one"
lost=$(log_count ' loop-lost ')
for i in 1 2 3 4 5 6 7 8 9 10 11; do
	wait_for 10 there_is_a_loop
	kill -KILL "$(loop_pid)"
	wait_for 10 lost_since $((lost + i - 1))
done
is "$(loop_pid)" "" "there is no loop"
begun=$(uptime_s)
kill -TERM "$SPAWND_PID"
spawnd_exit 8
is "$SPAWND_STATUS" 0 "a stop in that moment ends with exit status 0"
between $(($(uptime_s) - begun)) 0 $((4 * TEST_SLOW)) "soon"
ok "no process is left" wait_for 5 no_processes
ok "the client's connection has ended" wait_for 5 is_gone $client
exec 7>&-
done_testing

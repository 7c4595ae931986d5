#!/bin/sh
# SPDX-License-Identifier: ISC
# The loop dies while one service can make no container: its running connection goes on, the other services serve, and a
# stop in that moment is an orderly one.
. "$(dirname "$0")/lib.sh"

make_root "$T/root"
make_root "$T/broken"
conf <<EOF2
[service sound]
ListenStream=127.0.0.1:1001
RootDirectory=$T/root
ExecStart=/probe say sound
[service broken]
ListenStream=127.0.0.1:1002
RootDirectory=$T/broken
ExecStart=/probe hello , echo
EOF2
spawnd_start

mkfifo "$T/in"
"$CLIENT" 127.0.0.1 1002 <"$T/in" >"$T/out" &
client=$!
exec 8>"$T/in"
wait_for 10 grep -q h "$T/out"
rmdir "$T/broken/proc"
"$CLIENT" --tolerant 127.0.0.1 1002 </dev/null >/dev/null
ok "no container can be made" wait_log " container-failed service=broken step=mount-proc error=EPERM "
zygote=$(zygote_pids broken)

"$CLIENT" --tolerant --deadline 60 127.0.0.1 1002 </dev/null >/dev/null & # keeps the next loop wanting one
kill -KILL "$(loop_pid)"
ok "the sound one serves again" wait_for 10 test "$(talk 1001)" = sound
"$CLIENT" --tolerant --deadline 60 127.0.0.1 1002 </dev/null >/dev/null
is "$(zygote_pids broken)" "$zygote" "the broken one's zygote lives"
echo on >&8
ok "its connection goes on" wait_for 5 grep -q on "$T/out"

# A zygote that never comes holds the restoration.
rm -r "$T/broken"
wait_log ' loop-restored '
kill -STOP "$zygote"
loop=$(loop_pid)
kill -KILL "$loop"
wait_for 10 sh -c "ps -eo args= | grep -q '^spawnd: loop'"
started=$(uptime_ms)
ok "the sound one serves although the other says nothing" wait_for 10 test "$(talk 1001)" = sound
between $(($(uptime_ms) - started)) 0 $((2000 + 4000 * TEST_SLOW)) "soon"
kill -CONT "$zygote"
wait_for 10 status_is .services.broken.live 1
exec 8>&-
wait $client
is "$?" 0 "the connection ends well"
done_testing

#!/bin/sh
# SPDX-License-Identifier: ISC
# SIGHUP: a new generation; a bad one changes nothing; a listener that stays is never closed; running connections keep the
# specification they were born with.
TEST_TIMEOUT=180
. "$(dirname "$0")/lib.sh"

make_root "$T/root"
# configuration WORD [EXTRA]: what the service says, and lines for it
configuration() {
	conf <<EOF2
[defaults]
RootDirectory=$T/root
WarmMax=1

[service talker]
ListenStream=127.0.0.1:1001
ListenStream=$T/talker.sock
ExecStart=/probe say $1
WarmMin=2
WarmMax=2
$2

[service long]
ListenStream=127.0.0.1:1002
ExecStart=/probe hello , echo
$3
EOF2
}

configuration first
spawnd_start
is "$(talk 1001)" first "before"
old_zygote=$(zygote_pids talker) old_loop=$(loop_pid)

mkfifo "$T/hold"
"$CLIENT" --deadline 60 127.0.0.1 1002 <"$T/hold" >"$T/held" &
holder=$!
exec 8>"$T/hold"
wait_for 10 grep -q h "$T/held"

configuration second "" RuntimeMaxSec=1
ok "the reload ends" reload
ok "well" log_has ' reload-done '
is "$(talk 1001)" second "new connections get the new specification"
is "$("$CLIENT" "unix:$T/talker.sock" </dev/null)" second "at the unix socket too"
is "$(loop_pid)" "$old_loop" "the loop goes on"
isnt "$(zygote_pids talker)" "$old_zygote" "the zygote is a new one"
ok "the old one goes when its last container has" wait_for 10 is_gone "$old_zygote"
is "$(zygote_pids long | wc -l)" 2 "the old one with a running connection stays"

# New connections of "long" end after a second, the old one does not.
is "$("$CLIENT" --no-half-close --deadline 20 127.0.0.1 1002 </dev/null)" h "a new connection of long"
ok "has the new RuntimeMaxSec=" wait_for 5 grep -q '"service":"long".*"end":"timeout"' "$T/accounting"
echo still here >&8
ok "the connection from before outlives it" wait_for 5 grep -q "still here" "$T/held"
exec 8>&-
wait "$holder"
is "$?" 0 "and ends well"
ok "then its zygote goes" wait_for 10 count_is '^spawnd: zygote long' 1

# A bad one.
configuration third "" "RootDirectory=/nonexistent
Bogus=1"
zygotes=$(zygote_pids | sort | tr '\n' ' ')
ok "a reload of a bad configuration ends" reload
ok "as failed" log_has ' reload-failed '
wait_log 'config-error .*Bogus'
like "$(cat "$T/log")" "config-error at=$T/spawnd.conf:[0-9]+ .*RootDirectory" "the log has the error's line"
like "$(cat "$T/log")" "config-error at=$T/spawnd.conf:[0-9]+ .*Bogus" "and the other's"
is "$("$CLIENT" "unix:$T/talker.sock" </dev/null)" second "and the unix socket is there"
is "$(zygote_pids | sort | tr '\n' ' ')" "$zygotes" "every zygote is the same"
is "$(talk 1001)" second "and serves as before"

# One that is right, but the containers cannot be made: the root's program vanishes only at exec, a missing /proc earlier.
mkdir -p "$T/no-proc/tmp" "$T/no-proc/run" "$T/no-proc/dev" && cp "$PROBE" "$T/no-proc/probe"
configuration third "RootDirectory=$T/no-proc"
ok "a reload to a root without /proc ends" reload
is "$(log_count ' reload-failed ')" 2 "as failed"
is "$(talk 1001)" second "and the old generation serves"

# An address in use.
"$PROBE" notify-wait "$T/taken" 1 >/dev/null 8>&- &
taker=$!
wait_for 5 test -S "$T/taken"
configuration third "ListenStream=$T/taken"
ok "a reload to an address in use ends" reload
ok "the socket is still its owner's" test -S "$T/taken"
is "$(log_count ' reload-failed ')" 3 "as failed"
is "$(talk 1001)" second "and the old generation serves"
kill $taker

# Never closed: a client that connects all the time sees no refusal.
configuration fourth
reload
total=$((500 / TEST_SLOW))
while [ ! -e "$T/enough" ]; do
	"$CLIENT" --load --clients 4 --total $total --deadline 100 127.0.0.1 1001 || exit
done >"$T/load" 2>"$T/load.err" &
loader=$!
reloaded=$(log_count ' reload-done ')
i=0
while [ $i -lt 8 ]; do
	i=$((i + 1))
	configuration "generation-$i" "WarmMin=$((i % 3))"
	reload
done
ok "the load goes on to the end" is_running $loader
: >"$T/enough"
wait $loader
loaded=$?
is "$(log_count ' reload-done ')" $((reloaded + i)) "several reloads under load"
is "$(log_count ' reload-failed ')" 3 "none failed"
if [ $loaded -eq 0 ]; then
	pass "no connection was refused, reset or unanswered during reloads"
else
	fail "no connection was refused, reset or unanswered during reloads" "$(cat "$T/load" "$T/load.err")"
fi
like "$(cat "$T/load")" "connections $total errors 0 " "all were answered"
unlike "$(cat "$T/load")" 'errors [1-9]' "every time"
is "$(talk 1001)" "generation-$i" "the last generation serves"
ok "old generations go" wait_for 20 count_is '^spawnd: zygote talker' 1
ok "accepted = served + refused + aborted + live, over all generations" \
	status_is '.services.talker | .accepted == .served + .refused + .aborted + .live' true

# Services and addresses come and go.
conf <<EOF2
[service other]
ListenStream=127.0.0.1:1001
ListenStream=127.0.0.1:1003
RootDirectory=$T/root
ExecStart=/probe say other
EOF2
reload
is "$(talk 1001)" other "an address can go from one service to another"
is "$(talk 1003)" other "a new address serves"
nok "an address that is gone is closed" "$CLIENT" --connect-close 127.0.0.1 1002
nok "and its unix socket removed" test -e "$T/talker.sock"
ok "zygotes of services that are gone go" wait_for 10 count_is '^spawnd: zygote (talker|long)' 0

# spawnctl asks for the same.
configuration fifth
ok "spawnctl reload" control reload
is "$(talk 1001)" fifth "has the same effect"
echo "Bogus=1" >>"$T/spawnd.conf"
nok "spawnctl reload of a bad configuration fails" control reload
like "$(control reload 2>&1)" "spawnd.conf" "and says where"
is "$(talk 1001)" fifth "and changes nothing"
is "$(talk 1002)" h "nor closes what the last good one opened"
failed=$(log_count ' reload-failed ')
wait_for 10 status_is .live 0
wait_for 20 count_is '^spawnd: zygote' 2
wait_for 10 pool_is talker 2
wait_for 10 pool_is long 1
leak_start reloads
configuration sixth
for _ in 1 2 3 4 5; do
	reload
done
is "$(log_count ' reload-failed ')" "$failed" "good reloads after bad ones"
leak_check reloads "five more reloads leave nothing behind"
done_testing

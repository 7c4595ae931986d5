#!/bin/sh
# SPDX-License-Identifier: ISC
# Clients that connect and close, connect and reset, half-close first, never read, are gone before the hand-over: nothing
# leaks, nothing blocks, others are served meanwhile.
TEST_TIMEOUT=180
. "$(dirname "$0")/lib.sh"
needs jq

make_root "$T/root"
conf <<EOF2
LogLevel=error
MaxConnections=1100
[defaults]
RootDirectory=$T/root
MaxConnections=700
TimeoutStopSec=1
[service warm]
ListenStream=127.0.0.1:1001
ListenStream=$T/warm.sock
WarmMin=4
WarmMax=4
ExecStart=/probe hello , echo
[service cold]
ListenStream=127.0.0.1:1002
Warm=none
ExecStart=/probe hello , echo
[service floods]
ListenStream=127.0.0.1:1003
WarmMin=2
WarmMax=2
RuntimeMaxSec=4
ExecStart=/probe flood 50000000
[service silent]
ListenStream=127.0.0.1:1004
WarmMin=2
WarmMax=2
ExecStart=/probe wait-eof , say after-eof
EOF2
spawnd_start
wait_for 10 parked_is warm 4
wait_for 10 parked_is floods 2
wait_for 10 parked_is silent 2
talk 1001 >/dev/null
talk 1002 >/dev/null
wait_for 10 status_is .live 0
wait_for 10 parked_is warm 4
leak_start hostile

served() {
	is "$(echo "$1" | "$CLIENT" --deadline 30 127.0.0.1 1001)" "h$1" "meanwhile others are served ($1)"
}
settled() {
	ok "$1: nothing lives any more" wait_for 20 status_is .live 0
	leak_check hostile "$1: nothing is left behind"
	ok "$1: accepted = served + refused + aborted" status_is '.accepted == .served + .refused + .aborted' true
}

for port in 1001 1002 1004; do
	"$CLIENT" --connect-close --count 300 127.0.0.1 $port
	served "connect-and-close"
	settled "connect and close, 300 times at $port"
done
for port in 1001 1002 1004; do
	"$CLIENT" --reset --count 300 127.0.0.1 $port
	served "connect-and-reset"
	settled "connect and reset, 300 times at $port"
done
"$CLIENT" --connect-close --count 300 "unix:$T/warm.sock"
served "over a unix socket"
settled "connect and close, 300 times at a unix socket"

# Gone before the hand-over: with the pool's maker stopped, connections wait, and their clients leave.
zygote=$(zygote_pids cold)
kill -STOP "$zygote"
"$CLIENT" --reset --count 20 127.0.0.1 1002
"$CLIENT" --connect-close --count 20 127.0.0.1 1002
served "while 40 wait"
ok "they wait" wait_for 5 status_is .services.cold.waiting 40
kill -CONT "$zygote"
settled "gone before the hand-over"

is "$("$CLIENT" --half-close-first 127.0.0.1 1001 </dev/null)" h "half-close first: the answer arrives"
is "$("$CLIENT" --half-close-first 127.0.0.1 1004 </dev/null)" "after-eof" "even if the program waits for it"
i=0
while [ $i -lt 50 ]; do
	"$CLIENT" --half-close-first 127.0.0.1 1001 </dev/null >/dev/null || break
	i=$((i + 1))
done
is $i 50 "fifty times"
settled "half-close first"

# Never reads: the program blocks, nobody else does, and its time runs out.
mkfifo "$T/in"
"$CLIENT" --never-read --count 30 --deadline 60 127.0.0.1 1003 <"$T/in" >"$T/never" &
client=$!
exec 8>"$T/in"
wait_for 10 grep -q connected "$T/never"
ok "thirty that never read have their programs" wait_for 20 status_is .services.floods.live 30
served "beside thirty that never read"
ok "RuntimeMaxSec= ends them" wait_for 20 status_is .services.floods.live 0
exec 8>&-
wait $client
settled "never reads"

# Silent ones hold a place each, and give it back.
"$CLIENT" --never-read --count 250 --deadline 60 127.0.0.1 1004 <"$T/in" >"$T/never" &
client=$!
exec 8>"$T/in"
wait_for 20 grep -q connected "$T/never"
ok "250 silent ones live" wait_for 30 status_is .services.silent.live 250
served "beside 250 silent ones"
exec 8>&-
wait $client
settled "250 silent ones that reset"

# All at once.
"$CLIENT" --load --clients 8 --total 500 --send x --deadline 60 127.0.0.1 1001 >"$T/load" 2>/dev/null &
load=$!
"$CLIENT" --reset --count 300 127.0.0.1 1002 &
resets=$!
"$CLIENT" --connect-close --count 300 127.0.0.1 1001 &
closes=$!
"$CLIENT" --reset --count 300 127.0.0.1 1004 &
more=$!
wait $load
is "$?" 0 "polite ones among them are all answered: $(cat "$T/load")"
wait $resets
wait $closes
wait $more
settled "all at once"
served "in the end"
done_testing

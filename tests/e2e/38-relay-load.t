#!/bin/sh
# SPDX-License-Identifier: ISC
# SocketSeal=relay with clients that reset, never read, read slowly, and with many: no connection waits for another of the
# same relay, and nothing is left behind.
TEST_TIMEOUT=240
. "$(dirname "$0")/lib.sh"
needs jq python3 busybox

make_root "$T/root"
conf <<EOF2
MaxConnections=1200
[defaults]
RootDirectory=$T/root
SocketSeal=relay
MaxConnections=500
WarmMin=2
WarmMax=2
TimeoutStopSec=1
[service cat]
ListenStream=127.0.0.1:1005
ExecStart=/bin/cat
[service cat-pair]
ListenStream=127.0.0.1:1006
StandardInput=null
StandardError=null
ExecStart=/bin/sh -c 'exec cat <&3 >&3'
[service flood]
ListenStream=127.0.0.1:1010
ExecStart=/probe flood 50000000
[service listens]
ListenStream=127.0.0.1:1011
ExecStart=/probe hello , wait-eof , stderr saw-the-end 1
[service big]
ListenStream=127.0.0.1:1013
RuntimeMaxSec=6
ExecStart=/probe flood 8000000
EOF2

# py VERB PORT-or-PATH: what tests/client.c does not do
py() {
	timeout "$((60 * TEST_SLOW))" python3 "$TOP/tests/relay_client.py" "$@"
}

spawnd_start
for service in cat cat-pair flood listens big; do
	wait_for 10 pool_is $service 2
done
leak_start relay
settled() {
	ok "$1: nothing lives any more" wait_for 20 status_is .live 0
	ok "$1: accepted = served + refused + aborted" status_is '.accepted == .served + .refused + .aborted' true
}

# Resets.
"$CLIENT" --reset --count 50 127.0.0.1 1011
ok "a reset is the end of the input" wait_log 'service=listens .*text="saw-the-end"'
settled "resets of silent ones"
"$CLIENT" --read-limit 1000000 127.0.0.1 1010 </dev/null >/dev/null
# (The first process of a pid namespace is not killed by its own SIGPIPE: the probe says 97 to EPIPE.)
ok "a client that leaves in the middle is EPIPE for the program" wait_for 10 \
	accounted '.service == "flood" and .status == 97 and .bytes_out < 20000000'
"$CLIENT" --reset --count $((100 / TEST_SLOW)) 127.0.0.1 1005
"$CLIENT" --reset --count $((100 / TEST_SLOW)) 127.0.0.1 1010
"$CLIENT" --connect-close --count $((100 / TEST_SLOW)) 127.0.0.1 1006
settled "resets of busy ones"

# No connection waits for another: never-readers and a slow one in the same relay.
mkfifo "$T/in"
"$CLIENT" --never-read --count 40 --deadline 60 127.0.0.1 1010 <"$T/in" >"$T/never" &
never=$!
exec 8>"$T/in"
wait_for 10 grep -q connected "$T/never"
wait_for 20 status_is .services.flood.live 40
py slow 1010 >"$T/slow" &
slow=$!
began=$(uptime_ms)
i=0
while [ $i -lt 20 ]; do
	[ "$("$CLIENT" --read-limit 100000 127.0.0.1 1010 </dev/null | wc -c)" -ge 100000 ] || break
	i=$((i + 1))
done
is $i 20 "beside 40 that never read, others of the same service are served"
between $(($(uptime_ms) - began)) 0 $((10000 * TEST_SLOW)) "and soon"
wait $slow
is "$(cat "$T/slow")" 50000000 "a slow reader gets it all"
relay=$(pids '^spawnd: relay flood$')
ticks() {
	awk '{ print $14 + $15 }' "/proc/$1/stat"
}
before=$(ticks "$relay")
wait_for 2 false
between $(($(ticks "$relay") - before)) 0 15 "blocked connections cost the relay nothing"
exec 8>&-
wait $never
settled "never-readers"

# The program is gone, its bytes are not: the connection goes on until they are, or its time is over.
"$CLIENT" --never-read --count 1 --deadline 60 127.0.0.1 1013 <"$T/in" >"$T/never" &
never=$!
exec 8>"$T/in"
ok "RuntimeMaxSec= ends one that nobody reads" wait_for 15 \
	accounted '.service == "big" and .end == "timeout"'
exec 8>&-
wait $never
settled "nobody reads"

# Two hundred at once.
total=$((200 + 800 / TEST_SLOW))
"$CLIENT" --load --clients 200 --total $total --send x --deadline 100 127.0.0.1 1005 >"$T/load" 2>/dev/null
like "$(cat "$T/load")" "^connections $total errors 0 " "two hundred at a time"
total=$((100 + 200 / TEST_SLOW))
"$CLIENT" --load --clients 100 --total $total --send x --deadline 100 127.0.0.1 1006 >"$T/load" 2>/dev/null
like "$(cat "$T/load")" "^connections $total errors 0 " "a hundred pairs at a time"
settled "many"

leak_check relay "nothing is left behind"
is "$(log_count ' relay-lost ')" 0 "no relay was lost"
done_testing

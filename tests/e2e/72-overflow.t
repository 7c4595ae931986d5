#!/bin/sh
# SPDX-License-Identifier: ISC
# Overflow=: reject, reset, defer, queue; with a message, with a bound, with a deadline.
. "$(dirname "$0")/lib.sh"
needs jq

make_root "$T/root"
conf <<EOF2
[defaults]
RootDirectory=$T/root
MaxConnections=1
[service reject]
ListenStream=127.0.0.1:1001
ExecStart=/probe hello , wait-eof
OverflowMessage="421 too busy, sorry\r\n"
[service reset]
ListenStream=127.0.0.1:1002
ExecStart=/probe hello , wait-eof
Overflow=reset
OverflowMessage=never seen
[service defer]
ListenStream=127.0.0.1:1003
ExecStart=/probe hello , wait-eof
Overflow=defer
[service queue]
ListenStream=127.0.0.1:1004
ExecStart=/probe hello , wait-eof
Overflow=queue
QueueMax=2
QueueTimeoutSec=1min
MaxConnectionsPerSource=2
OverflowMessage=no
[service brief]
ListenStream=127.0.0.1:1007
ExecStart=/probe hello , wait-eof
Overflow=queue
QueueTimeoutSec=1s
OverflowMessage=no
[service order]
ListenStream=127.0.0.1:1008
ExecStart=/probe hello , wait-eof
Overflow=queue
QueueMax=4
OverflowMessage=no
[service rate]
ListenStream=127.0.0.1:1005
MaxConnections=10
Overflow=defer
RateLimitIntervalSec=2s
RateLimitBurst=2
ExecStart=/probe say served
[service paced]
ListenStream=127.0.0.1:1006
MaxConnections=10
Overflow=queue
RateLimitIntervalSec=1s
RateLimitBurst=2
ExecStart=/probe say served
EOF2
spawnd_start

# hold PORT: one connection that stays, until let_go
hold() {
	rm -f "$T/in" "$T/held"
	mkfifo "$T/in"
	"$CLIENT" --hold --deadline 60 127.0.0.1 "$1" <"$T/in" >"$T/held" &
	held=$!
	exec 7>"$T/in"
	wait_for 10 grep -q held "$T/held"
}
let_go() {
	exec 7>&-
	wait "$held"
}
# later NAME PORT [OPTION]...: a client in the background; its output and end in $T/NAME
later() {
	later_name=$1 later_port=$2
	shift 2
	"$CLIENT" --deadline 20 --verdict "$@" 127.0.0.1 "$later_port" </dev/null >"$T/$later_name" 2>&1 7>&- &
}

hold 1001
is "$(talk 1001 --verdict 2>&1 | od -An -c | tr -d ' \n')" '421toobusy,sorry\r\nendeofbytes21\n' "reject: the message, then a clean end"
let_go
hold 1002
like "$(talk 1002 --verdict --tolerant 2>&1)" '^(end|client: connect:) Connection reset by peer( bytes 0)?$' "reset: RST, and no message"
ok "the log says why" wait_log ' connection-refused service=reset .* reason=service-full live=1 limit=1'
let_go

hold 1003
later deferred 1003
ok "defer: the log says that the service is full" wait_log ' accept-deferred service=defer reason=service-full live=1 limit=1'
is "$(status .services.defer.accepted)" 1 "the client is not accepted"
nok "it waits" grep -q end "$T/deferred"
let_go
ok "and is served when there is a place" wait_for 10 grep -q '^hend eof bytes 1' "$T/deferred"
is "$(status .services.defer.refused)" 0 "nobody was refused"

hold 1004
later first 1004 --source 127.0.0.2
wait_for 10 status_is .services.queue.accepted 2
later second 1004 --source 127.0.0.3
wait_for 10 status_is .services.queue.accepted 3
is "$(control list --json | jq -r '[.[].state] | sort | join(" ")')" "queued queued running" "queue: they wait"
is "$(talk 1004 --verdict 2>&1)" "noend eof bytes 2" "one more than QueueMax= is refused"
ok "the account says why" wait_for 10 grep -q '"end":"refused","reason":"queue-full"' "$T/accounting"
let_go
ok "the first is served when there is a place" wait_for 10 grep -q '^hend eof bytes 1' "$T/first"
ok "then the second" wait_for 10 grep -q '^hend eof bytes 1' "$T/second"
wait_for 5 status_is .services.queue.live 0
hold 1007
begun=$(uptime_ms)
is "$(talk 1007 --verdict --no-half-close 2>&1)" "noend eof bytes 2" "one that waits too long is refused"
between $(($(uptime_ms) - begun)) 900 $((5000 * TEST_SLOW)) "after QueueTimeoutSec="
ok "the log says why" wait_log ' connection-refused service=brief .* reason=queue-timeout'
ok "and the account" grep -q '"end":"refused","reason":"queue-timeout"' "$T/accounting"
let_go

hold 1004
later first 1004 --source 127.0.0.9
wait_for 10 status_is .services.queue.live 2
later second 1004 --source 127.0.0.9
wait_for 10 status_is .services.queue.live 3
is "$(talk 1004 --verdict --source 127.0.0.9 2>&1)" "noend eof bytes 2" "a source in the queue counts"
ok "it is refused for its own sake" wait_log ' connection-refused service=queue peer=127.0.0.9:[0-9]+ reason=source-full live=2 limit=2'
let_go
wait_for 10 status_is .services.queue.live 0

# Who comes in the very turn of the loop in which a place becomes free, and those who come all the time.
queue_four() {
	: >"$T/log"
	hold 1008
	for i in 1 2 3 4; do
		later $i 1008
		wait_for 10 status_is .services.order.queued $i
	done
}
# shellcheck disable=SC2317 # called through ok
in_order() {
	sed -n 's/.* connection-start id=\([0-9]*\) service=order .*/\1/p' "$T/log" >"$T/started"
	sort -nc "$T/started"
}
for before in "" "of an older generation "; do
	queue_four
	[ -z "$before" ] || reload
	kill -STOP "$(loop_pid)"
	for i in 5 6 7; do
		"$CLIENT" --hold --deadline 60 127.0.0.1 1008 </dev/null >"$T/$i" 2>&1 7>&- &
		wait_for 10 grep -q connected "$T/$i"
	done
	let_go
	wait_for 10 count_is '^/probe hello' 0
	kill -CONT "$(loop_pid)"
	for i in 1 2 3 4; do
		ok "number $i in the queue ${before}is served" wait_for 10 grep -q '^hend eof bytes 1' "$T/$i"
	done
	wait_for 10 status_is .services.order.live 0
	ok "in their order, before those who were there when the place became free" in_order
done

queue_four
"$CLIENT" --load --tolerant --send x --clients 4 --total $((400 / TEST_SLOW)) --deadline 60 127.0.0.1 1008 >"$T/load" 2>&1 7>&- &
loader=$!
wait_log ' connection-refused service=order '
let_go
for i in 1 2 3 4; do
	ok "number $i is served beside those who come all the time" wait_for 20 grep -q '^hend eof bytes 1' "$T/$i"
done
wait $loader
wait_for 10 status_is .services.order.live 0
ok "in their order, before all who came later" in_order

begun=$(uptime_ms)
for i in 1 2 3 4; do
	is "$(talk 1005)" served "number $i of a rate that defers"
done
between $(($(uptime_ms) - begun)) 1800 $((6000 * TEST_SLOW)) "two at once, then one a second"
begun=$(uptime_ms)
for i in 1 2 3 4; do
	is "$(talk 1006)" served "number $i of a rate that queues"
done
between $(($(uptime_ms) - begun)) 900 $((5000 * TEST_SLOW)) "two at once, then two a second"

# A stop lets nobody wait for a place.
hold 1004
later waiting 1004
wait_for 10 status_is .services.queue.live 2
kill -TERM "$SPAWND_PID"
ok "a stop ends those who wait" wait_for 4 grep -q 'end eof bytes 0' "$T/waiting"
let_go
spawnd_exit 20
is "$SPAWND_STATUS" 0 "and spawnd stops"
done_testing

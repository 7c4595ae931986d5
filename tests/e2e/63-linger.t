#!/bin/sh
# SPDX-License-Identifier: ISC
# A program has filled its connection before a client that never reads, has asked the kernel that the last close(2) of it wait
# for ten minutes (SO_LINGER), and is gone. Nobody waits but the kernel; and what makes the loop wait all the same is
# interrupted.
. "$(dirname "$0")/lib.sh"
needs jq strace

make_root "$T/root"
conf <<EOF2
[defaults]
RootDirectory=$T/root
WarmMin=2
WarmMax=2
[service cold]
ListenStream=127.0.0.1:1001
Warm=none
ExecStart=/probe linger 0
[service ready]
ListenStream=127.0.0.1:1002
Warm=ready
ExecStart=/probe linger 0
[service started]
ListenStream=127.0.0.1:1003
Warm=started
ExecStart=/probe linger 0
[service stubborn]
ListenStream=127.0.0.1:1004
ExecStart=/probe linger $((2000 * TEST_SLOW))
[service other]
ListenStream=127.0.0.1:1005
ExecStart=/probe say served
EOF2
spawnd_start
for service in ready started stubborn other; do
	wait_for 10 parked_is $service 2
done
loop=$(loop_pid)

# never_read PORT COUNT: so many clients that never read, until let_go
never_read() {
	rm -f "$T/in" "$T/connected"
	mkfifo "$T/in"
	"$CLIENT" --never-read --deadline 100 --count "$2" 127.0.0.1 "$1" <"$T/in" >"$T/connected" &
	client=$!
	exec 8>"$T/in"
	wait_for 10 grep -q connected "$T/connected"
}
let_go() {
	exec 8>&-
	wait $client
}
# shellcheck disable=SC2317 # called through wait_for
is_traced() {
	[ "$(status_of "$loop" TracerPid)" != 0 ]
}
# slow_down OPTION...: some calls of the loop take long, until full_speed
slow_down() {
	strace -qq -o "$T/strace" "$@" -p "$loop" &
	tracer=$!
	wait_for 10 is_traced
}
full_speed() {
	kill -INT $tracer
	wait $tracer
}
# shellcheck disable=SC2317 # called through ok
is_served() {
	[ "$(talk 1005 --deadline 15)" = served ]
}
# shellcheck disable=SC2317 # too
answers() {
	timeout $((15 * TEST_SLOW)) "$SPAWNCTL" -s "$T/control" status "$@"
}
# shellcheck disable=SC2317 # too
are_over() {
	answers --json >"$T/status" && jq -e ".services.$1.served == $2 and .services.$1.live == 0" "$T/status"
}
# goes_on NAME SERVICE COUNT: with the connections of that service
goes_on() {
	ok "$1: another service serves" is_served
	ok "$1: spawnctl is answered" answers
	ok "$1: no connection is left" wait_for 10 are_over "$2" "$3"
}

many=$((40 / TEST_SLOW))
for service in cold:1001 ready:1002 started:1003; do
	never_read ${service#*:} $many
	goes_on "${service%:*}, $many at once" ${service%:*} $many
	let_go
done

# The program is gone before the loop hears that it runs: the loop's close(2) is the last.
few=$((many + 5))
slow_down -e trace=recvmsg -e signal=none -e inject=recvmsg:delay_enter=$((20000 * TEST_SLOW))
for service in cold:1001 ready:1002 started:1003; do
	never_read ${service#*:} 5
	goes_on "${service%:*}, a loop that comes late" ${service%:*} $few
	let_go
done
full_speed

# It has asked for it when the loop looks, is alive when the loop takes that back, and asks for it again. The loop gives a client
# of the control socket two seconds: a look takes less.
slow_down -e trace=close,getsockopt,setsockopt -e signal=ALRM -e inject=getsockopt:delay_enter=$((500000 + 100000 * TEST_SLOW)) \
	-e inject=setsockopt:delay_exit=$((4000000 * TEST_SLOW))
never_read 1004 1
goes_on "a program that asks again and again" stubborn 1
full_speed
let_go
# The first close(2) after a setsockopt(2) that took long ends by the signal.
interrupted() {
	awk '/SIGALRM/ && closed { print "yes" } /^close/ { closed = late; late = 0 } /^setsockopt.*DELAYED/ { late = 1 }' "$T/strace"
}
like "$(interrupted)" yes "what waits is interrupted (control)"
done_testing

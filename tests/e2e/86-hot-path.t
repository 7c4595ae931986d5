#!/bin/sh
# SPDX-License-Identifier: ISC
# The path of a connection: the loop allocates nothing, opens nothing and looks up no name, and no more calls are made for a
# connection when many others live; a container opens nothing between its connection and its program. Without work there are no
# calls at all.
. "$(dirname "$0")/lib.sh"
needs jq strace

make_root "$T/root"
conf <<EOF2
LogLevel=notice
MaxConnections=250
[defaults]
RootDirectory=$T/root
[service hello]
ListenStream=127.0.0.1:1001
ExecStart=/probe hello
WarmMin=4
WarmMax=4
[service null]
ListenStream=127.0.0.1:1002
ExecStart=/probe hello
StandardError=null
WarmMin=1
WarmMax=1
[service held]
ListenStream=127.0.0.1:1003
ExecStart=/probe hello , echo
MaxConnections=150
NetworkScope=service
EOF2
spawnd_start
wait_for 10 status_is .services.hello.parked 4
wait_for 10 status_is .services.null.parked 1

is_traced() {
	[ "$(status_of "$1" TracerPid)" != 0 ]
}
has_executed() {
	grep -q '^execve' "$T/child.$1".*
}
# traced FILE PID COMMAND...: the process's calls meanwhile
traced() {
	traced_file=$1
	traced_pid=$2
	shift 2
	strace -qq -o "$traced_file" -e signal=none -p "$traced_pid" &
	tracer=$!
	wait_for 10 is_traced "$traced_pid"
	"$@"
	kill -INT $tracer 2>/dev/null
	wait $tracer
}
# Of all of spawnd's processes. What pools have learned fades once a second for minutes: nobody has come yet.
idle_pids=
for pid in "$SPAWND_PID" $(loop_pid) $(zygote_pids); do
	idle_pids="$idle_pids -p $pid"
done
# shellcheck disable=SC2086 # a list of words
strace -qq -o "$T/idle" -e signal=none $idle_pids &
tracer=$!
for pid in $idle_pids; do
	[ "$pid" = -p ] || wait_for 10 is_traced "$pid"
done
# shellcheck disable=SC2317 # called through wait_for
has_grown() {
	[ "$(wc -l <"$T/idle")" -ne "$idle_lines" ]
}
# shellcheck disable=SC2317 # called through ok
comes_to_rest() {
	for _ in 1 2 3 4 5 6 7 8; do
		idle_lines=$(wc -l <"$T/idle")
		wait_for 4 has_grown || return 0
	done
	return 1
}
control status >/dev/null
ok "its timer is set for work" wait_for 10 grep -q 'setitimer(ITIMER_REAL, .*it_value={tv_sec=1,' "$T/idle"
ok "and ends: then there is no call for seconds" comes_to_rest
kill -INT $tracer
wait $tracer

flood() {
	"$CLIENT" --load --clients 2 --total 100 --deadline 60 127.0.0.1 1001 >"$T/flood" 2>&1
	wait_for 20 status_is .services.hello.live 0
}
names() {
	sed 's/(.*//' "$1" | grep -v '^[<.+]' | sort -u | tr '\n' ' '
}
# Nothing that allocates (brk, mmap), opens (openat, socket) or looks up a name (stat, readlink, connect). The clocks are
# calls where the vDSO cannot read them. The timer of loop/unblock.c runs while there is work.
allowed=' accept4 close epoll_ctl epoll_wait epoll_pwait getsockname getsockopt setsockopt setitimer rt_sigreturn recvfrom recvmsg sendmsg sendto write read fcntl clock_gettime gettimeofday '
unknown() {
	for call in $(names "$1"); do
		case $allowed in *" $call "*) ;; *) printf '%s ' "$call" ;; esac
	done
}
traced "$T/few" "$(loop_pid)" flood
like "$(cat "$T/flood")" "connections 100 errors 0 " "a hundred connections are served under the eye"
is "$(unknown "$T/few")" "" "the loop makes no call for them but those of moving descriptors and messages"
is "$(names "$T/few" | grep -c accept4)" 1 "(it is the loop)"
between "$(grep -c '^setitimer' "$T/few")" 0 $((20 * TEST_SLOW)) "its timer is not set for each of them"

mkfifo "$T/in"
live=$((100 / TEST_SLOW))
"$CLIENT" --hold --count "$live" --deadline 100 127.0.0.1 1003 <"$T/in" >"$T/held" &
client=$!
exec 8>"$T/in"
ok "$live others live" wait_for 60 grep -q "held $live" "$T/held"
traced "$T/many" "$(loop_pid)" flood
is "$(unknown "$T/many")" "" "with them too"
few=$(wc -l <"$T/few")
many=$(wc -l <"$T/many")
# Timers and wake-ups vary with how busy the machine is; the calls for a connection do not.
between "$((many * 100 / few))" 70 140 "and as many calls: $few, then $many"
exec 8>&-
wait $client

serve() {
	"$CLIENT" --deadline 20 127.0.0.1 "$1" >"$T/answer" 2>&1
}
for service in hello:1001 null:1002; do
	name=${service%:*}
	ok "$name: one waits" wait_for 10 status_is ".services.$name.parked" "$([ "$name" = hello ] && echo 4 || echo 1)"
	# Which one is taken is the loop's affair: all that wait are watched.
	for pid in $(parked_pids "$name"); do
		strace -qq -o "$T/child.$name.$pid" -e signal=none -p "$pid" &
		wait_for 10 is_traced "$pid"
	done
	serve "${service#*:}"
	wait_for 10 status_is ".services.$name.live" 0
	wait_for 10 has_executed "$name"
	child=$(grep -l '^execve' "$T"/child."$name".* | head -n 1)
	is "$(cat "$T/answer")" h "$name: is served under the eye"
	is "$(sed '/^execve/q' "$child" | grep -Ec '^(open|openat|openat2|brk|mmap|socket|stat|newfstatat|readlink)')" 0 \
		"$name: its process opens nothing until it is the program"
	between "$(sed '/^execve/q' "$child" | grep -c .)" 3 12 "$name: and makes few calls"
	diag "$(sed '/^execve/q; s/(.*//' "$child" | sed 's/(.*//' | tr '\n' ' ')"
done
for job in $(pgrep -x strace); do
	kill -INT "$job"
done
done_testing

#!/bin/sh
# SPDX-License-Identifier: ISC
# Readiness is said once, and only when every listener listens and every zygote can make containers.
. "$(dirname "$0")/lib.sh"

make_root "$T/root"
services() {
	conf <<EOF2
[defaults]
RootDirectory=$T/root
[service one]
ListenStream=127.0.0.1:1001
ExecStart=/probe say one
WarmMin=$1
[service two]
ListenStream=127.0.0.1:1002
ExecStart=/probe say two
WarmMin=$1
EOF2
}

for depth in 0 4; do
	services $depth
	spawnd_launch
	spawnd_await_ready
	# At this very moment:
	is "$(talk 1001)$(talk 1002)" onetwo "WarmMin=$depth: when it is ready, every service answers"
	is "$(od -An -c "$T/ready" | tr -d ' ')" '\n' "WarmMin=$depth: a newline was written"
	ok "WarmMin=$depth: and logged" log_has ' ready '
	spawnd_stop
done

# Once, and the descriptor is not held open, nor inherited.
mkfifo "$T/fifo"
cat "$T/fifo" >"$T/said" &
reader=$!
"$SPAWND" -c "$T/spawnd.conf" --notify-fd=7 7>"$T/fifo" 2>>"$T/log" &
SPAWND_PID=$!
ok "the notification descriptor is closed after its newline" wait_for 10 is_gone $reader
is "$(od -An -c "$T/said" | tr -d ' ')" '\n' "which was all"
is "$(talk 1001)" one "it serves"
spawnd_stop

# sd_notify(3)
"$PROBE" notify-wait "$T/notify" 4 >"$T/notified" &
wait_for 5 grep -q notify-bound "$T/notified"
NOTIFY_SOCKET=$T/notify
export NOTIFY_SOCKET
spawnd_start
unset NOTIFY_SOCKET
ok "NOTIFY_SOCKET: READY=1" wait_for 5 grep -q '^notify READY=1' "$T/notified"
unlike "$(talk 1001; tr '\0' '\n' <"/proc/$(loop_pid)/environ")" NOTIFY_SOCKET "it is not passed on"
reload
ok "RELOADING=1 at a reload" wait_for 5 grep -q '^notify RELOADING=1' "$T/notified"
# shellcheck disable=SC2317 # called through wait_for
ready_twice() {
	[ "$(grep -c '^notify READY=1' "$T/notified")" -eq 2 ]
}
ok "and READY=1 after it" wait_for 5 ready_twice
spawnd_stop
ok "STOPPING=1 at the end" wait_for 5 grep -q '^notify STOPPING=1' "$T/notified"

# An abstract one.
"$PROBE" notify-wait "$T/notify" 1 >/dev/null &
sleeper=$!
NOTIFY_SOCKET=@nobody-listens-here
export NOTIFY_SOCKET
spawnd_start
unset NOTIFY_SOCKET
is "$(talk 1001)" one "a supervisor that is gone does not matter"
spawnd_stop
kill $sleeper

# Not ready.
"$PROBE" notify-wait "$T/taken" 1 >"$T/taker" &
taker=$!
wait_for 5 grep -q bound "$T/taker"
: >"$T/log"
services 1
echo "ListenStream=$T/taken" >>"$T/spawnd.conf"
spawnd_launch
spawnd_exit 20
isnt "$SPAWND_STATUS" 0 "an address in use: spawnd ends with an error"
between "$SPAWND_STATUS" 100 111 "by one of its own exit statuses"
nok "without saying ready" test -s "$T/ready"
like "$(cat "$T/log")" "$T/taken" "and names the address"
kill $taker
ok "the other listeners are closed" wait_for 5 is_closed 127.0.0.1 1001

: >"$T/log"
mkdir -p "$T/no-proc/tmp" "$T/no-proc/run" "$T/no-proc/dev" && cp "$PROBE" "$T/no-proc/probe"
services 0
echo "RootDirectory=$T/no-proc" >>"$T/spawnd.conf"
spawnd_launch
spawnd_exit 20
isnt "$SPAWND_STATUS" 0 "a service that cannot make containers: spawnd ends with an error"
nok "without saying ready" test -s "$T/ready"
like "$(cat "$T/log")" 'proc' "and names what is missing"
ok "no process is left" wait_for 5 no_processes
done_testing

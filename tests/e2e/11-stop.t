#!/bin/sh
# SPDX-License-Identifier: ISC
# SIGTERM and SIGINT: no more connections, the others may end in time; then KillSignal=, then SIGKILL.
. "$(dirname "$0")/lib.sh"

make_root "$T/root"
configuration() {
	conf <<EOF2
TimeoutStopSec=$1
[defaults]
RootDirectory=$T/root

[service echo]
ListenStream=127.0.0.1:1001
ListenStream=$T/echo.sock
ExecStart=/probe hello , echo

[service polite]
ListenStream=127.0.0.1:1002
Init=yes
TimeoutStopSec=30
ExecStart=/probe catch 15 5 , hello , sleep 100

[service stubborn]
ListenStream=127.0.0.1:1003
Init=yes
TimeoutStopSec=1
ExecStart=/probe ignore-term , hello , sleep 100

[service usr]
ListenStream=127.0.0.1:1004
Init=yes
KillSignal=SIGUSR2
TimeoutStopSec=30
ExecStart=/probe catch 12 6 , hello , sleep 100

[service now]
ListenStream=127.0.0.1:1005
TimeoutStopSec=1ms
ExecStart=/probe ignore-term , hello , sleep 100
EOF2
}
# begin NAME PORT: a connection that stays, its answers in $T/NAME; its input is a fifo that nobody closes
begin() {
	rm -f "$T/$1.in" "$T/$1"
	mkfifo "$T/$1.in"
	sleep 1000 >"$T/$1.in" &
	echo $! >>"$T/sleepers"
	"$CLIENT" --no-half-close --verdict --tolerant --deadline 100 127.0.0.1 "$2" <"$T/$1.in" >"$T/$1" 2>"$T/$1.end" &
	wait_for 10 grep -q h "$T/$1"
}
end_of() {
	jq -r "select(.service == \"$1\") | [.end, .status // \"none\", .signal // \"none\"] | map(tostring) | join(\" \")" "$T/accounting"
}

for signal in TERM INT; do
	: >"$T/log"
	configuration $((10 * TEST_SLOW))
	spawnd_start
	mkfifo "$T/hold.$signal"
	: >"$T/held"
	"$CLIENT" 127.0.0.1 1001 <"$T/hold.$signal" >"$T/held" &
	client=$!
	exec 8>"$T/hold.$signal"
	wait_for 10 grep -q h "$T/held"
	kill -$signal "$SPAWND_PID"
	ok "$signal: it says that it stops" wait_log ' stopping '
	ok "$signal: no connection is accepted any more" wait_for 5 is_closed 127.0.0.1 1001
	nok "$signal: the unix socket is gone" test -e "$T/echo.sock"
	echo still working >&8
	ok "$signal: the running connection goes on" wait_for 5 grep -q "still working" "$T/held"
	ok "$signal: and spawnd waits for it" is_running "$SPAWND_PID"
	exec 8>&-
	wait $client
	is "$?" 0 "$signal: it ends well"
	spawnd_exit 5
	is "$SPAWND_STATUS" 0 "$signal: then spawnd ends with exit status 0, long before its timeout"
	ok "$signal: it says so" log_has ' stopped '
	is "$(account '[.end, .status] | @csv')" '"exit",0' "$signal: the connection has its account"
	nok "$signal: the control socket is removed" test -e "$T/control"
	ok "$signal: no process is left" wait_for 5 no_processes
done

rm "$T/accounting"
configuration 1
spawnd_start
begin polite 1002
begin stubborn 1003
begin usr 1004
begin now 1005
begun=$(uptime_s)
kill -TERM "$SPAWND_PID"
spawnd_exit 20
took=$(($(uptime_s) - begun))
is "$SPAWND_STATUS" 0 "connections that do not end are ended: exit status 0"
between $took 1 $((8 * TEST_SLOW)) "after the daemon's timeout and the service's"
is "$(cat "$T/polite")" "hgot-signal 15" "SIGTERM came first"
is "$(cat "$T/usr")" "hgot-signal 12" "or KillSignal="
is "$(end_of polite)" "operator 5 none" "accounted as the operator's doing, with its status"
is "$(end_of usr)" "operator 6 none" "the other too"
like "$(end_of stubborn)" '^operator (none 9|137 none)$' "then SIGKILL"
like "$(end_of now)" '^operator none 9$' "TimeoutStopSec=1ms: SIGKILL at once"
is "$(wc -l <"$T/accounting")" 4 "four accounts"
ok "no process is left" wait_for 5 no_processes

# A second signal: no more patience.
rm "$T/accounting"
: >"$T/log"
configuration 60
spawnd_start
begin now 1005
kill -TERM "$SPAWND_PID"
wait_log ' stopping '
kill -TERM "$SPAWND_PID"
begun=$(uptime_s)
spawnd_exit 20
between $(($(uptime_s) - begun)) 0 $((8 * TEST_SLOW)) "a second SIGTERM ends the patience"
is "$SPAWND_STATUS" 0 "with exit status 0"
while read -r sleeper; do
	kill "$sleeper" 2>/dev/null
done <"$T/sleepers"
done_testing

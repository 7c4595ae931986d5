#!/bin/sh
# SPDX-License-Identifier: ISC
# IdleTimeoutSec=, FirstByteTimeoutSec=, ClientGone=: by the kernel's counters, each with its end reason and a control.
. "$(dirname "$0")/lib.sh"
needs jq

make_root "$T/root"
pause=$(awk "BEGIN { print .4 * $TEST_SLOW }")
conf <<EOF2
[defaults]
RootDirectory=$T/root
TimeoutStopSec=100ms
[service idle]
ListenStream=127.0.0.1:1001
ExecStart=/probe hello , sleep 100
IdleTimeoutSec=$((2 * TEST_SLOW))s
[service busy]
ListenStream=127.0.0.1:1002
ExecStart=/bin/cat
IdleTimeoutSec=$((2 * TEST_SLOW))s
[service first]
ListenStream=127.0.0.1:1003
ExecStart=/bin/cat
FirstByteTimeoutSec=$((2 * TEST_SLOW))s
SourcePenalties=limit:1s min:10min max:10min
[service gone]
ListenStream=127.0.0.1:1004
ListenStream=$T/gone.sock
ExecStart=/probe sleep 100
ClientGone=kill
ClientGoneSec=500ms
[service slow]
ListenStream=127.0.0.1:1005
ExecStart=/bin/sh -c 'for i in 1 2 3 4 5 6 7 8; do echo \$\$i; sleep $pause; done'
ClientGone=kill
ClientGoneSec=$((2 * TEST_SLOW))s
[service stays]
ListenStream=127.0.0.1:1006
ExecStart=/probe sleep 100
RuntimeMaxSec=1500ms
[service silent]
ListenStream=127.0.0.1:1007
ExecStart=/bin/cat
SourcePenalties=no-bytes:30s min:20s
EOF2
spawnd_start

ended() { # NUMBER END DESCRIPTION [SERVICE]
	wait_accounts "$1"
	is "$(account .end)" "$2" "$3"
	ok "the log says so" wait_log " connection-end .* end=$2 "
}

is "$(talk 1001 --no-half-close)" h "a client that waits, a program that says nothing"
ended 1 idle "is ended for being idle"
between "$(account .wall_us)" $((1990000 * TEST_SLOW)) $((5000000 * TEST_SLOW)) "when nothing has moved for IdleTimeoutSec="
# Pieces with pauses shorter than the deadline, for longer than it.
paced() {
	for piece in 1 2 3 4 5 6; do
		echo "$piece"
		sleep "$pause"
	done
}
is "$(paced | "$CLIENT" --deadline 20 127.0.0.1 1002 | tr -d '\n')" 123456 "one that says something now and then is served"
ended 2 exit "to its end"
between "$(account .wall_us)" $((2000000 * TEST_SLOW)) $((9000000 * TEST_SLOW)) "which came later than the deadline of an idle one (control)"

is "$(talk 1003 --no-half-close --verdict 2>&1)" "end eof bytes 0" "a client that never says a word"
ended 3 first-byte "is ended"
between "$(account .wall_us)" $((1990000 * TEST_SLOW)) $((5000000 * TEST_SLOW)) "after FirstByteTimeoutSec="
is "$(account .bytes_in)" 0 "and the account has its silence"
# shellcheck disable=SC2317 # called by name
first_then_silent() {
	echo word
	sleep $((3 * TEST_SLOW))
}
is "$(first_then_silent | "$CLIENT" --deadline 20 127.0.0.1 1003)" word "one that has said a word may be silent"
ended 4 exit "and is served (control)"

"$CLIENT" --reset --count 1 127.0.0.1 1004
ended 5 client "a client that resets: its program is ended"
between "$(account .wall_us)" 490000 $((3000000 * TEST_SLOW)) "after ClientGoneSec="
is "$(talk 1004)" "" "a client that half-closes, a program that says no more"
ended 6 client "counts as gone"
"$CLIENT" --connect-close "unix:$T/gone.sock"
ended 7 client "over AF_UNIX too"
is "$(talk 1005 --half-close-first | tr -d '\n')" 12345678 "but one that still gets bytes is served, longer than ClientGoneSec="
ended 8 exit "to the end"
between "$(account .wall_us)" $((2000000 * TEST_SLOW)) $((9000000 * TEST_SLOW)) "which took longer"
"$CLIENT" --reset --count 1 127.0.0.1 1006
ended 9 timeout "ClientGone=ignore: the program goes on to its deadline (control)"

"$CLIENT" --connect-close 127.0.0.1 1007
wait_accounts 10
is "$(account '[.end, .bytes_in] | @csv')" '"exit",0' "a client that came and went without a word"
ok "has a penalty" wait_log ' source-penalty service=silent source=127.0.0.1 end=exit seconds=(29|30)'
talk 1007 >/dev/null 2>&1
ok "and is refused" wait_log ' connection-refused service=silent .* reason=penalty'
is "$(echo hello | "$CLIENT" --source 127.0.0.2 127.0.0.1 1007)" hello "one that speaks"
wait_accounts 12
is "$(echo hello | "$CLIENT" --source 127.0.0.2 127.0.0.1 1007)" hello "has none"

"$SPAWND" -t -c "$T/spawnd.conf" >"$T/errors" 2>&1
is "$(cat "$T/errors")" "" "the configuration is right (control)"
sed -i "s|^ListenStream=127.0.0.1:1001|&\nListenStream=$T/idle.sock|" "$T/spawnd.conf"
like "$("$SPAWND" -t -c "$T/spawnd.conf" 2>&1)" 'IdleTimeoutSec: the kernel counts no bytes of ListenStream=.*idle.sock' \
	"IdleTimeoutSec= over AF_UNIX is an error"
done_testing

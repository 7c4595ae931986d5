#!/bin/sh
# SPDX-License-Identifier: ISC
# spawnctl status, list, show: live connections with what they use; they agree with the log and the account.
. "$(dirname "$0")/lib.sh"
needs jq

make_root "$T/root"
cat >"$T/root/busy" <<'EOF2'
i=0
while [ $i -lt 60000 ]; do i=$((i + 1)); done
sleep 60 &
echo busy
exec sleep 60
EOF2
conf <<EOF2
[defaults]
RootDirectory=$T/root
[service echo]
ListenStream=127.0.0.1:1001
ListenStream=[::]:1011
WarmMin=1
IdleTimeoutSec=5min
ExecStart=/probe say hello , echo
[service shell]
ListenStream=127.0.0.1:1002
ListenStream=@shell
ExecStart=/bin/sh /busy
EOF2
spawnd_start

# one NAME PORT|ADDRESS [TEXT]: a client that stays until its input closes, on a descriptor of the caller's choice
mkfifo "$T/in1" "$T/in2"
"$CLIENT" --deadline 60 127.0.0.1 1001 <"$T/in1" >"$T/out1" &
exec 7>"$T/in1"
printf 12345 >&7
ok "one client talks" wait_for 10 grep -q 12345 "$T/out1"
"$CLIENT" --deadline 60 unix:@shell <"$T/in2" >"$T/out2" 7>&- &
exec 8>"$T/in2"
ok "another's program is busy" wait_for 10 grep -q busy "$T/out2"

list=$(control list --json)
of() {
	printf '%s' "$list" | jq -r "[.[] | select(.service == \"$1\")] | .[0] | $2"
}
is "$(printf '%s' "$list" | jq length)" 2 "list: both"
is "$(control list --json shell | jq length)" 1 "list of one service"
is "$(of echo '[.bytes_in, .bytes_out] | @csv')" 5,11 "bytes of a connection that lives: a line, and what came back"
is "$(of shell .bytes_in)" null "none are known of an AF_UNIX socket"
between "$(of echo .memory_bytes)" 4096 100000000 "memory"
between "$(of shell .cpu_ms)" 10 60000 "processor time"
is "$(of shell .processes)" 2 "of all its processes"
is "$(of echo .processes)" 1 "and of no other's"
is "$(of echo .source)" 127.0.0.1 "source"
is "$(of shell .source)" uid:0 "source of a local client"
between "$(of echo .age_ms)" 0 60000 "age"
text=$(control list)
like "$text" '^ +ID SERVICE +STATE +WARMTH +PID +AGE +CPU +MEMORY +IN +OUT PEER$' "list: a head"
like "$text" ' echo +running +ready +[0-9]+ +[0-9.ms]+ +[0-9.]+s +[0-9.]+[KM] +5 +11 127\.0\.0\.1:[0-9]+$' "and a line"

id=$(of echo .id)
shown=$(control show "$id" --json)
show_is() {
	is "$(printf '%s' "$shown" | jq -r "$1")" "$2" "show: $3"
}
show_is .id "$id" "the connection"
show_is .listener 127.0.0.1:1001 "its listener"
show_is .local 127.0.0.1:1001 "the near end"
show_is .source_live 1 "what lives of its source"
show_is .state running "state"
show_is '.bytes_in' 5 "bytes"
show_is '.deadline_ms > 100000 and .deadline_ms <= 300000' true "the next timer: IdleTimeoutSec="
show_is '.rtt_us > 0' true "round trip"
is "$(printf '%s' "$shown" | jq -r .pid)" "$(sed -n "s/.* connection-start id=$id .* pid=\([0-9]*\) .*/\1/p" "$T/log")" "the log's pid"
is "$(printf '%s' "$shown" | jq -r .spawn_us)" "$(sed -n "s/.* connection-start id=$id .* spawn_us=\([0-9]*\) .*/\1/p" "$T/log")" "the log's latency"
like "$(control show "$id")" "^service +echo \(generation 1\), listener 127.0.0.1:1001$" "show: as text"
nok "show: a connection that is not there" control show 999999
control show 999999 2>"$T/err"
is "$?" 1 "exit status 1"
is "$(cat "$T/err")" "spawnctl: there is no such connection" "and the reason"
control show echo 2>/dev/null
is "$?" 100 "a name is no number: exit status 100"
control list nobody 2>"$T/err"
is "$? $(cat "$T/err")" "1 spawnctl: there is no such service" "nor is any word a service"

exec 7>&- 8>&-
wait_for 10 status_is .live 1
is "$(status .services.echo.ended_exit)" 1 "status: how connections have ended"
like "$(control status)" '^echo +1 +1 +0 +0 +0 +[0-9]+ ready +open$' "status: the state of a service"
done_testing

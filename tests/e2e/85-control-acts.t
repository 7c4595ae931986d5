#!/bin/sh
# SPDX-License-Identifier: ISC
# spawnctl kill, pause, resume, drain, reload, explain: on real connections, with the log and the account of each.
. "$(dirname "$0")/lib.sh"
needs jq

make_root "$T/root"
configuration() {
	conf <<EOF2
[defaults]
RootDirectory=$T/root
TimeoutStopSec=200ms
[service echo]
ListenStream=127.0.0.1:1001
WarmMin=1
ExecStart=/probe echo
[service stubborn]
ListenStream=127.0.0.1:1002
KillSignal=USR1
TimeoutStopSec=$((2 * TEST_SLOW))s
ExecStart=/bin/sh /stubborn
[service one]
ListenStream=127.0.0.1:1003
ListenStream=@one
MaxConnections=1
ExecStart=/probe echo
[service wary]
ListenStream=[::]:1004
MaxConnectionsPerSource=1
IPAddressDeny=192.0.2.0/24 2001:db8::/32
IPAddressAllow=192.0.2.7
Overflow=reset
ExecStart=/probe echo
[service patient]
ListenStream=127.0.0.1:1005
MaxConnections=1
Overflow=queue
QueueMax=1
ExecStart=/probe echo
$1
EOF2
}
printf "trap '' USR1\necho here\nwhile :; do sleep 1; done\n" >"$T/root/stubborn"
configuration
spawnd_start

# hold NAME PORT: a client that stays until let_go NAME
hold() {
	rm -f "$T/in.$1"
	mkfifo "$T/in.$1"
	"$CLIENT" --deadline 60 127.0.0.1 "$2" <"$T/in.$1" >"$T/out.$1" 2>/dev/null &
	sh -c 'exec >"$1"; echo x; exec sleep 60' hold "$T/in.$1" &
	echo $! >"$T/pid.$1"
	wait_for 10 test -s "$T/out.$1"
}
let_go() {
	kill "$(cat "$T/pid.$1")"
}
live_is() {
	[ "$(control list --json "$1" | jq length)" -eq "$2" ]
}
first() {
	control list --json "$1" | jq '.[0].id'
}

# kill
hold a 1001
hold b 1001
id=$(first echo)
is "$(control kill "$id")" "told to end: 1 connections" "kill: by number"
ok "one is left" wait_for 5 live_is echo 1
ok "its line in the log" wait_log " connection-end id=$id service=echo end=operator signal=9 "
ok "and what was done, by whom" log_has " operator verb=kill service=- id=$id count=1 asker=[0-9]+$"
wait_accounts 1
is "$(account '[.id, .end] | @csv')" "$id,\"operator\"" "and in the account"
is "$(status .services.echo.ended_operator)" 1 "and in the counters"
hold c 1002
is "$(control --json kill echo)" '{"connections":1}' "kill: a service, as JSON"
ok "none of it is left" wait_for 5 live_is echo 0
is "$(control list --json | jq length)" 1 "and those of others go on"
control kill stubborn >/dev/null
is "$(control show "$(first stubborn)" --json | jq -r .ending)" operator "show: it is being ended"
ok "one that minds no KillSignal= is killed after TimeoutStopSec=" wait_log ' connection-end .*service=stubborn end=operator signal=9 '
for word in 999999 nobody; do
	control kill "$word" 2>/dev/null
	is "$?" 1 "kill $word: nothing of that name"
done
is "$(control kill echo)" "told to end: 0 connections" "a service without connections is no error"

# pause, resume
is "$(control pause echo)" "paused: 1 services" "pause"
is "$(control pause echo)" "paused: 0 services" "again: it is already"
is "$(status .services.echo.paused)" true "status says so"
like "$(control status)" '^echo .* paused$' "also to people"
hold d 1005
"$CLIENT" --deadline 30 127.0.0.1 1001 <"$T/root/probe" >"$T/late" 2>/dev/null &
is "$(control explain 127.0.0.1 echo --json | jq -r '.[0] | .outcome + " " + .verdict')" "waits paused" "explain says so"
configuration "# changed"
control reload >/dev/null
is "$(status '[.generation, .services.echo.paused] | @csv')" 2,true "a reload does not change it"
is "$(control list --json echo | jq length)" 0 "nobody was accepted"
is "$(status .services.echo.accepted)" 2 "nor counted"
is "$(control resume)" "resumed: 1 services" "resume"
ok "who has waited is served" wait_for 10 cmp -s "$T/late" "$T/root/probe"

# drain
is "$(control drain --timeout=0 patient 2>&1; echo "$?")" "accepting no more: 1 services
spawnctl: 1 connections go on
1" "drain: not empty in time"
control drain patient >"$T/drained" &
drain=$!
ok "it waits for the connection" wait_for 5 test -s "$T/drained"
ok "that goes on" is_running $drain
like "$(control status)" '^patient .* draining$' "status: draining"
let_go d
ok "and ends with it" wait_for 10 is_gone $drain
is "$(control drain --json)" '{"services":4}' "drain: all, and nobody is connected"
is "$(status '[.services[].paused] | all')" true "none accepts any more"
control drain nobody 2>/dev/null
is "$?" 1 "drain: no such service"
control drain --timeout=soon 2>/dev/null
is "$?" 100 "drain: no number"
is "$(control resume echo)" "resumed: 1 services" "resume: one"
is "$(echo x | "$CLIENT" 127.0.0.1 1001)" x "it serves"
control resume >/dev/null
is "$(echo x | "$CLIENT" 127.0.0.1 1003)" x "resume: the rest"

# explain
explain() {
	control explain --json "$1" "$2" | jq -r '.[] | [.listener, .outcome, .verdict] | join(" ")'
}
before=$(status '[.accepted, .refused] | @csv')
is "$(explain 198.51.100.9 echo)" "127.0.0.1:1001 served admitted" "explain: served"
is "$(explain 192.0.2.8 wary)" "[::]:1004 reset denied" "explain: denied, by IPv4 through [::]"
is "$(explain 192.0.2.7 wary)" "[::]:1004 served admitted" "explain: allowed before it is denied"
is "$(explain 2001:db8::5 wary)" "[::]:1004 reset denied" "explain: by IPv6"
is "$(explain 2001:db8::5 echo)" "" "explain: a listener of IPv4 alone is out of reach"
is "$(explain uid:1000 one)" "@one served admitted" "explain: a local user"
hold e 1003
is "$(explain uid:1000 one)" "@one refused service-full" "explain: full"
is "$(control explain 127.0.0.1 one --json | jq -c '.[0] | [.live, .limit, .source_live, .source]')" '[1,1,1,"127.0.0.1"]' "with the numbers"
hold f 1005
is "$(explain 127.0.0.1 patient)" "127.0.0.1:1005 queued service-full" "explain: would wait in the queue"
"$CLIENT" --deadline 60 127.0.0.1 1005 <"$T/in.f" >/dev/null 2>&1 &
wait_for 5 status_is .queued 1
is "$(explain 127.0.0.1 patient)" "127.0.0.1:1005 refused queue-full" "explain: but it is full"
hold g 1004
is "$(explain 127.0.0.1 wary)" "[::]:1004 reset source-full" "explain: a source's own limit"
is "$(explain 127.0.0.2 wary)" "[::]:1004 served admitted" "and not another's"
like "$(control explain 127.0.0.1)" '^wary +\[::\]:1004 +reset +source-full +1 of 1 +- 127\.0\.0\.1$' "explain: as text, all services"
is "$(status .refused)" "$(echo "$before" | cut -d, -f2)" "nobody was refused by being asked about"
control explain nonsense 2>/dev/null
is "$?" 100 "explain: no address"
is "$(control explain 127.0.0.1 --json | jq length)" 5 "one line for each listener that can be reached"

# reload
cat >>"$T/spawnd.conf" <<'EOF2'
Nonsense=1
RuntimeMaxSec=never
[service]
EOF2
control reload >"$T/out" 2>"$T/err"
is "$?" 1 "reload: a bad file: exit status 1"
lines=$(wc -l <"$T/spawnd.conf")
like "$(cat "$T/err")" "^$T/spawnd.conf:$((lines - 2)): .*Nonsense" "every error: the first, with file and line"
like "$(cat "$T/err")" "^$T/spawnd.conf:$((lines - 1)): .*RuntimeMaxSec" "the second"
like "$(cat "$T/err")" "^$T/spawnd.conf:$lines: " "the third"
like "$(cat "$T/err")" '^spawnctl: configuration: 3 errors, the first at .*: nothing has changed$' "and what that means"
is "$(status .generation)" 2 "the one before serves"
configuration
is "$(control reload)" reloaded "reload: repaired"
is "$(control --json reload)" '{"reloaded":true}' "as JSON"
sed -i 's|^LogLevel.*||; s|^AccountingFile=.*|AccountingFile=/nowhere/accounting|' "$T/spawnd.conf"
control reload 2>"$T/err"
isnt "$?" 0 "reload: a fault that is found while staging"
ok "is told too" test -s "$T/err"
for name in e f g; do let_go $name; done
done_testing

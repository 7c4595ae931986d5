#!/bin/sh
# SPDX-License-Identifier: ISC
# A relay dies: its connections end, the warden starts another, later ones are served. The loop dies: relayed connections go
# on and are accounted for. A reload: the old relay stays until its last connection has ended.
TEST_TIMEOUT=180
. "$(dirname "$0")/lib.sh"
needs jq

make_root "$T/root"
conf <<EOF2
[defaults]
RootDirectory=$T/root
SocketSeal=relay
WarmMin=2
WarmMax=2
TimeoutStopSec=1
[service one]
ListenStream=127.0.0.1:1001
ExecStart=/probe hello , read-line , echo , exit 4
[service stubborn]
ListenStream=127.0.0.1:1002
StandardInput=null
ExecStart=/probe listen-fds , ignore-term , hello , sleep 60
[service big]
ListenStream=127.0.0.1:1003
ExecStart=/probe flood 8000000
EOF2
spawnd_start
for service in one stubborn big; do
	wait_for 10 pool_is $service 2
done
leak_start relay
relay_of() {
	pids "^spawnd: relay $1\$"
}

# The relay.
mkfifo "$T/one.in" "$T/two.in"
"$CLIENT" --tolerant 127.0.0.1 1001 <"$T/one.in" >"$T/one" &
client=$!
exec 7>"$T/one.in"
"$CLIENT" --no-half-close --tolerant 127.0.0.1 1002 <"$T/two.in" >"$T/two" 7>&- &
other=$!
exec 8>"$T/two.in"
ok "two connections live" wait_for 10 status_is .live 2
wait_for 10 grep -q h "$T/one"
wait_for 10 grep -q h "$T/two"
old=$(relay_of one)
kill -KILL "$old"
kill -KILL "$(relay_of stubborn)"
ok "the log says that a relay was lost" wait_log ' relay-lost service=one signal=9'
ok "its connection ends" wait_for 10 is_gone $client
ok "and the other's, whose program ignores everything" wait_for 10 is_gone $other
ok "the programs too" wait_for 10 status_is .live 0
wait_accounts 2
is "$(jq -r .end "$T/accounting" | sort -u)" lost "accounted for as lost"
exec 7>&- 8>&-
ok "there is another relay" wait_for 10 changed "$old" '^spawnd: relay one$'
is "$(echo late | "$CLIENT" --deadline 20 127.0.0.1 1001)" "hline late" "that serves"
ok "containers that were parked meanwhile are used" wait_for 10 parked_is one 2

# While there is none, connections wait.
relay=$(relay_of one)
kill -KILL "$relay"
wait_for 10 is_gone "$relay"
is "$(echo early | "$CLIENT" --deadline 20 127.0.0.1 1001)" "hline early" "a connection waits for its relay"
kill -STOP "$(relay_of one)"
echo stopped | "$CLIENT" --tolerant --deadline 20 127.0.0.1 1001 >"$T/stopped" &
client=$!
ok "a program can run before its relay has heard of it" wait_for 10 \
	sh -c "'$SPAWNCTL' -s '$T/control' list --json | jq -e '.[] | select(.service == \"one\" and .state == \"running\")'"
kill -CONT "$(relay_of one)"
wait $client
is "$(cat "$T/stopped")" "hline stopped" "and is served when it has"
wait_for 10 status_is .live 0

# The loop.
: >"$T/one"
"$CLIENT" 127.0.0.1 1001 <"$T/one.in" >"$T/one" &
client=$!
exec 7>"$T/one.in"
wait_for 10 grep -q h "$T/one"
"$CLIENT" --never-read --deadline 60 127.0.0.1 1003 <"$T/two.in" >"$T/two" 7>&- &
other=$!
exec 8>"$T/two.in"
wait_for 10 grep -q connected "$T/two"
wait_for 10 status_is .live 2
id=$(control list --json | jq -r '.[] | select(.service == "one") | .id')
relay=$(relay_of one)
kill -KILL "$(loop_pid)"
ok "(the loop dies)" wait_log ' loop-restored '
wait_for 10 status_is .live 2
echo hello >&7
ok "a relayed connection goes on" wait_for 10 grep -q "line hello" "$T/one"
exec 7>&-
wait $client
is "$?" 0 "and ends well"
ok "accounted for" wait_for 10 accounted ".id == $id"
is "$(jq -c "select(.id == $id) | [.end, .status, .bytes_in, .bytes_out]" "$T/accounting")" '["exit",4,6,12]' \
	"with its exit status and its bytes"
is "$(relay_of one)" "$relay" "by the same relay"
is "$(echo next | "$CLIENT" --deadline 20 127.0.0.1 1001)" "hline next" "which serves the new loop"
exec 8>&-
wait $other
ok "one whose client leaves later ends" wait_for 10 status_is .live 0

# A reload.
: >"$T/one"
"$CLIENT" 127.0.0.1 1001 <"$T/one.in" >"$T/one" &
client=$!
exec 7>"$T/one.in"
wait_for 10 grep -q h "$T/one"
reload
is "$(relay_of one | wc -l)" 2 "after a reload the old relay stays for its connection"
ok "that of an idle service goes" wait_for 10 count_is '^spawnd: relay big$' 1
is "$(echo new | "$CLIENT" --deadline 20 127.0.0.1 1001)" "hline new" "the new one serves"
echo over >&7
exec 7>&-
wait $client
is "$(cat "$T/one")" "hline over" "the old one too, to the end"
ok "then it goes" wait_for 10 count_is '^spawnd: relay one$' 1
is "$(jq -r 'select(.end == "lost")' "$T/accounting" | jq -s length)" 2 "nothing else was lost"

# A stop cuts what nobody reads; the program is long gone.
leak_check relay "nothing is left behind"
"$CLIENT" --never-read --deadline 60 127.0.0.1 1003 <"$T/two.in" >"$T/two" &
other=$!
exec 8>"$T/two.in"
wait_for 10 status_is .live 1
spawnd_stop "with a client that never reads"
exec 8>&-
wait $other
done_testing

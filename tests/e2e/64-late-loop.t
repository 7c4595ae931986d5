#!/bin/sh
# SPDX-License-Identifier: ISC
# A loop that comes late hears of a zygote's or relay's death and of its successor in the same moment. What the dead one ran
# is lost, and is said to be; nothing is left over, and the successor serves.
. "$(dirname "$0")/lib.sh"
needs jq

make_root "$T/root"
conf <<EOF2
[defaults]
RootDirectory=$T/root
WarmMin=2
WarmMax=2
MaxConnections=4
[service plain]
ListenStream=127.0.0.1:1001
ExecStart=/probe say held , sleep 300
[service relayed]
ListenStream=127.0.0.1:1002
SocketSeal=relay
ExecStart=/probe say held , sleep 300
EOF2
spawnd_start
for service in plain relayed; do
	wait_for 10 pool_is $service 2
done
loop=$(loop_pid)

# held PORT SERVICE: two clients that are served and stay, until let_go
held() {
	rm -f "$T/in"
	mkfifo "$T/in"
	"$CLIENT" --never-read --count 2 --deadline 300 127.0.0.1 "$1" <"$T/in" >"$T/held" &
	client=$!
	exec 8>"$T/in"
	ok "two are served" wait_for 10 two_run "$2"
}
# shellcheck disable=SC2317 # called through wait_for
two_run() {
	[ "$(log_count "connection-start .*service=$1 ")" = 2 ]
}
let_go() {
	exec 8>&-
	wait $client
}
# replaced NAME OLD: another process of that title is there
# shellcheck disable=SC2317 # too
replaced() {
	replaced_by=$(pids "^spawnd: $1\$" | head -n 1)
	[ -n "$replaced_by" ] && [ "$replaced_by" != "$2" ]
}
# dies TITLE: the process of that title, while the loop hears nothing until there is another
dies() {
	victim=$(pids "^spawnd: $1\$" | head -n 1)
	kill -STOP "$loop"
	kill -KILL "$victim"
	ok "another: $1" wait_for 20 replaced "$1" "$victim"
	sleep 1
	kill -CONT "$loop"
}
# shellcheck disable=SC2317 # too
lost() {
	[ "$(jq -c --arg service "$1" 'select(.service == $service) | .end' "$T/accounting" | grep -c lost)" = "$2" ]
}
# shellcheck disable=SC2317 # too
is_held_again() {
	[ "$(talk "$1" --deadline 5 2>/dev/null | head -n 1)" = held ]
}

held 1001 plain
dies "zygote plain"
ok "the two are lost" wait_for 10 lost plain 2
ok "and are over" wait_for 10 status_is .services.plain.live 0
let_go
ok "its containers are taken: both wait" wait_for 20 pool_is plain 2
ok "and serve" wait_for 10 is_held_again 1001

held 1002 relayed
dies "relay relayed"
ok "the two are lost" wait_for 10 lost relayed 2
ok "and are over" wait_for 10 status_is .services.relayed.live 0
let_go
ok "it serves" wait_for 20 is_held_again 1002
is "$(loop_pid)" "$loop" "by the same loop"
done_testing

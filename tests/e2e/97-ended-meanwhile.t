#!/bin/sh
# SPDX-License-Identifier: ISC
# A program that ends while there is no loop: the next loop accounts for it, with its status and its last words.
. "$(dirname "$0")/lib.sh"

make_root "$T/root"
conf <<EOF2
[service one]
ListenStream=127.0.0.1:1001
RootDirectory=$T/root
ExecStart=/probe hello , wait-eof , stderr last-words 1 , exit 7
EOF2
spawnd_start
mkfifo "$T/in"
# shellcheck disable=SC2153 # lib.sh has it
"$CLIENT" --tolerant 127.0.0.1 1001 <"$T/in" >"$T/out" &
client=$!
exec 8>"$T/in"
wait_for 10 grep -q h "$T/out"
program=$(pids '^/probe')

# Without its warden the loop is not replaced.
kill -STOP "$SPAWND_PID"
loop=$(loop_pid)
kill -KILL "$loop"
wait_for 10 is_gone "$loop" # what a zygote tells one that is dying is lost
exec 8>&-
wait $client
# shellcheck disable=SC2317 # called through wait_for
gone() {
	! kill -0 "$program" 2>/dev/null
}
ok "the program ends while there is no loop" wait_for 10 gone
kill -CONT "$SPAWND_PID"
wait_accounts 1
is "$(account '[.end, .status, .adopted] | tostring')" '["exit",7,true]' "it is accounted for"
ok "with its last words" wait_log 'service-stderr .*last-words'
ok "the service goes on" test "$(echo | "$CLIENT" 127.0.0.1 1001)" = h
ok "accepted = served + refused + aborted + live" status_is '.accepted == .served + .refused + .aborted + .live' true
done_testing

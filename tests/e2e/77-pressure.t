#!/bin/sh
# SPDX-License-Identifier: ISC
# PauseOnPressure=: a host under pressure accepts nobody, and goes on when it has sunk. The kernel's files are played.
. "$(dirname "$0")/lib.sh"
needs jq

make_root "$T/root"
play() { # KIND PERCENT
	printf 'some avg10=%s.50 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n' "$2" >"$T/$1"
}
for kind in memory cpu io; do
	play $kind 0
	mount --bind "$T/$kind" "/proc/pressure/$kind" || skip_all "no /proc/pressure to play on"
done
conf <<EOF2
[defaults]
RootDirectory=$T/root
[service careful]
ListenStream=127.0.0.1:1001
ExecStart=/probe say served
PauseOnPressure=memory:20% io:50
[service other]
ListenStream=127.0.0.1:1002
ExecStart=/probe say served
EOF2
spawnd_start

is "$(talk 1001)" served "without pressure it serves"
play memory 20
# shellcheck disable=SC2317 # called through wait_for
paused() {
	"$CLIENT" --deadline 20 127.0.0.1 1001 </dev/null >"$T/tried" 2>&1 &
	log_has ' accept-deferred service=careful reason=pressure live=20 limit=20'
}
ok "with it, it leaves its clients in the backlog" wait_for 10 paused
is "$(talk 1002)" served "a service that does not ask goes on"
accepted=$(status .services.careful.accepted)
"$CLIENT" --deadline 30 127.0.0.1 1001 </dev/null >"$T/waits" 2>&1 &
client=$!
sleep 1.5
is "$(status .services.careful.accepted)" "$accepted" "nobody is accepted"
nok "and nobody is refused" grep -q . "$T/waits"
play memory 19
ok "when it has sunk, they are served" wait $client
is "$(cat "$T/waits")" served "all of them"
play cpu 99
sleep 2
is "$(talk 1001)" served "what is not asked about is no pressure"
umount /proc/pressure/io
mount -t tmpfs tmpfs /proc/pressure
like "$("$SPAWND" -t -c "$T/spawnd.conf" 2>&1)" 'PauseOnPressure: /proc/pressure/memory: No such file .* expected a kernel with PSI' \
	"a kernel without it is an error"
umount /proc/pressure
done_testing

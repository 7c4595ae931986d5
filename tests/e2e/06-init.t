#!/bin/sh
# SPDX-License-Identifier: ISC
# Init=yes: a tiny process 1 that reaps orphans, forwards signals, passes the exit status on and holds nothing.
. "$(dirname "$0")/lib.sh"

make_root "$T/root"
conf <<EOF2
TimeoutStopSec=1
[defaults]
RootDirectory=$T/root
WarmMax=1

[service init]
ListenStream=127.0.0.1:1001
Init=yes
ExecStart=/probe session , procs , fork-orphan 1 , zombies $((1000 + 2000 * TEST_SLOW)) , ls-fd , caps , signals , env

[service without]
ListenStream=127.0.0.1:1002
ExecStart=/probe fork-orphan 1 , zombies $((1000 + 2000 * TEST_SLOW))

[service exits]
ListenStream=127.0.0.1:1003
Init=yes
ExecStart=/probe exit 7

[service aborts]
ListenStream=127.0.0.1:1004
Init=yes
ExecStart=/probe abort

[service term]
ListenStream=127.0.0.1:1005
Init=yes
TimeoutStopSec=20
ExecStart=/probe catch 15 3 , hello , sleep 60

[service leaves]
ListenStream=127.0.0.1:1006
Init=yes
ExecStart=/probe fork-orphan 300

[service traces]
ListenStream=127.0.0.1:1007
Init=yes
ExecStart=/probe ptrace-parent , ptrace-try 1 , read-file /proc/1/environ , list /proc/1/fd , kill-try 1 9 , kill-try 1 19 , say alive
EOF2
spawnd_start

with=$(talk 1001)
has "$with" "pid 2" "the program is process 2"
has "$with" "parent 1" "its parent is process 1"
is "$(lines "$with" '^process [0-9]')" 1 "it sees nobody, not even process 1"
has "$with" "process 2 probe" "but itself"
has "$with" "zombies 0" "an orphan that ends is reaped"
has "$(talk 1002)" "zombies 1" "without Init= it stays a zombie (control)"
has "$with" "fd-count 3" "the program has three descriptors"
has "$with" "status CapBnd: 0000000000000000" "and no capability"
has "$with" "status SigBlk: 0000000000000000" "no signal blocked"
has "$with" "status SigIgn: 0000000000000000" "none ignored"

wait_accounts 2
talk 1003
wait_accounts 3
is "$(account '[.service, .end, .status] | @csv')" '"exits","exit",7' "the program's exit status is the container's"
talk 1004
wait_accounts 4
is "$(account .service)" aborts "the account of the one that aborts"
is "$(account '.status // .signal')" 134 "a signal is told as 128 and its number"

before=$(account_count)
talk 1006
ok "a container whose program has ended ends, whatever it left behind" wait_accounts $((before + 1)) 5
is "$(pids '^/probe fork-orphan' | wc -l)" 0 "and what it left behind is gone"

traces=$(talk 1007)
has "$traces" "ptrace-parent EPERM" "the program cannot trace process 1"
has "$traces" "ptrace 1 EPERM" "by its number neither"
like "$traces" '^read-file /proc/1/environ (EACCES|EPERM|ENOENT)$' "nor read its environment"
unlike "$traces" '^list /proc/1/fd [0-9]' "nor list its descriptors"
has "$traces" "alive" "nor kill or stop it"

mkfifo "$T/hold"
"$CLIENT" --no-half-close --deadline 60 127.0.0.1 1005 <"$T/hold" >"$T/answer" &
client=$!
exec 8>"$T/hold"
wait_for 10 grep -q h "$T/answer"
wait_for 10 count_is '^spawnd: term \[init\]' 1
# shellcheck disable=SC2317 # called through wait_for
holds_nothing() {
	[ -d "/proc/$1/fd" ] && is_running "$1" && [ -z "$(find "/proc/$1/fd" -mindepth 1)" ]
}
ok "process 1 holds no descriptor" wait_for 5 holds_nothing "$(pids '^spawnd: term \[init\]')"
before=$(account_count)
kill -TERM "$SPAWND_PID"
spawnd_exit 30
is "$SPAWND_STATUS" 0 "spawnd stops with exit status 0"
wait $client
is "$(cat "$T/answer")" "hgot-signal 15" "KillSignal= reached the program through process 1"
is "$(account '[.service, .status] | @csv')" '"term",3' "and its exit status is accounted for"
exec 8>&-
done_testing

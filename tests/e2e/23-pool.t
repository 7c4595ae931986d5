#!/bin/sh
# SPDX-License-Identifier: ISC
# WarmMin=, WarmMax=: so many containers are parked ahead, are used once each, and are made anew; Warm=none is the same path.
. "$(dirname "$0")/lib.sh"
needs jq

make_root "$T/root"
conf <<EOF2
[defaults]
RootDirectory=$T/root
MaxConnections=40
[service none]
ListenStream=127.0.0.1:1001
Warm=none
ExecStart=/probe ns , list /tmp , write-file /tmp/mine , env , ls-fd
[service three]
ListenStream=127.0.0.1:1002
WarmMin=3
WarmMax=3
ExecStart=/probe ns , list /tmp , write-file /tmp/mine , env , ls-fd
[service held]
ListenStream=127.0.0.1:1003
WarmMin=3
WarmMax=3
ExecStart=/probe hello , wait-eof
[service cold]
ListenStream=127.0.0.1:1004
Warm=none
ExecStart=/probe hello , wait-eof
EOF2
spawnd_start
ok "WarmMin=3: three are parked" wait_for 10 parked_is three 3
ok "Warm=none: none is" wait_for 10 parked_is none 0
ok "the counters say so too" wait_for 5 pool_is three 3
is "$(status .services.none.parked)" 0 "of both"

view() {
	talk "$1" | sed 's/\[[0-9]*\]/[N]/; s/inode=[0-9]*/inode=N/; s/\(COOKIE\|PORT\)=.*/\1=N/'
}
is "$(view 1001)" "$(view 1002)" "a program sees the same with a pool and without"

for port in 1001 1002; do
	i=0
	: >"$T/nets"
	while [ $i -lt 12 ]; do
		talk $port >"$T/answer"
		sed -n 's/^ns net //p' "$T/answer" >>"$T/nets"
		grep -q '^list /tmp mine' "$T/answer" && echo reused >>"$T/reused"
		i=$((i + 1))
	done
	between "$(sort -u "$T/nets" | wc -l)" 2 12 "$port: containers come and go"
done
nok "no container serves twice: /tmp is always empty" test -e "$T/reused"
ok "the pool is filled up again" wait_for 10 parked_is three 3
ok "and has never more" wait_for 10 parked_is none 0

# More at once than are parked: the others wait for theirs.
for port in 1003 1004; do
	mkfifo "$T/in.$port"
	: >"$T/held"
	"$CLIENT" --hold --count 20 --deadline 60 127.0.0.1 $port <"$T/in.$port" >"$T/held" &
	client=$!
	exec 8>"$T/in.$port"
	ok "$port: twenty at once are all served" wait_for 30 grep -q 'held 20' "$T/held"
	is "$(pids '^/probe hello' | wc -l)" 20 "$port: by twenty programs"
	is "$(for pid in $(pids '^/probe hello'); do readlink "/proc/$pid/ns/net"; done | sort -u | wc -l)" 20 \
		"$port: each in a network namespace of its own"
	is "$(for pid in $(pids '^/probe hello'); do readlink "/proc/$pid/ns/pid"; done | sort -u | wc -l)" 20 \
		"$port: and pid namespace"
	exec 8>&-
	wait $client
	is "$?" 0 "$port: and all end well"
done
ok "then three are parked again" wait_for 10 parked_is held 3
ok "and none without a pool" wait_for 10 parked_is cold 0

# A parked container that dies is replaced, and no connection is lost.
for pid in $(parked_pids three); do
	kill -KILL "$pid"
	wait_for 5 is_gone "$pid"
done
like "$(talk 1002)" '^ns net ' "parked containers that were killed cost no connection"
ok "and are replaced" wait_for 10 parked_is three 3
is "$(log_count ' connection-failed ')" 0 "without a failure"
done_testing

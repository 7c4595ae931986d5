#!/bin/sh
# SPDX-License-Identifier: ISC
# NetworkScope=: one empty network namespace for a service, or one for each connection; refused where programs could meet
# in it.
. "$(dirname "$0")/lib.sh"

make_root "$T/root"
conf <<EOF2
[defaults]
RootDirectory=$T/root
WarmMin=2
WarmMax=2

[service shared]
ListenStream=127.0.0.1:1001
NetworkScope=service
ExecStart=/probe ns , connect 127.0.0.1 1001 , connect-abstract nobody

[service own]
ListenStream=127.0.0.1:1002
ExecStart=/probe ns

[service other]
ListenStream=127.0.0.1:1003
NetworkScope=service
ExecStart=/probe ns
EOF2
spawnd_start

net_of() {
	printf '%s\n' "$1" | sed -n 's/^ns net //p'
}
first=$(talk 1001)
second=$(talk 1001)
host=$(readlink /proc/self/ns/net)
is "$(net_of "$first")" "$(net_of "$second")" "connections of a service share a network"
isnt "$(net_of "$first")" "$host" "it is not the host's"
isnt "$(net_of "$first")" "$(net_of "$(talk 1003)")" "nor another service's"
isnt "$(net_of "$(talk 1002)")" "$(net_of "$(talk 1002)")" "connection: each has its own (control)"
is "$(readlink "/proc/$(zygote_pids shared)/ns/net")" "$(net_of "$first")" "the zygote is in it"
for kind in pid mnt ipc uts; do
	isnt "$(printf '%s\n' "$first" | sed -n "s/^ns $kind //p")" \
		"$(printf '%s\n' "$second" | sed -n "s/^ns $kind //p")" "the $kind namespace is each connection's own"
done
has "$first" "connect 127.0.0.1 socket-errno-97" "no internet socket in it"
has "$first" "connect-abstract EACCES" "no meeting by a name"
is "$(nsenter -t "$(zygote_pids shared)" -n ip -o link | sed 's/@.*//; s/: <.*//')" "1: lo" "lo is all there is"
is "$(nsenter -t "$(zygote_pids shared)" -n ss -Hantuw | wc -l)" 0 "and no socket of the internet"

for service in shared own other; do
	wait_for 10 pool_is $service 2
done
leak_start scope
"$CLIENT" --load --clients 4 --total 200 127.0.0.1 1001 >"$T/load" 2>&1
like "$(cat "$T/load")" '^connections 200 errors 0 ' "200 connections are answered"
leak_check scope "200 connections leave nothing"

refused() {
	cat >"$T/spawnd.conf.bad" <<EOF2
[service s]
ListenStream=1009
RootDirectory=$T/root
ExecStart=/probe ns
NetworkScope=service
$1
EOF2
	chmod 600 "$T/spawnd.conf.bad"
	like "$("$SPAWND" -c "$T/spawnd.conf.bad" -t 2>&1)" ":5: \\[service s\\] NetworkScope: service does not go with $1" \
		"not with $1"
}
refused SocketSeal=none
refused ProcSubset=all
done_testing

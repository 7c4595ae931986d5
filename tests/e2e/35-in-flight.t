#!/bin/sh
# SPDX-License-Identifier: ISC
# A program sends as many descriptors to itself as the kernel allows its user, and receives none. With User=root that is the
# zygote's user, with SocketSeal=relay the parked container's is the program's: the service goes on all the same.
. "$(dirname "$0")/lib.sh"
needs jq setpriv prlimit

make_root "$T/root"
conf <<EOF2
MaxConnections=50
[defaults]
RootDirectory=$T/root
WarmMin=2
WarmMax=2
[service root]
ListenStream=127.0.0.1:1001
ExecStart=/probe read-line , in-flight , wait-eof
User=root
[service relay]
ListenStream=127.0.0.1:1002
SocketSeal=relay
ExecStart=/probe read-line , in-flight , wait-eof
EOF2
# As much as an init script is given, which a root without CAP_SYS_RESOURCE cannot change.
SPAWND_WRAP="setpriv --bounding-set=-sys_resource --inh-caps=-sys_resource prlimit --nofile=1024:4096"
spawnd_start
wait_for 10 pool_is root 2
wait_for 10 pool_is relay 2
leak_start flight

for service in root:1001 relay:1002; do
	name=${service%:*}
	port=${service#*:}
	wait_for 10 parked_is "$name" 2
	mkfifo "$T/$name.in"
	"$CLIENT" --deadline 60 127.0.0.1 "$port" <"$T/$name.in" >"$T/said.$name" &
	client=$!
	exec 8>"$T/$name.in"
	echo go >&8
	ok "$name: a program has what it may have in flight" wait_for 20 grep -q '^in-flight [0-9]* errno-109' "$T/said.$name"
	between "$(sed -n 's/^in-flight \([0-9]*\) .*/\1/p' "$T/said.$name")" 3300 4096 "$name: as many as its limit"
	# More than waited before it: some of these were made meanwhile.
	for number in 1 2 3 4; do
		like "$(printf 'hello\n' | "$CLIENT" --deadline 20 127.0.0.1 "$port" 2>&1)" '^line hello' "$name: connection $number is served"
	done
	exec 8>&-
	wait $client
	is "$?" 0 "$name: and the first one lives to its end"
	ok "$name: its pool is what it was" wait_for 20 parked_is "$name" 2
done
nok "no zygote was lost" log_has ' zygote-lost '
leak_check flight "nothing is left behind"
done_testing

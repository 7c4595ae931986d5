#!/bin/sh
# SPDX-License-Identifier: ISC
# The four kinds of process and what each may: titles, parents, ids, capabilities, namespaces, descriptors.
. "$(dirname "$0")/lib.sh"

make_root "$T/root"
conf <<EOF2
[defaults]
RootDirectory=$T/root

[service one]
ListenStream=127.0.0.1:1001
ExecStart=/probe hello , wait-eof
WarmMin=2
WarmMax=2

[service two]
ListenStream=127.0.0.1:1002
ExecStart=/probe hello , wait-eof
WarmMax=1
User=1000

[service three]
ListenStream=127.0.0.1:1003
ExecStart=/probe hello , wait-eof
WarmMax=1
User=0
EOF2
spawnd_start
wait_for 10 pool_is one 2
wait_for 10 pool_is two 1
wait_for 10 pool_is three 1

is "$(warden_pid)" "$SPAWND_PID" "the process that was started is the warden"
is "$(loop_pid | wc -l)" 1 "one loop"
is "$(zygote_pids | wc -l)" 3 "a zygote for each service"
is "$(zygote_pids one | wc -l)" 1 "named after it"
is "$(parked_pids one | wc -l)" 2 "as many parked containers as WarmMin= says"
is "$(parked_pids two | wc -l)" 1 "for each service"

warden=$(warden_pid) loop=$(loop_pid) one=$(zygote_pids one) two=$(zygote_pids two)
parked=$(parked_pids one | head -n 1) parked_two=$(parked_pids two)

is "$(status_of "$loop" PPid)" "$warden" "the loop's parent is the warden"
is "$(status_of "$one" PPid)" "$warden" "a zygote's parent is the warden"
is "$(status_of "$parked" PPid)" "$one" "a parked container's parent is its zygote"

is "$(status_of "$warden" Uid)" "0 0 0 0" "the warden is root"

uid=$(status_of "$loop" Uid | cut -d' ' -f1)
isnt "$uid" 0 "the loop is not root"
is "$(status_of "$loop" Uid)" "$uid $uid $uid $uid" "and has no other uid to go back to"
isnt "$(status_of "$loop" Gid | cut -d' ' -f1)" 0 "nor the group"
is "$(status_of "$loop" Groups | tr -d ' ')" "" "the loop has no supplementary group"
for set in CapInh CapPrm CapEff CapAmb; do
	is "$(status_of "$loop" $set)" 0000000000000000 "the loop has nothing in $set"
done
is "$(status_of "$loop" NoNewPrivs)" 1 "the loop cannot gain privileges"

zygote_uid=$(status_of "$one" Uid | cut -d' ' -f1)
two_uid=$(status_of "$two" Uid | cut -d' ' -f1)
three_uid=$(status_of "$(zygote_pids three)" Uid | cut -d' ' -f1)
if lacks user-namespaces; then
	is "$zygote_uid $two_uid $three_uid" "0 0 0" "zygotes stay the host's root"
	# setpcap kill setgid setuid net_admin sys_admin
	is "$(status_of "$one" CapEff) $(status_of "$one" CapPrm)" "00000000002411e0 00000000002411e0" "with seven capabilities"
	is "$(status_of "$one" CapBnd)" 0000000000000000 "and get no other"
	zygote_uid=$(($(status_of "$parked" Uid | cut -d' ' -f1) / 65536 * 65536))
	two_uid=$(($(status_of "$parked_two" Uid | cut -d' ' -f1) / 65536 * 65536))
	three_uid=$(($(status_of "$(parked_pids three)" Uid | cut -d' ' -f1) / 65536 * 65536))
else
	isnt "$(readlink "/proc/$one/ns/user")" "$(readlink /proc/self/ns/user)" "its user namespace is not the host's"
	isnt "$(readlink "/proc/$one/ns/user")" "$(readlink "/proc/$two/ns/user")" "but its service's own"
fi
isnt "$zygote_uid" 0 "a service's first id is not the host's root"
isnt "$zygote_uid" "$uid" "nor the loop's user"
isnt "$zygote_uid" "$two_uid" "each service has its own range"
is "$(status_of "$one" NoNewPrivs)" 1 "a zygote cannot gain privileges"
is "$(status_of "$one" Groups | tr -d ' ')" "" "and has no supplementary group"
isnt "$(readlink "/proc/$one/ns/mnt")" "$(readlink "/proc/$warden/ns/mnt")" "it has a mount namespace of its own"

is "$(status_of "$parked" Uid)" "$((zygote_uid + 65534)) $((zygote_uid + 65534)) $((zygote_uid + 65534)) $((zygote_uid + 65534))" \
	"a container's uid is User= in its service's range"
is "$(status_of "$parked_two" Uid | cut -d' ' -f1)" "$((two_uid + 1000))" "with another User= too"
for set in CapInh CapPrm CapEff CapBnd CapAmb; do
	is "$(status_of "$parked" $set)" 0000000000000000 "a parked container has nothing in $set"
done
parked_three=$(parked_pids three)
is "$(status_of "$parked_three" Uid | cut -d' ' -f1)" "$three_uid" "one with User=0 has the first of its range"
for set in CapInh CapPrm CapEff CapBnd CapAmb; do
	is "$(status_of "$parked_three" $set)" 0000000000000000 "and nothing in $set either"
done
is "$(status_of "$parked" NoNewPrivs)" 1 "a parked container cannot gain privileges"
# The files of a process that may be dumped belong to its user, those of another to root. proc(5)
for process in "$loop" "$one" "$parked"; do
	is "$(stat -c %u "/proc/$process/environ")" 0 "$(tr '\0' ' ' <"/proc/$process/cmdline" | sed 's/ *$//'): nobody may trace it"
done
other=$(parked_pids one | tail -n 1)
for ns in cgroup ipc mnt net pid uts; do
	isnt "$(readlink "/proc/$parked/ns/$ns")" "$(readlink "/proc/$one/ns/$ns")" "its $ns namespace is not its zygote's"
	isnt "$(readlink "/proc/$parked/ns/$ns")" "$(readlink "/proc/$other/ns/$ns")" "nor the other container's"
done
descriptors() {
	for link in "/proc/$1/fd"/*; do
		readlink "$link"
	done
}
is "$(descriptors "$parked" | sed 's/:.*//' | sort | tr '\n' ' ')" "/dev/null /dev/null /dev/null pipe socket " \
	"it holds its channel, its stderr and nothing else"
unlike "$(descriptors "$loop")" '^/(etc|root|dev/mem)|spawnd.conf' "the loop holds no file of the host's but its sinks"
is "$(descriptors "$one" | grep -Ev "^$CGROUPS$CONTROL_GROUP/service\\.one/run(/|\$)" |
	grep -Evc '^(socket:|pipe:|anon_inode:|mnt:|/dev/null|/memfd:|/$)')" 0 \
	"a zygote holds sockets, pipes, its control groups, its template and nothing of the host's file system"
# /proc/net/tcp of this namespace names the inodes of all TCP sockets.
tcp=$(awk 'NR > 1 { print $10 }' /proc/net/tcp /proc/net/tcp6 | sort -u)
for process in "$one" "$parked"; do
	found=
	for inode in $(descriptors "$process" | sed -n 's/^socket:\[\([0-9]*\)\]$/\1/p'); do
		case " $(echo "$tcp" | tr '\n' ' ') " in *" $inode "*) found="$found $inode" ;; esac
	done
	is "$found" "" "no listener and no connection in $(tr '\0' ' ' <"/proc/$process/cmdline" | sed 's/ *$//')"
done

mkfifo "$T/hold"
"$CLIENT" --hold 127.0.0.1 1001 <"$T/hold" >"$T/held" &
exec 8>"$T/hold"
wait_for 10 grep -q held "$T/held"
running=$(pids '^/probe hello')
is "$(status_of "$running" Uid | cut -d' ' -f1)" "$((zygote_uid + 65534))" "a running program has that uid"
is "$(status_of "$running" PPid)" "$one" "and is its zygote's child"
is "$(status_of "$running" NSpid | awk '{ print $NF }')" 1 "process 1 in its pid namespace"
is "$(status_of "$running" CapBnd)" 0000000000000000 "without capabilities, seen from outside too"
exec 8>&-
wait_for 10 is_gone "$running"
is "$(wait_for 10 parked_is one 2 && echo full)" full "the pool is filled up again"
done_testing

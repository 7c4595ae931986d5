#!/bin/sh
# SPDX-License-Identifier: ISC
# The seal as it is put on: inherited by every container, by default, no trace of the gate in a program, SystemCallFilter=
# on top, SocketSeal=none without. (What gets past it is the hostile suite's question.)
. "$(dirname "$0")/lib.sh"

make_root "$T/root"
conf <<EOF2
[defaults]
RootDirectory=$T/root

[service sealed]
ListenStream=127.0.0.1:1001
ListenStream=[::1]:1001
ExecStart=/probe peer 0 , caps , memory , connect 127.0.0.1 1002 , connect-abstract nobody , unshare-try , mount-try

[service init]
ListenStream=127.0.0.1:1002
Init=yes
ExecStart=/probe caps , memory , connect 127.0.0.1 1002 , sleep 20

[service open]
ListenStream=127.0.0.1:1003
ListenStream=[::1]:1003
SocketSeal=none
ExecStart=/probe peer 0 , caps , connect 127.0.0.1 1002

[service filtered]
ListenStream=127.0.0.1:1004
SystemCallFilter=@system-service unlink:EXDEV
SystemCallFilter=~uname mkdir mkdirat
SystemCallErrorNumber=EROFS
ExecStart=/probe hostname , make-dir /tmp/d , remove /tmp , connect 127.0.0.1 1002

[service killed]
ListenStream=127.0.0.1:1005
SystemCallFilter=~sync
ExecStart=/bin/busybox sync

[service narrow]
ListenStream=127.0.0.1:1006
SystemCallFilter=@basic-io arch_prctl set_tid_address ioctl
ExecStart=/probe say narrow , hello
EOF2
# Neither zygote nor self-test lives on those few calls with a sanitizer in it.
is_sanitized && sed -i '/^SystemCallFilter=@basic-io/d' "$T/spawnd.conf"
spawnd_start

sealed=$(talk 1001)
has "$sealed" "status Seccomp: 2" "a program is under a filter"
unlike "$("$CLIENT" ::1 1001)" '^socket-multicast-if' "is not told by which interface its client came"
has "$sealed" "connect 127.0.0.1 socket-errno-97" "it has no internet"
has "$sealed" "connect-abstract EACCES" "and connects to nothing"
is "$(lines "$sealed" '^unshare [a-z]+ EPERM$')" 6 "makes no namespace"
unlike "$sealed" '^map 0{8,}' "nothing is mapped at the bottom of its memory"

# What the warden has on itself all of them have too (0 where it was built without).
warden=$(status_of "$(warden_pid)" Seccomp_filters)
filters_of() {
	echo $(($(status_of "$1" Seccomp_filters) - warden))
}
for service in sealed filtered open; do
	wait_for 10 status_is ".services.$service.parked > 0" true
done
zygote=$(zygote_pids sealed)
is "$(status_of "$zygote" Seccomp)" 2 "the zygote has the filter"
is "$(filters_of "$zygote")" 1 "one of it"
is "$(filters_of "$(parked_pids sealed | head -n 1)")" 1 "its containers have that one, and none of their own"
is "$(filters_of "$(parked_pids filtered | head -n 1)")" 2 "SystemCallFilter= is a second one"
is "$(filters_of "$(parked_pids open | head -n 1)")" 0 "SocketSeal=none is none"
limit=$(cat /proc/sys/vm/mmap_min_addr)
gate=$(printf '%08x-%08x r-xp' $((limit - 4096)) "$limit")
ok "the zygote has the gate, below vm.mmap_min_addr, and cannot write it (control)" \
	grep -q "^$gate " "/proc/$zygote/maps"

talk 1002 >"$T/init" &
client=$!
wait_for 10 count_is '^spawnd: init \[init\]' 1
init=$(pids '^spawnd: init \[init\]')
# shellcheck disable=SC2317 # called through wait_for
is_unmapped() {
	maps=$(cat "/proc/$1/maps") && [ -n "$maps" ] && ! printf '%s\n' "$maps" | grep -Eq '^0{4}'
}
ok "the init of Init=yes has closed it" wait_for 5 is_unmapped "$init"
is "$(status_of "$init" Seccomp)" 2 "and is sealed too"
kill "$client"

open=$(talk 1003)
has "$("$CLIENT" ::1 1003)" "socket-multicast-if 1" "(control: by the loopback device)"
has "$open" "connect 127.0.0.1 ECONNREFUSED" "SocketSeal=none: it has its own empty network"
ok "the log says so" wait_log ' fallback service=open step=seal .*SocketSeal=none'
nok "of the others it says nothing" log_has ' fallback service=(sealed|filtered|killed) step=(seal|gate)'

filtered=$(talk 1004)
like "$filtered" '^hostname' "a filtered program runs"
has "$filtered" "make-dir /tmp/d EROFS" "SystemCallErrorNumber= is what it gets"
has "$filtered" "remove /tmp errno-18" "NAME:ERRNO gives one call an error of its own"
has "$filtered" "connect 127.0.0.1 socket-errno-97" "and the seal holds beside it"

talk 1005
wait_for 10 accounted '.service == "killed"'
like "$(jq -c 'select(.service == "killed") | [.end, .signal]' "$T/accounting")" '"signal",31' "by default a denied call kills the program, by SIGSYS"

like "$(talk 1006)" narrow "a filter of a few calls leaves those of the hand-over"
done_testing

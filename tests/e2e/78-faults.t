#!/bin/sh
# SPDX-License-Identifier: ISC
# The kernel has nothing left to give, for a while: descriptors, files, memory, processes, room on a disk. spawnd pauses,
# says so once, and goes on by itself.
. "$(dirname "$0")/lib.sh"
needs jq

make_root "$T/root"
mkdir "$T/small"
mount -t tmpfs -o size=64k,mode=755 tmpfs "$T/small"
conf <<EOF2
AccountingFile=$T/small/accounting
[defaults]
RootDirectory=$T/root
WarmMin=2
WarmMax=2
[service one]
ExecStart=/probe say served
ListenStream=127.0.0.1:1001
ListenStream=127.0.0.1:1002
ListenStream=127.0.0.1:1003
ListenStream=127.0.0.1:1004
ListenStream=127.0.0.1:1005
ListenStream=127.0.0.1:1006
[service relayed]
ExecStart=/probe say served
SocketSeal=relay
ListenStream=127.0.0.1:1007
EOF2
spawnd_start
wait_for 10 parked_is one 2
loop=$(loop_pid)

# during PID FAULT... -- COMMAND...: while these calls fail; all of them must
# shellcheck disable=SC2317 # called through ok
during() {
	during_pid=$1
	during_faults=
	while shift && [ "$1" != -- ]; do
		during_faults="$during_faults $1"
	done
	shift
	: >"$T/faults"
	# shellcheck disable=SC2086 # a list of words
	"$BUILD/tests/faults" "$during_pid" $((15 * TEST_SLOW)) $during_faults >"$T/faults" 2>&1 &
	during_tracer=$!
	wait_for 5 grep -q attached "$T/faults" || diag "$(cat "$T/faults")"
	"$@"
	during_status=$?
	wait "$during_tracer" || {
		diag "not all of$during_faults: $(tr '\n' ' ' <"$T/faults")"
		return 1
	}
	return "$during_status"
}
# shellcheck disable=SC2317 # too
served() {
	[ "$(talk "$1" --deadline 10)" = served ]
}

# Two calls for one pause where one client is to be shed (acceptor.c): an even number leaves this one to be served.
EAGAIN=11 ENOMEM=12 ENFILE=23 EMFILE=24 ENOBUFS=105
port=1001
for error in EMFILE ENFILE ENOMEM ENOBUFS; do
	eval "number=\$$error"
	ok "accept(2) fails with $error: the client waits, and is served" during "$loop" "accept4:$number:4" -- served $port
	is "$(log_count " accept-paused .*listener=127.0.0.1:$port error=$error ")" 1 "and that is said once"
	port=$((port + 1))
done
lines=$(log_count ' (warning|error): ')
ok "with EAGAIN: somebody else was quicker" during "$loop" accept4:$EAGAIN:3 -- served 1001
ok "recvmsg(2) has nothing after all" during "$loop" recvmsg:$EAGAIN:3 -- served 1001
is "$(log_count ' (warning|error): ')" "$lines" "nothing to speak of"

# EPOLL_CTL_ADD, for the listener after its pause: libev then drops it.
ok "a listener that epoll(7) has no room for" during "$loop" accept4:$ENOMEM:1 epoll_ctl/1:$ENOMEM:1 -- served 1005
ok "is not forgotten" served 1005
is "$(log_count ' accept-paused .*listener=127.0.0.1:1005 ')" 1 "it is said once"

ok "a hand-over that cannot be sent: another container gets it" during "$loop" sendmsg:$ENOBUFS:1 -- served 1001
wait_for 10 parked_is one 2

clone=clone3
lacks clone3 && clone=clone
for error in EAGAIN ENOMEM; do
	eval "number=\$$error"
	lines=$(log_count ' container-failed ')
	zygote=$(zygote_pids one)
	ok "clone(2) fails with $error: what is parked serves, and more is made later" \
		during "$zygote" "$clone:$number:3" -- served 1001
	ok "the pool is filled again" wait_for 10 parked_is one 2
	is "$(zygote_pids one)" "$zygote" "by the same zygote"
	between $(($(log_count ' container-failed ') - lines)) 0 3 "which does not fill the log"
done
like "$(cat "$T/log")" ' container-failed .*error=(EAGAIN|ENOMEM) ' "it is said"

lines=$(log_count ' (warning|error): ')
ok "recvmsg(2) fails with ENOMEM in the loop: it is tried again" during "$loop" recvmsg:$ENOMEM:3 -- served 1001
ok "and in the zygote" during "$(zygote_pids one)" recvmsg:$ENOMEM:3 -- served 1001
ok "and in the warden" during "$(warden_pid)" recvmsg:$ENOMEM:3 -- "$SPAWNCTL" -s "$T/control" reload
is "$(log_count ' (warning|error): ')" "$lines" "nothing comes of it"
wait_for 10 parked_is one 2

# The warden starts another zygote, or relay, and cannot tell it everything: it is of no use, and is replaced.
relay_pid() {
	pids '^spawnd: relay relayed$'
}
# shellcheck disable=SC2317 # called through ok
is_replaced() {
	kill -KILL "$1"
	wait_for 10 log_has "$2"
}
for fault in accept4:$EMFILE:1 sendmsg:$ENOBUFS:1; do
	ok "a zygote that cannot be told everything, by ${fault%%:*}(2)" during "$(warden_pid)" "$fault" -- \
		is_replaced "$(zygote_pids one)" " zygote-start-failed "
	ok "does not stay: its service serves" served 1001
	is "$(zygote_pids one | wc -l)" 1 "by one zygote"
done
ok "nor does a relay" during "$(warden_pid)" sendmsg:$ENOBUFS:1 -- \
	is_replaced "$(relay_pid)" " zygote-start-failed step=start-relay "
ok "its service serves" served 1007
is "$(relay_pid | wc -l)" 1 "by one relay"
wait_for 10 parked_is one 2

# A full disk.
dd if=/dev/zero of="$T/small/fill" bs=1k 2>/dev/null
lost=$(status .accounting_lost)
i=0
while [ $i -lt 40 ] && served 1001; do
	i=$((i + 1))
done
is $i 40 "a full disk costs no service"
wait_for 10 status_is .live 0
between $(($(status .accounting_lost) - lost)) 1 40 "but accounts, which are counted"
between "$(log_count ' accounting-lost error=ENOSPC lines=[0-9]+$')" 1 $((3 * TEST_SLOW)) "and said once in ten seconds"
rm "$T/small/fill"
served 1001
ok "with room again the next one is there" wait_for 5 sh -c "tail -n 1 $T/small/accounting | jq -e '.end == \"exit\"'"
ok "and no line is broken" jq -e . "$T/small/accounting"
ok "spawnd has lived through all that" is_running "$SPAWND_PID"
done_testing

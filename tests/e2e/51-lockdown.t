#!/bin/sh
# SPDX-License-Identifier: ISC
# The daemon's own confinement: capabilities, root, filters of warden, loop and zygote; that a call which the loop may not
# make is refused, tried by the loop itself; and that nothing which the daemon does runs into its filters.
TEST_TIMEOUT=240 # spawnd starts often
. "$(dirname "$0")/lib.sh"
needs jq strace

INJECT=$BUILD/tests/inject
make_root "$T/root"
configuration() {
	conf <<EOF2
[defaults]
RootDirectory=$T/root
WarmMax=1
[service one]
ListenStream=127.0.0.1:1001
ExecStart=/probe hello , stderr spoken 1 , echo
[service two]
ListenStream=127.0.0.1:1002
User=0
ExecStart=/probe hello , wait-eof
$1
[service three]
ListenStream=[fe80::1%lo]:1003
FreeBind=yes
Warm=none
ExecStart=/probe hello
EOF2
}

# has_capability SET NUMBER: a set as /proc/PID/status has it
has_capability() {
	[ $((0x$1 >> $2 & 1)) -eq 1 ]
}

if is_sanitized; then
	conf <<EOF2
[service one]
ListenStream=127.0.0.1:1001
RootDirectory=$T/root
ExecStart=/probe hello
EOF2
	spawnd_start
	ok "a build with a sanitizer says that it is not confined" log_has ' not-confined .*sanitizer'
	for set in CapInh CapPrm CapEff CapBnd CapAmb; do
		is "$(status_of "$(loop_pid)" $set)" 0000000000000000 "its loop has nothing in $set all the same"
	done
	done_testing
fi

configuration
spawnd_start
wait_for 10 parked_is one 1
wait_for 10 parked_is two 1
warden=$(warden_pid) loop=$(loop_pid) zygote=$(zygote_pids one) parked=$(parked_pids one)
nok "it says nothing about not being confined" log_has not-confined

# ---- the warden
is "$(status_of "$warden" NoNewPrivs)" 1 "the warden cannot gain privileges by execve"
is "$(status_of "$warden" Seccomp)" 2 "and has a filter"
for set in CapInh CapAmb; do
	is "$(status_of "$warden" $set)" 0000000000000000 "the warden has nothing in $set"
done
own=$(status_of $$ CapEff)
for set in CapPrm CapEff CapBnd; do
	value=$(status_of "$warden" $set)
	# sys_module 16, sys_ptrace 19, sys_boot 22, sys_time 25, dac_read_search 2, syslog 34, mac_admin 33
	for number in 2 16 19 22 25 33 34; do
		nok "capability $number is not in the warden's $set" has_capability "$value" $number
	done
	# sys_admin 21, setuid 7, kill 5
	for number in 5 7 21; do
		ok "but $number is" has_capability "$value" $number
	done
done
ok "(the test has one of those that the warden has not)" has_capability "$own" 2

# ---- the loop
for set in CapInh CapPrm CapEff CapBnd CapAmb; do
	is "$(status_of "$loop" $set)" 0000000000000000 "the loop has nothing in $set"
done
is "$(status_of "$loop" NoNewPrivs)" 1 "it cannot gain any"
is "$(status_of "$loop" Seccomp)" 2 "it has a filter"
is "$(status_of "$loop" Seccomp_filters)" 2 "the warden's and its own"
is "$(status_of "$loop" Groups | tr -d ' ')" "" "no group"
is "$(stat -c %u "/proc/$loop/environ")" 0 "it is not dumpable"
is "$(find "/proc/$loop/root/" -mindepth 1 2>&1)" "" "its root is empty"
ok "(that of the warden is not)" test -e "/proc/$warden/root/proc"
nok "and cannot be written to, by root either" touch "/proc/$loop/root/file"
is "$(stat -L -c '%u %a' "/proc/$loop/root")" "0 555" "it is root's"
isnt "$(stat -L -c %d:%i "/proc/$loop/root")" "$(stat -L -c %d:%i /)" "it is not the host's"
directories=$(for link in "/proc/$loop/fd"/*; do [ -d "$link" ] && readlink "$link"; done)
is "$directories" "" "no descriptor of a directory leads out of it"

# ---- zygotes and containers inherit the warden's filter
is "$(status_of "$zygote" NoNewPrivs)" 1 "a zygote cannot gain privileges"
is "$(status_of "$zygote" CapBnd)" 0000000000000000 "its bounding set is empty"
is "$(status_of "$zygote" Seccomp)" 2 "it has a filter"
is "$(status_of "$parked" Seccomp)" 2 "so has a container"
is "$(stat -c %u "/proc/$zygote/environ")" 0 "a zygote is not dumpable"

# ---- tried by the processes themselves
# A process that is not ours, for control: what it may do is no proof against the kernel's own refusals.
sleep 1000 &
free=$!
in_call() { grep -q nanosleep "/proc/$free/wchan" || "$INJECT" "$free" getpid | grep -q result; }
wait_for 5 in_call
is "$("$INJECT" $free getpid)" "result $free" "(the helper makes a process call what it is told)"
is "$("$INJECT" "$loop" getpid)" "result $loop" "the loop may ask for its process id"
is "$("$INJECT" "$loop" socket 1 1 0)" "result -1" "it may not make a socket: EPERM"
like "$("$INJECT" $free socket 1 1 0)" '^result [0-9]+$' "(another process may)"
is "$("$INJECT" "$loop" openat -100 0 0)" "result -2" "nor open a file: ENOENT before the kernel looks at the name"
is "$("$INJECT" $free openat -100 0 0)" "result -14" "(of another it looks: EFAULT)"
for call in init_module kexec_load reboot swapon open_by_handle_at settimeofday; do
	is "$("$INJECT" "$warden" $call)" "result -1" "the warden may not call $call: EPERM"
done
is "$("$INJECT" "$warden" 1000)" "result -38" "nor what nobody knows: ENOSYS"
like "$("$INJECT" "$warden" socket 1 1 0)" '^result [0-9]+$' "(but make a socket)"
is "$("$INJECT" $free open_by_handle_at)" "result -14" "(another process gets as far as open_by_handle_at's arguments)"
is "$("$INJECT" "$zygote" open_by_handle_at)" "result -1" "a zygote inherits that"
is "$("$INJECT" "$parked" open_by_handle_at)" "result -1" "and so does a container"
kill $free

# Everything else kills the loop, and the next one serves.
mkfifo "$T/in"
"$CLIENT" --deadline 100 127.0.0.1 1001 <"$T/in" >"$T/held" &
client=$!
exec 8>"$T/in"
wait_for 10 grep -q h "$T/held"
tried=0
# mmap's third argument is PROT_EXEC, sendmsg's is MSG_FASTOPEN, fcntl's second is F_SETOWN.
for call in "execve" "clone 17" "connect 0" "ptrace 16 1" "mmap 0 4096 5 34 -1" "sendmsg 3 0 0x20000000" "kill 1 9" \
	"fcntl 3 8 1"; do
	wait_for 10 changed 0 '^spawnd: loop'
	loop=$(loop_pid)
	wait_for 10 control status
	# shellcheck disable=SC2086 # a call and its arguments
	is "$("$INJECT" "$loop" $call)" "killed 31" "the loop is killed when it calls $call"
	tried=$((tried + 1))
	wait_for 10 changed "$loop" '^spawnd: loop'
done
is "$(log_count ' loop-lost signal=31')" $tried "the log has each of these"
echo "still there" >&8
ok "the connection that ran all the time goes on" wait_for 10 grep -q "still there" "$T/held"
exec 8>&-
wait $client
wait_for 10 control status
ok "and new ones come" talk 1002
spawnd_stop

# ---- all that the daemon does, under strace: nothing of it is refused
configuration
# Of the daemon's own processes; a self-test does try what is denied.
trace() {
	for pid in $own; do
		grep -E "$1" "$T/trace.$pid"
	done
}
: >"$T/log"
SPAWND_WRAP="strace -ff -qq -o $T/trace"
spawnd_start
SPAWND_WRAP=
wait_for 20 parked_is one 1
spawnd_loop=$(loop_pid)
warden=$(warden_pid)
own="$warden $spawnd_loop $(zygote_pids | tr '\n' ' ')"
for i in 1 2 3; do
	echo "$i" | "$CLIENT" --deadline 30 127.0.0.1 1001 >/dev/null
	talk 1002 >/dev/null
done
control status >/dev/null
control list --json >/dev/null
SPAWND_STRACE=$SPAWND_PID
SPAWND_PID=$warden
configuration "Hostname=another"
reload
ok "a reload" log_has ' reload-done'
own="$own $(zygote_pids | tr '\n' ' ')"
kill -USR1 "$warden"
ok "reopening the log" wait_log ' reopened'
control reload >/dev/null
kill -STOP "$spawnd_loop"
kill -CONT "$spawnd_loop"
talk 1001 >/dev/null
ok "after a stop and a continue it serves" talk 1002
SPAWND_PID=$SPAWND_STRACE
kill -TERM "$warden"
spawnd_exit 30
is "$SPAWND_STATUS" 0 "spawnd under strace stops with exit status 0"
ok "(the trace has the loop's calls)" grep -q accept4 "$T/trace.$spawnd_loop"
is "$(trace '\+\+\+ killed by SIGSYS' | head -3)" "" "no process ran into a filter that kills"
is "$(trace '= -1 ENOSYS' | grep -Ev 'mseal|0x' | head -3)" "" "no call was unknown to the filter"
# Behind its filter the loop asks for a socket (the interface of an address) and, in some C libraries, for a file. The
# kernel's own EPERM is epoll's: libev takes a descriptor off whose number is a file's by now.
is "$(sed '1,/seccomp(SECCOMP_SET_MODE_FILTER/d' "$T/trace.$spawnd_loop" | grep -E '= -1 EPERM' | grep -Ev '^(socket|epoll_ctl)\(' | head -3)" "" \
	"nothing that the loop needs was refused"
ok "(an address with an interface made it ask for a socket, which it does not need)" \
	grep -q '^socket(.*= -1 EPERM' "$T/trace.$spawnd_loop"
done_testing

#!/bin/sh
# SPDX-License-Identifier: ISC
# Limits by control group where the controllers are: memory, processes and processor time of a connection, and of all
# connections of a service; what the account says of them. It uses up memory and processes on purpose: only in a machine
# of its own (tests/vm, which says TEST_VM=1).
TEST_TIMEOUT=300
. "$(dirname "$0")/lib.sh"
needs jq
[ "${TEST_VM-}" = 1 ] || skip_all "not in a machine of its own"
[ -n "$CGROUPS" ] || skip_all "no cgroup2 file system"
for controller in cpu memory pids; do
	grep -qw $controller "$CGROUPS/cgroup.controllers" || skip_all "no $controller controller"
done

make_root "$T/root"
write_conf() {
	conf <<EOF2
[defaults]
RootDirectory=$T/root
RuntimeMaxSec=60
TimeoutStopSec=1s
WarmMin=1
WarmMax=1
MemorySwapMax=0

[service memory]
ListenStream=127.0.0.1:1001
ExecStart=/probe touch-kib 60000 , say survived
MemoryMax=16M

[service enough]
ListenStream=127.0.0.1:1002
ExecStart=/probe touch-kib 10000 , say survived
MemoryMax=64M

[service tasks]
ListenStream=127.0.0.1:1003
ExecStart=/probe forks 100
TasksMax=20

[service bomb]
ListenStream=127.0.0.1:1004
ExecStart=@/bin/sh sh -c 'echo hello; b() { b | b & }; b; while :; do sleep 1; done'
TasksMax=20
MemoryMax=64M
RuntimeMaxSec=10

[service slow]
ListenStream=127.0.0.1:1005
ExecStart=/probe spin-ms 400 , say done
CPUQuota=20%

[service together]
ListenStream=127.0.0.1:1006
ExecStart=/probe touch-kib 30000 , hello , wait-eof
WarmMin=0
WarmMax=0
ServiceMemoryMax=${1:-70M}
MemoryMax=50M

[service many]
ListenStream=127.0.0.1:1007
ExecStart=/probe forks 8 , wait-eof
WarmMin=0
WarmMax=0
ServiceTasksMax=20

[service tmpfs]
ListenStream=127.0.0.1:1008
ExecStart=/bin/sh -c 'head -c 40000000 /dev/zero >/tmp/f; echo survived'
TemporaryFileSystem=/tmp:size=64M,mode=1777
MemoryMax=16M

[service wide]
ListenStream=127.0.0.1:1011
ExecStart=/probe hello
TasksMax=5

[service tried]
ListenStream=127.0.0.1:1012
ExecStart=/probe read-line , touch-kib 60000 , say survived
Warm=started
WarmCheck="x\\n"
MemoryMax=16M

[service init]
ListenStream=127.0.0.1:1009
ExecStart=/probe touch-kib 60000 , say survived
Init=yes
MemoryMax=16M

[service weighs]
ListenStream=127.0.0.1:1010
ExecStart=/probe hello , wait-eof
CPUWeight=idle
ServiceCPUWeight=50
MemoryHigh=10%
TasksMax=1%
EOF2
}
write_conf
spawnd_start
tree=$CGROUPS$CONTROL_GROUP
is "$(log_count limits-not-in-force)" 0 "every limit is in force"

between "$(awk '$1 == "oom_kill" { print $2 }' "$tree/service.tried/run/memory.events")" 1 10 \
	"MemoryMax= holds when WarmCheck= tries the program, too"

# ---- memory ----------------------------------------------------------------------------------------------------------------

is "$(talk 1001 --tolerant 2>&1)" "" "a program beyond MemoryMax= says nothing any more"
wait_accounts 1
is "$(account '[.service, .end, .signal] | @csv')" '"memory","limit",9' "it ends by its limit"
between "$(account .oom_kills)" 1 10 "oom_kills counts it"
between "$(account .memory_peak_bytes)" 10000000 16777216 "its peak is not above the limit"
ok "the log has the reason" log_has ' connection-end .*service=memory end=limit signal=9'
is "$(talk 1002)" "touch-kib 10000
survived" "one within its limit works (control)"
wait_accounts 2
is "$(account '[.service, .end, .oom_kills, .tasks_refused] | @csv')" '"enough","exit",0,0' "and exits"
between "$(account .memory_peak_bytes)" 10240000 30000000 "its peak"
first=$(account .memory_peak_bytes)
talk 1002 >/dev/null
wait_accounts 3
between "$(account .memory_peak_bytes)" $((first * 9 / 10)) $((first * 11 / 10)) "the next connection's peak is its own"
is "$(talk 1008 --tolerant 2>&1)" "" "what is in a tmpfs counts"
wait_accounts 4
is "$(account '[.service, .end] | @csv')" '"tmpfs","limit"' "and ends it too"
is "$(talk 1009 --tolerant 2>&1)" "" "with Init=yes"
wait_accounts 5
is "$(account '[.service, .end, .signal] | @csv')" '"init","limit",9' "all of the connection goes at once (memory.oom.group)"
is "$(talk 1002 | tail -n 1)" survived "other services do not feel it"
wait_accounts 6

# ---- processes -------------------------------------------------------------------------------------------------------------

is "$(talk 1003)" "forks 19" "TasksMax=20 is one program and 19 more"
wait_accounts 7
is "$(account '[.service, .end, .tasks_refused] | @csv')" '"tasks","exit",1' "the account counts what was refused"
begun=$(uptime_s)
"$CLIENT" --tolerant --no-half-close --deadline 60 127.0.0.1 1004 </dev/null >"$T/bomb" 2>&1 &
bomb=$!
ok "a fork bomb" wait_for 10 grep -q hello "$T/bomb"
is "$(talk 1002 | tail -n 1)" survived "another service works meanwhile"
between "$(cat "$tree"/service.bomb/run/*/pids.peak 2>/dev/null | sort -n | tail -n 1 || echo 20)" 1 20 "it has no more than TasksMax="
wait $bomb
ok "it ends" wait_for 30 accounted '.service == "bomb"'
like "$(jq -r 'select(.service == "bomb") | [.end, .tasks_refused > 0] | @csv' "$T/accounting")" '^"(timeout|exit)",true$' "and has been refused"
is "$(cat "$tree"/service.bomb/run/*/cgroup.procs | wc -l)" 1 "with all its processes: the next container alone is left"
diag "the fork bomb took $(($(uptime_s) - begun)) s"

# ---- processor time --------------------------------------------------------------------------------------------------------

begun=$(uptime_ms)
is "$(talk 1005)" "done" "CPUQuota=20%"
between $(($(uptime_ms) - begun)) 1200 60000 "400 ms of work take five times as long"
ok "the account has the processor time of the group" wait_for 10 accounted '.service == "slow" and .cpu_us > 300000'

# ---- weights and shares -----------------------------------------------------------------------------------------------------

leaf() {
	find "$tree/service.$1/run" -mindepth 1 -type d | tail -n 1
}
is "$(cat "$(leaf weighs)/cpu.idle")" 1 "CPUWeight=idle"
is "$(cat "$tree/service.weighs/cpu.weight")" 50 "ServiceCPUWeight= is against the other services"
total=$(awk '/^MemTotal/ { printf "%.0f", $2 * 1024 }' /proc/meminfo)
between "$(cat "$(leaf weighs)/memory.high")" $((total / 10 - 4096)) $((total / 10)) "a percentage of the memory"
between "$(cat "$(leaf weighs)/pids.max")" 40 41943 "and of the processes"
is "$(cat "$(leaf weighs)/memory.oom.group")" 1 "one container is one thing to the kernel"
is "$(cat "$(leaf tasks)/cpu.max" 2>/dev/null || echo none)" none "controllers that nobody needs are not enabled"

# ---- all connections of a service ---------------------------------------------------------------------------------------------

is "$(cat "$tree/service.together/run/memory.max")" 73400320 "ServiceMemoryMax="
mkfifo "$T/in"
for i in 1 2; do
	"$CLIENT" --tolerant --deadline 60 127.0.0.1 1006 <"$T/in" >"$T/together.$i" 2>&1 &
done
exec 8>"$T/in"
ok "two connections have room" wait_for 20 sh -c "grep -q h '$T/together.1' && grep -q h '$T/together.2'"
before=$(account_count)
"$CLIENT" --tolerant --deadline 60 127.0.0.1 1006 <"$T/in" >"$T/together.3" 2>&1 8>&- &
wait_accounts $((before + 1)) 20
is "$(account '[.service, .end] | @csv')" '"together","limit"' "three do not: one of them ends"
is "$(status .services.together.live)" 2 "and two go on"

# A reload changes the service's limits, also of what runs.
write_conf 200M
reload
is "$(cat "$tree/service.together/run/memory.max")" 209715200 "a reload sets the service's limits"
like "$(talk 1006 --no-half-close --deadline 5 2>&1)" "^touch-kib 30000" "and there is room for more"
exec 8>&-
wait_for 20 status_is .services.together.live 0

# ServiceTasksMax: two connections of nine processes, then no more
mkfifo "$T/in2"
for i in 1 2; do
	"$CLIENT" --tolerant --deadline 60 127.0.0.1 1007 <"$T/in2" >"$T/many.$i" 2>&1 &
done
exec 8>"$T/in2"
ok "ServiceTasksMax=20: two connections of nine processes" wait_for 20 sh -c "grep -q 'forks 8' '$T/many.1' && grep -q 'forks 8' '$T/many.2'"
between "$(cat "$tree/service.many/run/pids.current")" 18 20 "are so many"
"$CLIENT" --tolerant --deadline 60 127.0.0.1 1007 <"$T/in2" >"$T/many.3" 2>&1 8>&- &
ok "a third finds less room" wait_for 20 grep -Eq 'forks [0-7]$' "$T/many.3"
exec 8>&-
wait_for 20 status_is .services.many.live 0

# ---- groups come and go -------------------------------------------------------------------------------------------------------

# A zygote's death leaves no group of its containers.
old=$(zygote_pids enough)
kill -KILL "$old"
ok "another zygote" wait_for 10 changed "$old" '^spawnd: zygote enough$'
ok "has a container that waits" wait_for 10 parked_is enough 1

# The kernel ends all that have the memory of one that is out of it: with such a limit nobody has the zygote's.
nok "with MemoryMax= a child has memory of its own" is_shared "$(zygote_pids enough)" "$(parked_pids enough)"
if [ "$(uname -m)" = x86_64 ]; then
	ok "without one it has not (control)" is_shared "$(zygote_pids wide)" "$(parked_pids wide)"
fi
# shellcheck disable=SC2317 # called through wait_for
leaves_are() {
	[ "$(find "$tree/service.$1/run" -mindepth 1 -type d | wc -l)" -le "$2" ]
}
ok "a zygote's death leaves no group behind" wait_for 10 leaves_are enough 1
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	talk 1002 >/dev/null
done
ok "twenty connections one after the other leave few groups" wait_for 10 leaves_are enough 3
diag "$(find "$tree/service.enough/run" -mindepth 1 -type d)"
diag "$(grep dying "$tree/service.enough/run/cgroup.stat")"
talk 1002 >/dev/null
wait_for 10 status_is .live 0
is "$(jq -s '[.[] | select(.service == "enough" and .end != "exit")] | length' "$T/accounting")" 0 "none of them was killed"
spawnd_stop
ok "a stop removes the groups" test ! -e "$tree"
done_testing

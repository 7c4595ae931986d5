#!/bin/sh
# SPDX-License-Identifier: ISC
# Thousands of connections, refusals, failures and dozens of reloads later, no process of spawnd has grown, and no number
# of descriptors, mounts or namespaces.
TEST_TIMEOUT=240
. "$(dirname "$0")/lib.sh"
needs jq

make_root "$T/root"
printf '#!/no/such/interpreter\n' >"$T/root/bin/interpreted"
chmod 755 "$T/root/bin/interpreted"
conf <<EOF2
LogLevel=error
MaxConnections=100
[defaults]
RootDirectory=$T/root
[service good]
ListenStream=127.0.0.1:1001
WarmMin=4
WarmMax=4
ExecStart=/probe stderr words 3 , hello
[service broken]
ListenStream=127.0.0.1:1002
WarmMin=2
WarmMax=2
ExecStart=/bin/interpreted
[service full]
ListenStream=127.0.0.1:1003
MaxConnections=1
WarmMax=1
ExecStart=/probe hello , sleep-ms 20
EOF2
spawnd_start

# Of connections and of reloads.
many=$((30 / TEST_SLOW))
# work FACTOR
work() {
	"$CLIENT" --load --clients 6 --total $(($1 * 100)) --deadline 90 127.0.0.1 1001 >>"$T/load" 2>&1
	"$CLIENT" --load --tolerant --clients 4 --total $(($1 * 10)) --deadline 90 127.0.0.1 1002 >/dev/null 2>&1
	"$CLIENT" --load --tolerant --clients 4 --total $(($1 * 10)) --deadline 90 127.0.0.1 1003 >/dev/null 2>&1
	wait_for 20 status_is .live 0
	wait_for 20 pool_is good 4
	wait_for 20 pool_is broken 2
	wait_for 20 pool_is full 1
}
# memory PID: what it has of its own, in KiB
memory() {
	awk '/^Private_(Clean|Dirty):/ { sum += $2 } END { print sum }' "/proc/$1/smaps_rollup"
}

# A sanitizer keeps what is freed, and looks for leaks itself.
slack=200
is_sanitized && slack=1000000

unlike "$(status_of "$(loop_pid)" THP_enabled)" 1 "the loop's sparse tables get no huge pages"
work $((many / 6))
leak_start memory
warden=$(warden_pid) loop=$(loop_pid) zygote=$(zygote_pids good)
for process in warden loop zygote; do
	eval "memory \"\$$process\"" >"$T/before.$process"
done
work $many
for process in warden loop zygote; do
	eval "after=\$(memory \"\$$process\")"
	before=$(cat "$T/before.$process")
	between $((after - before)) -4096 $slack "$((many * 120)) connections later the $process has not grown ($before KiB, now $after)"
done
unlike "$(cat "$T/load")" 'errors [1-9]' "all were answered"
leak_check memory "and nothing is left behind"
is "$(loop_pid) $(zygote_pids good)" "$loop $zygote" "in the same processes"

i=0
while [ $i -lt $((many / 3)) ]; do
	i=$((i + 1))
	control reload >>"$T/reloads" || break
done
work 1
memory "$warden" >"$T/before.warden"
memory "$loop" >"$T/before.loop"
i=0
while [ $i -lt $many ]; do
	i=$((i + 1))
	control reload >>"$T/reloads" || break
done
work 1
is "$(wc -l <"$T/reloads")" $((many / 3 + many)) "$((many / 3 + many)) reloads"
for process in warden loop; do
	eval "after=\$(memory \"\$$process\")"
	before=$(cat "$T/before.$process")
	between $((after - before)) -4096 $slack "$many reloads later the $process has not grown ($before KiB, now $after)"
done
ok "one zygote for each service" wait_for 10 count_is '^spawnd: zygote' 3
leak_check memory "and nothing is left behind"

# And reloads that fail.
memory "$warden" >"$T/before.warden"
echo "Bogus=1" >>"$T/spawnd.conf"
i=0
while [ $i -lt $many ]; do
	i=$((i + 1))
	control reload 2>>"$T/refusals" && break
done
is "$i" $many "(all of them bad)"
after=$(memory "$warden")
between $((after - $(cat "$T/before.warden"))) -4096 $slack "$many bad reloads later the warden has not grown"
leak_check memory "and nothing is left behind"
done_testing

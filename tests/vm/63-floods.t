#!/bin/sh
# SPDX-License-Identifier: ISC
# Floods: processes, memory, files, inodes, standard error, filters, connections. During each a sibling service and the
# daemon stay responsive: the 99th percentile of the first byte, and ten answers of the control socket, are within twice
# the quiet figure. Afterwards everything is as it was. It uses up what it can: only in a machine of its own.
TEST_TIMEOUT=180
. "$(dirname "$0")/../e2e/lib.sh"
needs jq
[ "${TEST_VM-}" = 1 ] || skip_all "not in a machine of its own"

make_root "$T/root"
cat >"$T/root/srv/bomb" <<'EOF2'
b() { b | b & }
while :; do (b) 2>/dev/null; done
EOF2
cat >"$T/root/srv/files" <<'EOF2'
while :; do cat /dev/zero >/tmp/file; done
EOF2
cat >"$T/root/srv/inodes" <<'EOF2'
i=0
while :; do
	i=$((i + 1))
	echo >/tmp/$i
done 2>/dev/null
EOF2
flood_service() {
	printf '[service %s]\nListenStream=127.0.0.1:%s\nExecStart=%s\n' "$1" "$2" "$3"
	printf 'MemoryMax=32M\nMemorySwapMax=0\nTasksMax=32\nServiceCPUWeight=1\nRuntimeMaxSec=5\nMaxConnections=4\nWarmMax=1\n\n'
}
{
	cat <<EOF2
LogLevel=notice
[defaults]
RootDirectory=$T/root
TimeoutStopSec=1s
TemporaryFileSystem=/tmp:mode=1777,size=4M,nr_inodes=500
WarmMin=1

[service sibling]
ListenStream=127.0.0.1:1001
ExecStart=/probe hello
WarmMin=4
WarmMax=16

EOF2
	flood_service processes 1002 "/bin/sh /srv/bomb"
	flood_service memory 1003 "/probe touch-kib 60000"
	flood_service files 1004 "/bin/sh /srv/files"
	flood_service inodes 1005 "/bin/sh /srv/inodes"
	flood_service stderr 1006 "/probe stderr-flood 268435456"
	flood_service connections 1007 "/probe hello"
	flood_service filters 1008 "/probe filters 1000 , hello"
} | conf
spawnd_start
tree=$CGROUPS$CONTROL_GROUP

# sibling_us: the 99th percentile of a round
sibling_us() {
	"$CLIENT" --load --clients 1 --total 100 --pause-ms 10 --deadline 60 127.0.0.1 1001 2>&1 |
		tee -a "$T/rounds" | sed -n 's/.* errors 0 .* p99_us \([0-9]*\) .*/\1/p'
}

# control_ms: ten answers of the control socket
control_ms() {
	control_begun=$(uptime_ms)
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		control status >/dev/null || return
	done
	echo $(($(uptime_ms) - control_begun))
}

# median MEASURE: of five
median() {
	for _ in 1 2 3 4 5; do
		$1
	done | sort -n | sed -n 3p
}

quiet() {
	quiet_us=$(median sibling_us)
	quiet_ms=$(median control_ms)
	diag "quiet: sibling p99 $quiet_us us, control 10 times $quiet_ms ms"
}

# least MEASURE QUIET: of eight, or the first that is within twice. The machine is not alone on its host: what others do there
# comes and goes; what the flood does stays as long as the flood.
least() {
	least=
	for _ in 1 2 3 4 5 6 7 8; do
		least_now=$($1)
		least_now=${least_now:-999999999}
		[ "${least:-999999999}" -lt "$least_now" ] || least=$least_now
		[ "$least" -gt $((2 * $2)) ] || return
	done
}

# responsive: while the flood goes on
responsive() {
	least sibling_us "$quiet_us"
	flooded_us=$least
	least control_ms "$quiet_ms"
	flooded_ms=$least
}

# was_responsive NAME: the flood is over. Where it was too slow the quiet figure is taken anew: the host may have become so.
was_responsive() {
	if [ "$flooded_us" -gt $((2 * quiet_us)) ] || [ "$flooded_ms" -gt $((2 * quiet_ms)) ]; then
		before_us=$quiet_us before_ms=$quiet_ms
		quiet
		[ "$quiet_us" -gt "$before_us" ] || quiet_us=$before_us
		[ "$quiet_ms" -gt "$before_ms" ] || quiet_ms=$before_ms
	fi
	diag "$1: sibling p99 $flooded_us us, control 10 times $flooded_ms ms"
	between "$flooded_us" 1 $((2 * quiet_us)) "$1: the sibling is within twice $quiet_us us"
	between "$flooded_ms" 0 $((2 * quiet_ms)) "$1: the daemon is within twice $quiet_ms ms"
}

lives() {
	[ "$(status ".services.$1.live")" -gt 0 ]
}

# flood NAME PORT: four clients keep it up until flood_over. Each begins anew 100 ms after it was ended, lest this be a
# flood of connections as well: that is the last one.
flood() {
	"$CLIENT" --load --tolerant --clients 4 --total 1000000 --pause-ms 100 --deadline 600 127.0.0.1 "$2" >"$T/flood" 2>&1 &
	flooder=$!
	wait_for 10 lives "$1"
	responsive
}

flood_over() {
	ok "$1: it was going on all the time" is_running $flooder
	kill $flooder
	wait $flooder 2>/dev/null
	ok "$1: it ends" wait_for 20 status_is ".services.$1.live" 0
	was_responsive "$1"
}

# ended SERVICE FILTER: some of its connections has such an account
ended() {
	jq -e "select(.service == \"$1\" and ($2))" "$T/accounting"
}

# most COMMAND...: the largest of its numbers
most() {
	"$@" 2>/dev/null | sort -n | tail -n 1
}

quiet
wait_for 60 parked_is sibling 4
leak_start floods

flood processes 1002
between "$(most cat "$tree"/service.processes/run/*/pids.peak || echo 0)" 0 32 "processes: no connection has more than TasksMax="
between "$(most cat "$tree"/service.processes/run/*/pids.current)" 1 32 "processes: some have so many"
flood_over processes
ok "processes: the account counts what was refused" ended processes ".tasks_refused > 0"

flood memory 1003
flood_over memory
ok "memory: the limit has ended it" ended memory '.end == "limit" and .oom_kills > 0'
is "$(jq -r 'select(.service == "sibling") | .end' "$T/accounting" | sort -u)" exit "memory: nobody else was killed"

# Each writes its file from the beginning when it was full.
grown() {
	size=$(most find /proc/[0-9]*/root/tmp/file -printf '%s\n')
	[ "${size:-0}" -ge 1000000 ]
}
flood files 1004
wait_for 30 grown
between "$size" 1000000 4194304 "files: as large as the tmpfs may be"
flood_over files
ok "files: then there is no space" log_has 'service=files .*No space left'

full() {
	size=$(for pid in $(pids '^/bin/sh /srv/inodes'); do find "/proc/$pid/root/tmp" -mindepth 1 2>/dev/null | wc -l; done | sort -n | tail -n 1)
	[ "${size:-0}" -ge 400 ]
}
flood inodes 1005
wait_for 30 full
between "$size" 400 500 "inodes: as many as the tmpfs may have"
flood_over inodes

size=$(wc -c <"$T/log")
begun=$(uptime_s)
flood stderr 1006
flood_over stderr
between $((($(wc -c <"$T/log") - size) / ($(uptime_s) - begun + 1))) 1 200000 "stderr: at most 200 lines of it a second"
ok "stderr: the log says how many it left out" log_has 'service=stderr suppressed=[1-9]'

flood filters 1008
flood_over filters
has "$(talk 1008)" "filters 1000 ok" "filters: a thousand of them"

before=$(status '.services.connections | .served + .refused')
# A hundred clients, who would be on other machines: of this one they get a tenth of a processor.
mkdir "$CGROUPS/flooders"
echo "5000 50000" >"$CGROUPS/flooders/cpu.max"
sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$CGROUPS/flooders" \
	"$CLIENT" --load --tolerant --clients 100 --total 10000 --deadline 600 127.0.0.1 1007 >"$T/flood" 2>&1 &
flooder=$!
responsive
ok "connections: it was going on all the time" is_running $flooder
wait $flooder
rmdir "$CGROUPS/flooders"
like "$(cat "$T/flood")" '^connections 10000 ' "connections: ten thousand have ended"
ok "connections: nobody of them lives" wait_for 20 status_is .services.connections.live 0
was_responsive connections
is "$(($(status '.services.connections | .served + .refused') - before))" 10000 "connections: each was served or refused"

quiet
is "$(talk 1001)" h "the sibling serves"
ok "and its pool is what it was" wait_for 60 parked_is sibling 4
leak_check floods "nothing is left behind"
done_testing

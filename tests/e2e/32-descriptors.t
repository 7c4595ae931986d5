#!/bin/sh
# SPDX-License-Identifier: ISC
# Too few descriptors: spawnd says so at its start. It raises its limits to what the configuration takes, so that later
# somebody must have taken them away: then connections may be lost, but it does not spin, says so, and comes back by itself.
. "$(dirname "$0")/lib.sh"
needs jq setpriv prlimit

make_root "$T/root"
conf <<EOF2
[defaults]
RootDirectory=$T/root
MaxConnections=400
[service one]
ListenStream=127.0.0.1:1001
WarmMin=2
WarmMax=2
ExecStart=/probe hello , wait-eof
EOF2
# Without CAP_SYS_RESOURCE the hard limit is one.
SPAWND_WRAP="setpriv --bounding-set=-sys_resource --inh-caps=-sys_resource prlimit --nofile=200:200"
spawnd_launch
spawnd_exit
SPAWND_WRAP=
is "$SPAWND_STATUS" 111 "too few descriptors for the configuration: exit status 111"
like "$(cat "$T/log")" 'EPERM|EMFILE|descriptor|limit' "with the reason"
ok "and nothing is left behind" wait_for 5 no_processes

if is_sanitized; then
	SPAWND_PID=
	done_testing # what follows would take away the descriptors that the leak checker needs
fi

: >"$T/log"
spawnd_start
wait_for 10 pool_is one 2
leak_start descriptors
loop=$(loop_pid)
limit=$(awk '/^Max open files/ { print $4 }' "/proc/$loop/limits")
# As the loop's own user: for another's process not every root has the right.
limit_loop() {
	setpriv --reuid="$(status_of "$loop" Uid | cut -d' ' -f1)" --regid="$(status_of "$loop" Gid | cut -d' ' -f1)" \
		--clear-groups prlimit --pid "$loop" --nofile="$1":
}
ok "(the loop's limit is lowered)" limit_loop 40
mkfifo "$T/in"
"$CLIENT" --never-read --count 60 --deadline 60 127.0.0.1 1001 <"$T/in" >"$T/held" &
client=$!
exec 8>"$T/in"
wait_for 10 grep -q connected "$T/held"
ok "it says that it accepts no more" wait_log ' accept-paused .*error=EMFILE'
cpu_of() {
	for process in $(warden_pid) $(loop_pid); do
		cat "/proc/$process/stat" 2>/dev/null
	done | awk '{ sum += $14 + $15 } END { print sum + 0 }'
}
ticks=$(cpu_of)
wait_for 2 false
between $(($(cpu_of) - ticks)) -1000 60 "without spinning"
between "$(log_count ' accept-paused ')" 1 3 "nor filling the log"
ok "spawnd lives" is_running "$SPAWND_PID"
exec 8>&-
wait $client
ok "when the connections have ended, it goes on" wait_for 30 status_is .live 0
is "$(echo | "$CLIENT" 127.0.0.1 1001)" h "and serves"
loop=$(loop_pid)
limit_loop "$limit" 2>/dev/null
leak_check descriptors "nothing is left behind"

# The zygote: no container can be made for a while.
zygote=$(zygote_pids one)
limit=$(awk '/^Max open files/ { print $4 }' "/proc/$zygote/limits")
prlimit --pid "$zygote" --nofile=12:
: >"$T/held"
"$CLIENT" --never-read --count 20 --deadline 60 127.0.0.1 1001 <"$T/in" >"$T/held" &
client=$!
exec 8>"$T/in"
wait_for 10 grep -q connected "$T/held"
ok "the log says that no container can be made" wait_log ' (container|connection)-failed .*error=EMFILE'
ticks=$(awk '{ print $14 + $15 }' "/proc/$zygote/stat")
lines=$(wc -l <"$T/log")
wait_for 2 false
between $(($(awk '{ print $14 + $15 }' "/proc/$zygote/stat") - ticks)) 0 60 "the zygote does not spin"
between $(($(wc -l <"$T/log") - lines)) 0 60 "nor fill the log"
prlimit --pid "$zygote" --nofile="$limit":
exec 8>&-
wait $client
ok "later it goes on" wait_for 20 status_is .live 0
is "$(echo | "$CLIENT" 127.0.0.1 1001)" h "and serves"
leak_check descriptors "nothing is left behind"
done_testing

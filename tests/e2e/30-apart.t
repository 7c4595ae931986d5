#!/bin/sh
# SPDX-License-Identifier: ISC
# Two connections at a time, of one service and of two: neither sees, signals, traces or reads anything of the other.
. "$(dirname "$0")/lib.sh"
needs jq

make_root "$T/root"
conf <<EOF2
[defaults]
RootDirectory=$T/root
WarmMin=2
WarmMax=2
[service victim]
ListenStream=127.0.0.1:1001
ExecStart=/probe write-file /tmp/secret , write-file /dev/shm/secret , write-file /run/secret , hello , wait-eof
Environment=SECRET=1
User=0
[service spy]
ListenStream=127.0.0.1:1002
User=0
ExecStart=/probe list /tmp , list /dev/shm , list /run , procs , kill-try -1 9 , ids , net , connect 127.0.0.1 1001
EOF2
spawnd_start
mkfifo "$T/in"
"$CLIENT" --deadline 60 127.0.0.1 1001 <"$T/in" >"$T/victim" &
client=$!
exec 8>"$T/in"
wait_for 10 grep -q '^h' "$T/victim"
has "$(cat "$T/victim")" "write-file /tmp/secret ok" "the victim has secrets (control)"
victim=$(pids '^/probe write-file')
spy=$(talk 1002)
is "$(lines "$spy" '^list ')" 0 "another service's connection sees none of its files"
has "$spy" "process-count 1" "nor its process"
has "$spy" "kill -1 ESRCH" "cannot signal it"
has "$spy" "connect 127.0.0.1 socket-errno-97" "nor reach a listener of the host"
ok "the victim lives" is_running "$victim"

# The same service: as the same user, from the host's side, with its namespaces, by someone with its ids.
second=$(echo | "$CLIENT" 127.0.0.1 1001)
has "$second" "write-file /tmp/secret ok" "the same service's next connection has its own /tmp"
uid=$(status_of "$victim" Uid | cut -d' ' -f1)
"$CLIENT" --deadline 60 127.0.0.1 1002 </dev/null >/dev/null
other=$(zygote_pids spy)
isnt "$(status_of "$other" Uid | cut -d' ' -f1)" "$uid" "services have ids that do not meet"
base=$(status_of "$(zygote_pids victim)" Uid | cut -d' ' -f1)
if lacks user-namespaces; then
	base=$((uid / 65536 * 65536)) # the zygote is host root
fi
is "$uid" "$base" "User=0 is the first of the service's range"
between "$uid" 65536 4294901760 "which is nobody on the host"
is "$(getent passwd "$uid")" "" "by name neither"
is "$(readlink "/proc/$victim/root")" / "its root is /"
is "$(awk '{ print $5 }' "/proc/$victim/mountinfo" | sort | tr '\n' ' ')" "/ /dev /dev/shm /proc /proc /run /tmp " \
	"no mount of the zygote's or the host's is left in its namespace"
uncovered=$(nsenter -m -t "$victim" /probe procs , unmount /proc , procs , proc-names , unmount /proc , unmount /proc)
is "$(lines "$uncovered" '^process [1-9]')" 1 "its /proc shows it (control)"
is "$(printf '%s\n' "$uncovered" | grep -v '^process [1-9]')" "process-count 1
unmount /proc ok
process-count 0
proc-name self
proc-name thread-self
unmount /proc ok
unmount /proc EINVAL" "the one below shows nobody, and below that is none"
exec 8>&-
wait $client

# Many at once with one identity each: every answer goes to the one that asked.
conf <<EOF2
[service mirror]
ListenStream=127.0.0.1:1003
RootDirectory=$T/root
WarmMin=3
WarmMax=3
ExecStart=/probe read-line , env
EOF2
reload
i=0
while [ $i -lt 40 ]; do
	i=$((i + 1))
	(echo "number-$i" | "$CLIENT" --source "127.0.1.$i" --deadline 60 127.0.0.1 1003 >"$T/mirror.$i") &
	echo $! >>"$T/mirrors"
done
while read -r mirror; do
	wait "$mirror"
done <"$T/mirrors"
wrong=
i=0
while [ $i -lt 40 ]; do
	i=$((i + 1))
	grep -q "^line number-$i\$" "$T/mirror.$i" && grep -q "^env REMOTE_ADDR=127.0.1.$i\$" "$T/mirror.$i" || wrong="$wrong $i"
done
is "$wrong" "" "forty clients at once: each has its own answer and its own REMOTE_ADDR"
is "$(sed -n 's/^env SO_COOKIE=//p' "$T/mirror."* | sort -u | wc -l)" 40 "and its own cookie"
done_testing

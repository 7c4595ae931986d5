#!/bin/sh
# SPDX-License-Identifier: ISC
# Warm=started with programs that make it hard: what cannot be started ahead is made ready, with one line that says why;
# what forks, sleeps, sets timers or closes everything waits before it does so. And what happens when something dies.
. "$(dirname "$0")/lib.sh"
needs jq perl

make_root "$T/root"
mkdir "$T/root/usr" "$T/root/lib64" "$T/root/lib"
cp "$PROBE" "$T/root/unreadable"
chmod 711 "$T/root/unreadable"
echo '#!/nowhere' >"$T/root/script"
chmod 755 "$T/root/script"
{
	echo "[defaults]"
	echo "RootDirectory=$T/root"
	for directory in /usr /lib /lib64; do
		[ ! -d "$directory" ] || echo "BindReadOnlyPaths=$directory"
	done
	cat <<'EOF2'
MaxConnections=40
WarmMin=2
WarmMax=2
Warm=started
[service init]
ListenStream=127.0.0.1:1001
Init=yes
ExecStart=/probe env , echo
[service missing]
ListenStream=127.0.0.1:1002
ExecStart=/script
[service spins]
ListenStream=127.0.0.1:1003
ExecStart=/usr/bin/perl -e '1 while time < $$^T + 12 && getppid() >= 0; print "done"'
[service busy]
ListenStream=127.0.0.1:1004
RuntimeMaxSec=1s
ExecStart=/usr/bin/perl -e '1 while 1'
[service forks]
ListenStream=127.0.0.1:1005
ExecStart=/usr/bin/dash -c 'word=$$(echo from a child); read line; echo "$$word: $$line"'
[service sleeps]
ListenStream=127.0.0.1:1006
ExecStart=/usr/bin/dash -c 'sleep 0.01; cat'
[service alarm]
ListenStream=127.0.0.1:1007
ExecStart=/usr/bin/perl -e '$$SIG{ALRM} = sub { print "alarm\n"; exit }; alarm 1; sleep 9'
[service closes]
ListenStream=127.0.0.1:1008
ExecStart=/usr/bin/perl -MPOSIX -e 'POSIX::close($$_) for 3 .. 255; $$| = 1; print uc while <STDIN>'
[service copies]
ListenStream=127.0.0.1:1009
ExecStart=/usr/bin/dash -c 'exec 3<&0 4>&1 0</dev/null 1>/dev/null; read line <&3; echo "by copies: $$line" >&4'
[service unreadable]
ListenStream=127.0.0.1:1010
ExecStart=/unreadable echo
[service stderr]
ListenStream=127.0.0.1:1011
ExecStart=/usr/bin/dash -c 'echo to the log >&2; read line; echo "$$line"'
[service crashes]
ListenStream=127.0.0.1:1014
ExecStart=/probe segfault
[service faults]
ListenStream=127.0.0.1:1015
ExecStart=/probe stub-fault
[service sequence]
ListenStream=127.0.0.1:1016
ExecStart=/probe stub-sequence
[service overlap]
ListenStream=127.0.0.1:1017
ExecStart=/probe stub-overlap
[service execs]
ListenStream=127.0.0.1:1012
ExecStart=/usr/bin/env A=B /usr/bin/dash -c 'exec /usr/bin/cat'
[service writes]
ListenStream=127.0.0.1:1013
ExecStart=/usr/bin/dash -c 'echo x >>/tmp/file; cat /tmp/file'
EOF2
} | conf
spawnd_start
say() {
	echo "$2" | "$CLIENT" --deadline 20 127.0.0.1 "$1"
}
fallback() {
	grep " warm-fallback service=$1 " "$T/log"
}
like "$(fallback init)" 'warmth=ready step=start-ahead error=EOPNOTSUPP text="Init=yes' "Init=yes: not started ahead, and said so"
like "$(say 1001 x)" '^env REMOTE_ADDR=127' "it is served, and its environment has the connection"
like "$(fallback missing)" 'step=exec error=ENOENT text="/script"' "a program without its interpreter: said too"
say 1002 x >"$T/out"
ok "and each connection fails as it would" wait_log 'connection-failed .*service=missing .*step=exec'
like "$(fallback unreadable)" 'step=start-ahead error=EIO' "a program that its user may execute but not read"
like "$(fallback spins)" 'warmth=before-main step=start-ahead error=(E2BIG|ETIMEDOUT)' "a program that makes calls without end"
like "$(fallback busy)" 'warmth=before-main step=start-ahead error=ETIMEDOUT' "a program that makes none"
like "$(fallback crashes)" 'warmth=before-main step=start-ahead error=(E2BIG|ETIMEDOUT)' "a program that crashes"
like "$(fallback faults)" 'warmth=before-main step=start-ahead error=EFAULT text="(signal 11 in|no stack for) the stub' "one in which the stub cannot run"
like "$(fallback sequence)" 'warmth=before-main step=start-ahead error=EBUSY' "one in which something else could"
like "$(fallback overlap)" 'warmth=before-main step=start-ahead error=EBUSY' "one in which it could when the stub has begun"
# On a slow machine one or two of the others are not there in time.
late=$((TEST_SLOW > 1 ? 2 : 0))
between "$(log_count ' warm-fallback ')" 9 $((9 + late)) "and no other has fallen back: one line for each"
is "$(status .services.busy.warmth)" before-main "spawnctl tells the level in force"
[ $late -gt 0 ] || is "$(status .services.forks.warmth)" started "of all"
ok "they are parked" wait_for 10 status_is .services.busy.parked 2

is "$(say 1005 line)" "from a child: line" "a program that forks waits before it"
is "$(say 1006 line)" line "one that sleeps"
is "$(say 1007 line)" alarm "one that sets a timer: it counts from the connection"
is "$(say 1008 line)" LINE "one that closes every descriptor it can think of"
is "$(say 1009 line)" "by copies: line" "one that makes copies of its descriptors"
is "$(say 1010 line)" line "one that cannot be started ahead is served too"
is "$(say 1011 line)" line "one that writes to its standard error first"
ok "which is logged with its connection" wait_log 'service-stderr id=[0-9]+ service=stderr text="to the log"'
is "$(log_count 'service=stderr text=')" 1 "and not for those that wait"
is "$(say 1012 line)" line "one that executes another"
is "$(say 1013 line)" x "one that writes a file"
say 1014 '' >"$T/out"
ok "one that crashes ends its connection" wait_log 'connection-end .*service=crashes .*end=signal'
like "$(grep ' connection-start .*service=crashes ' "$T/log")" ' warmth=before-main' "for which it was executed ahead"
is "$(say 1015 '')" "stub-fault over" "the one has its connection to itself"
is "$(say 1016 '')" "stub-sequence over" "and the other"
is "$(say 1017 '')" "stub-overlap over" "and the third"
i=$(grep -c ' connection-start .*warmth=started' "$T/log")
between "$i" $((8 - late)) 8 "all others of these were started ahead"

# Deaths.
started_pids() {
	pgrep -P "$(zygote_pids "$1")"
}
parked_number_is() {
	[ "$(started_pids "$1" | wc -l)" = "$2" ]
}
ok "two wait" wait_for 10 parked_number_is forks 2
for pid in $(started_pids forks); do
	kill -KILL "$pid"
	wait_for 5 is_gone "$pid"
done
is "$(say 1005 again)" "from a child: again" "parked programs that were killed cost no connection"
ok "and are replaced" wait_for 10 parked_number_is forks 2
old=$(started_pids forks)
kill -KILL "$(zygote_pids forks)"
all_gone() {
	for pid in $old; do is_gone "$pid" || return 1; done
}
ok "when their zygote dies they end" wait_for 10 all_gone
ok "and another makes others" wait_for 20 status_is .services.forks.parked 2
is "$(say 1005 third)" "from a child: third" "which serve"
old=$(started_pids forks)
loop=$(loop_pid)
kill -KILL "$loop"
ok "when the loop dies they end" wait_for 10 all_gone
ok "it is replaced" wait_for 10 changed "$loop" '^spawnd: loop'
ok "and they are" wait_for 30 status_is .services.forks.parked 2
is "$(say 1005 fourth)" "from a child: fourth" "and serve"
is "$(status .services.busy.warmth)" before-main "the new loop knows what has fallen back"
old=$(started_pids forks)
reload
ok "a reload ends those that wait" wait_for 10 all_gone
is "$(say 1005 fifth)" "from a child: fifth" "and its own serve"
done_testing

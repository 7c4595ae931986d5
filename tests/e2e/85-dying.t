#!/bin/sh
# SPDX-License-Identifier: ISC
# The namespaces of what has ended: a service may only have so many, at that number its connections wait, and when the kernel
# has taken them down it goes on as before.
TEST_TIMEOUT=180
. "$(dirname "$0")/lib.sh"
needs jq perl nsenter
lacks user-namespaces && skip_all "the bound is of a user namespace"

make_root "$T/root"
conf <<EOF2
[service hello]
ListenStream=127.0.0.1:1001
RootDirectory=$T/root
ExecStart=/probe hello
MaxConnections=64
WarmMax=4
EOF2
spawnd_start
ok "a container waits" wait_for 10 parked_is hello 1
zygote=$(zygote_pids hello | head -n 1)
# limit [NUMBER]: of the service's user namespace
limit() {
	nsenter --user="/proc/$zygote/ns/user" sh -c \
		"${1:+echo $1 >/proc/sys/user/max_net_namespaces;} cat /proc/sys/user/max_net_namespaces"
}
is "$(limit)" $((64 + 4 + 8 + 128)) "its namespaces are bounded: all containers there may be, and 128"

# Held from outside they stay, as they do while the kernel has not come to them.
is "$(limit 8)" 8 "(a lower bound, for the test)"
mkfifo "$T/release"
exec 7<>"$T/release"
# shellcheck disable=SC2016 # perl's
perl -e '
	my (@held, %seen, $ready);
	do {
		for my $pid (split /\n/, qx(pgrep -P $ARGV[0])) {
			open(my $space, "<", "/proc/$pid/ns/net") or next;
			push @held, $space unless $seen{(stat $space)[1]}++;
		}
		vec($ready = "", 7, 1) = 1;
	} until select($ready, undef, undef, 0.02) > 0' "$zygote" &
holder=$!
waits() {
	[ "$(status .services.hello.live)" -ge 1 ]
}
i=0
while [ $i -lt 40 ] && ! log_has ' containers-held '; do
	i=$((i + 1))
	"$CLIENT" --deadline 20 127.0.0.1 1001 >>"$T/answers" 2>/dev/null &
	wait_for 1 log_has ' containers-held '
done
# The zygote has patience for two seconds, of which a slow machine would take too much to look.
i=$((i + 1))
"$CLIENT" --deadline 20 127.0.0.1 1001 >>"$T/answers" 2>/dev/null &
waited=0
[ "$TEST_SLOW" -gt 1 ] || wait_for 0 waits || waited=$?
echo >&7
wait $holder
like "$(grep ' containers-held ' "$T/log")" ' warning: .*service=hello step=unshare-net error=ENOSPC ' \
	"at the bound no container is made, and the log says why"
is "$(log_count ' containers-held ')" 1 "once"
is "$waited" 0 "a connection waits"
answered() {
	[ "$(tr -d '\n' <"$T/answers" | wc -c)" -eq "$i" ]
}
ok "and is served when they are gone, as all others are" wait_for 20 answered
ok "and containers wait again" wait_for 10 status_is .services.hello.live 0

# A flood, with a bound that it comes to. A connection is live until its container is reaped, which is after its client has seen
# the end and come again: MaxConnections= leaves room for that.
is "$(limit 24)" 24 "(another)"
total=$((2000 / TEST_SLOW))
"$CLIENT" --load --clients 8 --total "$total" --deadline 150 127.0.0.1 1001 >"$T/flood" 2>&1
like "$(cat "$T/flood")" "connections $total errors 0 " "all of $total short connections are served within it"
ok "and all are over" wait_for 10 status_is .services.hello.live 0
"$CLIENT" --load --clients 1 --total 20 --deadline 20 127.0.0.1 1001 >"$T/after" 2>&1
like "$(cat "$T/after")" "connections 20 errors 0 " "what comes after is served"
is "$(status .services.hello.aborted)" 0 "none was given up"
is "$(log_count ' container-failed ')" 0 "and no container has failed"
done_testing

#!/bin/sh
# SPDX-License-Identifier: ISC
# Children that borrow the zygote's memory until they execute their program: which do, that a program does not, and that
# the end of one is nobody else's.
. "$(dirname "$0")/lib.sh"
needs jq perl
[ "$(uname -m)" = x86_64 ] || skip_all "children are forked on this machine"

is_sanitized && skip_all "children are forked under a sanitizer"

make_root "$T/root"
conf <<EOF2
[defaults]
RootDirectory=$T/root
WarmMin=2
WarmMax=2
[service plain]
ListenStream=127.0.0.1:1001
ExecStart=/probe hello , wait-eof
[service init]
ListenStream=127.0.0.1:1002
Init=yes
ExecStart=/probe hello
[service overlay]
ListenStream=127.0.0.1:1003
RootEphemeral=yes
ExecStart=/probe hello
[service none]
ListenStream=127.0.0.1:1004
Warm=none
ExecStart=/probe env
[service started]
ListenStream=127.0.0.1:1005
Warm=started
ExecStart=/probe hello
EOF2
spawnd_start
are_parked() {
	status_is ".services.$1.parked" 2
}
for service in plain init overlay started; do
	wait_for 10 are_parked $service
done

# borrowers SERVICE: how many of its parked processes have the zygote's memory
borrowers() {
	borrowers_of=$(zygote_pids "$1")
	for pid in $(parked_pids "$1"); do
		is_shared "$borrowers_of" "$pid" && echo "$pid"
	done | wc -l
}
is "$(borrowers plain)" 2 "a parked process has the zygote's memory"
is "$(borrowers init)" 0 "with Init=yes it has its own: it stays beside the program"
is "$(borrowers overlay)" 0 "with RootEphemeral=yes too"
zygote=$(zygote_pids plain)
is "$(zygote_pids plain | wc -l)" 1 "(there is one zygote)"

mkfifo "$T/in"
"$CLIENT" --hold --count 1 --deadline 60 127.0.0.1 1001 <"$T/in" >"$T/held" &
exec 9>"$T/in"
wait_for 10 grep -q held "$T/held"
program=$(pids '^/probe hello , wait-eof')
ok "(it runs)" test -n "$program"
nok "a program has not" is_shared "$zygote" "$program"
nok "nor one that was started ahead" is_shared "$(zygote_pids started)" "$(pids '^/probe hello$' | head -n 1)"
is "$(talk 1005)" h "which serves"
exec 9>&-

# Its stack: a guard below it, and nobody goes far down.
deepest() {
	awk '/^[0-9a-f]+-/ { split($1, end, "-"); own = $6 == "" } /^Size:/ { size = $2 } /^Rss:/ && own && size >= 64 && size <= 72 { print $2 }' \
		"/proc/$zygote/smaps" | sort -n | tail -n 1
}
between "$(deepest)" 4 28 "little of its 64 KiB of stack is used"

kill -KILL "$(parked_pids plain | head -n 1)"
two() {
	[ "$(borrowers plain)" = 2 ]
}
ok "one that is killed is replaced" wait_for 10 two
is "$(zygote_pids plain)" "$zygote" "and the zygote lives"
is "$(talk 1001)" h "and serves"

# Two hundred at a time, so that several are made at once, and each has an environment of its own.
talk 1004 | grep -v COOKIE | sed 's/PORT=.*/PORT=N/' | sort >"$T/wanted"
"$CLIENT" --load --clients 16 --total 200 --deadline 60 127.0.0.1 1004 >"$T/load"
like "$(cat "$T/load")" '^connections 200 errors 0 ' "made one beside the other"
for i in 1 2 3 4 5 6 7 8; do
	"$CLIENT" 127.0.0.1 1004 >"$T/answer.$i" </dev/null &
	echo $! >>"$T/clients"
done
# shellcheck disable=SC2046 # a list of pids
wait $(cat "$T/clients")
same=0
for i in 1 2 3 4 5 6 7 8; do
	grep -v COOKIE "$T/answer.$i" | sed 's/PORT=.*/PORT=N/' | sort | cmp -s - "$T/wanted" && same=$((same + 1))
done
is $same 8 "each has an environment of its own"
is "$(grep -h REMOTE_PORT "$T"/answer.* | sort -u | wc -l)" 8 "with its own client in it"
done_testing

#!/bin/sh
# SPDX-License-Identifier: ISC
# Steps that fail end that one connection: one line names step and error, the client sees a clean end, the daemon lives.
. "$(dirname "$0")/lib.sh"
needs jq

make_root "$T/root"
printf '#!/no/such/interpreter\n' >"$T/root/bin/interpreted"
printf 'no format at all\n' >"$T/root/bin/text"
printf '\177ELF\002\001\001garbage' >"$T/root/bin/garbage"
: >"$T/root/bin/empty"
cp "$PROBE" "$T/root/bin/for-root"
cp "$PROBE" "$T/root/bin/vanishes"
chmod 755 "$T/root/bin/"*
chmod 744 "$T/root/bin/for-root"
mkdir -m 700 "$T/root/closed"
conf <<EOF2
[defaults]
RootDirectory=$T/root
WarmMax=1
[service good]
ListenStream=127.0.0.1:1000
ExecStart=/probe say good
[service interpreted]
ListenStream=127.0.0.1:1001
ExecStart=/bin/interpreted
[service text]
ListenStream=127.0.0.1:1002
ExecStart=/bin/text
[service garbage]
ListenStream=127.0.0.1:1003
ExecStart=/bin/garbage
[service empty]
ListenStream=127.0.0.1:1004
ExecStart=/bin/empty
[service for-root]
ListenStream=127.0.0.1:1005
ExecStart=/bin/for-root say hello
[service vanishes]
ListenStream=127.0.0.1:1006
ExecStart=/bin/vanishes say here
[service init]
ListenStream=127.0.0.1:1007
Init=yes
ExecStart=/bin/interpreted
[service fds]
ListenStream=127.0.0.1:1008
StandardInput=null
ExecStart=/bin/interpreted
[service cold]
ListenStream=127.0.0.1:1009
Warm=none
ExecStart=/bin/interpreted
EOF2
spawnd_start
is "$(talk 1006)" here "a program that is there (control)"
rm "$T/root/bin/vanishes"

# fails PORT SERVICE STEP ERROR
fails() {
	failed=$(log_count ' connection-failed ')
	is "$(echo input | "$CLIENT" --verdict --tolerant 127.0.0.1 "$1" 2>&1 | sed 's/Connection reset by peer/eof/')" "end eof bytes 0" \
		"$2: the client gets nothing but an end"
	wait_for 5 sh -c "[ \$(grep -c ' connection-failed ' $T/log) -gt $failed ]"
	like "$(grep ' connection-failed ' "$T/log")" "service=$2 .*step=$3 error=$4 " "$2: the log names $3 and $4"
	wait_for 5 sh -c "tail -n 1 $T/accounting | grep -q '\"service\":\"$2\"'"
	is "$(account '[.service, .end, .step, .error] | @csv')" "\"$2\",\"failed\",\"$3\",\"$4\"" "$2: and the account"
}
for service in good interpreted text garbage empty for-root vanishes init fds; do
	wait_for 10 pool_is $service 1
done
leak_start failures
fails 1001 interpreted exec ENOENT
is "$(talk 1001 --verdict 2>&1)" "end eof bytes 0" "without unread input the end is a clean one"
wait_accounts 3
fails 1002 text exec ENOEXEC
fails 1003 garbage exec ENOEXEC
fails 1004 empty exec ENOEXEC
fails 1005 for-root exec EACCES
fails 1006 vanishes exec ENOENT
fails 1007 init exec ENOENT
fails 1008 fds exec ENOENT
fails 1009 cold exec ENOENT
is "$(talk 1000)" good "the other service is not disturbed"
leak_check failures "failures leave nothing behind"

# Many of them: no spin, no flood, no end.
lines=$(wc -l <"$T/log")
begun=$(uptime_s)
"$CLIENT" --load --tolerant --clients 4 --total 500 --deadline 60 127.0.0.1 1001 >"$T/load" 2>/dev/null
like "$(cat "$T/load")" '^connections 500 errors 500 ' "five hundred failures are five hundred ends"
between $(($(wc -l <"$T/log") - lines)) 1 $((5 * ($(uptime_s) - begun + 3))) "and few lines in the log"
is "$(talk 1000)" good "the other service is not disturbed"
ok "accepted = served + refused + aborted + live" status_is '.accepted == .served + .refused + .aborted + .live' true

# The root goes away while spawnd runs, and comes back.
mv "$T/root/probe" "$T/root/probe.away"
is "$(talk 1000)" "" "a program that is gone: an end"
mv "$T/root/probe.away" "$T/root/probe"
is "$(talk 1000)" good "when it is back, it serves"
leak_check failures "nothing is left behind"
done_testing

#!/bin/sh
# SPDX-License-Identifier: ISC
# WarmCheck=: a request is tried with the program started ahead and not, before the service serves. Where both say the same
# it is started ahead; where they do not, it is made ready, with one line that says from which byte on.
. "$(dirname "$0")/lib.sh"
needs jq perl

make_root "$T/root"
mkdir "$T/root/usr" "$T/root/lib64" "$T/root/lib" "$T/root/srv/www"
echo "a page" >"$T/root/srv/www/page.txt"
printf 'GET /page.txt HTTP/1.0\r\n\r\n' >"$T/request"
{
	cat <<EOF2
[defaults]
RootDirectory=$T/root
MaxConnections=40
WarmMin=2
WarmMax=2
Warm=started
EOF2
	for directory in /usr /lib /lib64; do
		[ ! -d "$directory" ] || echo "BindReadOnlyPaths=$directory"
	done
	cat <<EOF2
[service cat]
ListenStream=127.0.0.1:1001
ExecStart=/usr/bin/cat
WarmCheck=one\n two\x21
[service dash]
ListenStream=127.0.0.1:1002
ExecStart=/usr/bin/dash -c 'read line; echo "got \$\$line"'
WarmCheck=a line\n
[service perl]
ListenStream=127.0.0.1:1003
ExecStart=/usr/bin/perl -e 'print uc while <STDIN>; printf "%%d\n", time / 60'
WarmCheck="what time is it?\n"
[service peer]
ListenStream=127.0.0.1:1004
ExecStart=/usr/bin/perl -MSocket -e 'my (\$\$port, \$\$host) = sockaddr_in(getpeername(STDIN)); print inet_ntoa(\$\$host), \$\$port'
WarmCheck=x
[service httpd]
ListenStream=127.0.0.1:1005
ExecStart=/bin/busybox httpd -i -h /srv/www
WarmCheck=file:$T/request
[service listen]
ListenStream=127.0.0.1:1006
ExecStart=/probe listen-fds
StandardInput=null
WarmCheck=x
[service scope]
ListenStream=127.0.0.1:1007
ExecStart=/usr/bin/cat
NetworkScope=service
StandardError=socket
WarmCheck=x
[service since]
ListenStream=127.0.0.1:1011
ExecStart=/usr/bin/perl -e 'print "since \$\$^T, ", scalar <STDIN>'
WarmCheck=x\n
[service names]
ListenStream=127.0.0.1:1012
ExecStart=/usr/bin/dash -c 'read line; echo "hello \$\$REMOTE_ADDR"'
WarmCheck=x\n
[service status]
ListenStream=127.0.0.1:1013
ExecStart=/usr/bin/dash -c 'read line; exit \$\${#REMOTE_ADDR}'
WarmCheck=x\n
[service untried]
ListenStream=127.0.0.1:1014
ExecStart=/usr/bin/dash -c 'read line; echo "hello \$\$REMOTE_ADDR"'
[service ready]
ListenStream=127.0.0.1:1015
ExecStart=/usr/bin/dash -c 'read line; echo "hello \$\$REMOTE_ADDR"'
Warm=ready
WarmCheck=x\n
EOF2
	if [ -x /usr/bin/python3 ]; then
		cat <<'EOF2'
[service python]
ListenStream=127.0.0.1:1008
ExecStart=/usr/bin/python3 -c 'import sys; [print(l.strip()[::-1]) for l in sys.stdin]'
WarmCheck=one\ntwo\n
EOF2
	fi
} | conf
spawnd_start
say() {
	echo "$2" | "$CLIENT" --deadline 20 127.0.0.1 "$1"
}
# On a slow machine one that is born among all the others may not be there in time: its zygote begins anew, alone.
late=0
fallen=' warm-fallback '
if [ "$TEST_SLOW" -gt 1 ]; then
	fallen=' warm-fallback .* error=E[^T]'
	wait_for 60 status_is '[.services[].parked == 2] | all' true
	anew=$(sed -n 's/.* warm-fallback service=\([^ ]*\) .* error=ETIMEDOUT .*/\1/p' "$T/log")
	for name in $anew; do
		late=$((late + 1))
		old=$(zygote_pids "$name")
		kill -KILL "$old"
		wait_for 10 changed "$old" "^spawnd: zygote $name\$"
		wait_for 20 status_is ".services[\"$name\"].parked" 2
	done
fi
fallback() {
	grep -E -e "$fallen" "$T/log" | grep " service=$1 "
}
same=0
for name in cat dash perl peer httpd listen scope python; do
	[ $name != python ] || [ -x /usr/bin/python3 ] || continue
	same=$((same + 1))
	is "$(fallback $name)" "" "$name: says the same when it is started ahead"
	ok "$name: is" wait_for 20 status_is ".services[\"$name\"].warmth" started
done
like "$(fallback since)" 'warmth=before-main step=warm-check error=EBADMSG text="its answer is another .* from byte 1?[0-9] on"' \
	"a program that says when it was started does not, but before main it does"
like "$(fallback names)" 'step=warm-check .* from byte 6 on"' "nor one that reads its client from the environment: and where"
like "$(fallback status)" 'step=warm-check .*wait status 0x0 .* not 0x900"' "nor one with another exit status"
between "$(grep -E -e "$fallen" "$T/log" | grep -c ' warmth=ready ')" 2 $((2 + late)) "nor before main do the two"
between "$(log_count "$fallen")" 3 $((3 + late)) "and no other has fallen back: one line for each"
is "$(status .services.since.warmth)" before-main "one is made to its entry point"
like "$(say 1011 x)" '^since [0-9]+, x$' "and served"
wait_accounts 1
is "$(account .warmth)" before-main "from there"
between "$(log_count ' warm-started ')" $((same + 2)) $((same + 2 + 2 * late)) "all others that Warm= says so of were started ahead, once"
is "$(say 1012 x)" "hello 127.0.0.1" "one that fell back is served, with its environment"
is "$(say 1014 x)" "hello " "one that was not tried does without"
is "$(say 1015 x)" "hello 127.0.0.1" "and with Warm=ready it plays no part"
is "$(say 1001 x)" x "one that passed is served"
left() {
	[ "$(pgrep -P "$(zygote_pids "$1")" | wc -l)" = 2 ]
}
ok "of the trial nothing is left but those that are parked" wait_for 10 left names
is "$(find "/proc/$(zygote_pids names)/fd" -lname 'socket:*' | wc -l)" 2 "and no descriptor: the zygote has its two channels"
done_testing

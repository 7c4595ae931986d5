#!/bin/sh
# SPDX-License-Identifier: ISC
# conf/: what starts spawnd under System V init, runit and s6. A configuration that is wrong never ends what runs.
. "$(dirname "$0")/lib.sh"

make_root "$T/root"
own_host
mkdir -p /usr/local
mount -t tmpfs tmpfs /usr/local || skip_all "no /usr/local to mount on"
mkdir /usr/local/sbin
cp "$SPAWND" "$SPAWNCTL" /usr/local/sbin/
# configuration TEXT
configuration() {
	cat >/etc/spawnd/spawnd.conf <<EOF2
[spawnd]
ControlGroup=$CONTROL_GROUP
LogTarget=file:$T/log
TimeoutStopSec=1
[service one]
ListenStream=127.0.0.1:1001
RootDirectory=$T/root
ExecStart=/probe say $1
EOF2
}
init() {
	PATH=/usr/bin:/bin timeout 60 sh "$TOP/conf/init.d/spawnd" "$@"
}
daemon_pid() {
	cat /run/spawnd/spawnd.pid
}

configuration first
init status >"$T/out"
is "$?" 3 "init.d: status: it does not run"
ok "start" init start
ok "status" init status
is "$(talk 1001)" first "it serves"
first=$(daemon_pid)
ok "a second start changes nothing" init start
is "$(daemon_pid)" "$first" "the same process"
configuration second
ok "reload" init reload
is "$(talk 1001)" second "with its effect, when it returns"
echo Nonsense=yes >>/etc/spawnd/spawnd.conf
nok "a reload of nonsense" init reload
nok "a restart with it" init restart
is "$(daemon_pid)" "$first" "neither ends what runs"
is "$(talk 1001)" second "which serves as before"
configuration third
mv "$T/log" "$T/log.1"
ok "reopen" init reopen
ok "there is another log" wait_for 5 test -e "$T/log"
ok "restart" init restart
isnt "$(daemon_pid)" "$first" "another process"
is "$(talk 1001)" third "serves"
kill -0 "$(daemon_pid)" && ok "stop" init stop
nok "stopped" talk 1001
mkdir -p /run/spawnd
echo $$ >/run/spawnd/spawnd.pid
init status >"$T/out"
is "$?" 1 "a pid file that is another's: it does not run"
rm /run/spawnd/spawnd.pid
init reload >"$T/out" 2>&1
is "$?" 7 "reload: it does not run"
init nonsense >"$T/out" 2>&1
is "$?" 2 "anything else is a usage error"

# supervised NAME COMMAND...: it serves in the foreground, by a path that has no /usr/local, and ends
supervised() {
	name=$1
	shift
	configuration "$name"
	PATH=/usr/bin:/bin "$@" >"$T/supervised" 2>&1 3>"$T/ready" &
	pid=$!
	ok "$name: it serves" wait_for 10 answers "$name"
	kill -TERM $pid
	wait $pid
	is "$?" 0 "$name: it is that process"
}
# shellcheck disable=SC2317 # called through wait_for
answers() {
	[ "$(talk 1001 2>/dev/null)" = "$1" ]
}
supervised runit sh "$TOP/conf/runit/run"
supervised s6 sh "$TOP/conf/s6/run"
is "$(wc -c <"$T/ready")" 1 "s6: it says when it is ready"
is "$(cat "$TOP/conf/s6/notification-fd")" 3 "at the descriptor of notification-fd"
echo Nonsense=yes >>/etc/spawnd/spawnd.conf
PATH=/usr/bin:/bin sh "$TOP/conf/s6/run" >"$T/supervised" 2>&1 3>"$T/ready"
sh "$TOP/conf/s6/finish" $? 0
is "$?" 125 "s6: what is wrong is not tried again and again"
sh "$TOP/conf/s6/finish" 111 0
is "$?" 0 "anything else is"
done_testing

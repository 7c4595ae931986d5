#!/bin/sh
# SPDX-License-Identifier: ISC
# -d: into the background, for init scripts. The command returns when it serves; the pid file is written last.
. "$(dirname "$0")/lib.sh"

make_root "$T/root"
mkdir "$T/var"
services() {
	conf <<EOF2
PIDFile=$T/var/pid
LogTarget=file:$T/log
[service one]
ListenStream=127.0.0.1:$1
RootDirectory=$T/root
ExecStart=/probe say one , ls-fd
WarmMax=1
EOF2
}
services 1001
"$SPAWND" -c "$T/spawnd.conf" -d >"$T/out" 2>&1 </dev/null
is "$?" 0 "-d: the command returns with exit status 0"
has "$(talk 1001)" one "and at once it serves"
is "$(cat "$T/out")" "" "it said nothing"
pid=$(cat "$T/var/pid")
is "$(warden_pid)" "$pid" "the pid file has the warden's pid"
is "$(stat -c '%a %u' "$T/var/pid")" "644 0" "and is root's"
read -r stat </proc/"$pid"/stat
stat=${stat##*) }
# state ppid pgrp session tty
# shellcheck disable=SC2086
set -- $stat
isnt "$4" "$(ps -o sid= -p $$ | tr -d ' ')" "in a session of its own"
is "$5" 0 "without a terminal"
isnt "$pid" "$4" "and it is not the session's leader: it can get none"
is "$(readlink "/proc/$pid/cwd")" / "in /"
for fd in 0 1 2; do
	is "$(readlink "/proc/$pid/fd/$fd")" /dev/null "descriptor $fd is /dev/null"
done
like "$(cat "$T/log")" '^[0-9]{4}-[0-9-]+T[0-9:.]+Z? spawnd: notice: ready ' "the log file's lines have the time"

services 1001
"$SPAWND" -c "$T/spawnd.conf" -d >"$T/out" 2>&1 </dev/null
isnt "$?" 0 "a second one: the command fails"
is "$(cat "$T/var/pid")" "$pid" "and the pid file stays the first one's"
has "$(talk 1001)" one "which still serves"

kill -TERM "$pid"
ok "it stops" wait_for 20 is_gone "$pid"
ok "the pid file goes" wait_for 5 test ! -e "$T/var/pid"
ok "every process of it goes" wait_for 5 no_processes

services 1002
echo "Bogus=1" >>"$T/spawnd.conf"
"$SPAWND" -c "$T/spawnd.conf" -d >"$T/out" 2>&1 </dev/null
is "$?" 100 "a faulty configuration: exit status 100 of the command"
like "$(cat "$T/out")" "^$T/spawnd.conf:[0-9]+: .*Bogus" "and the errors on its standard error"
nok "no pid file" test -e "$T/var/pid"

services 1003
sed -i "s|$T/root|$T/no-proc|" "$T/spawnd.conf"
mkdir -p "$T/no-proc/tmp" "$T/no-proc/run" "$T/no-proc/dev" && cp "$PROBE" "$T/no-proc/probe"
"$SPAWND" -c "$T/spawnd.conf" -d >"$T/out" 2>&1 </dev/null
isnt "$?" 0 "a service that cannot start: the command fails"
nok "no pid file" test -e "$T/var/pid"
ok "and nothing stays behind" wait_for 5 no_processes

# A stale pid file, and a stale unix socket, of one that was killed.
services 1004
echo "ListenStream=$T/one.sock" >>"$T/spawnd.conf"
"$SPAWND" -c "$T/spawnd.conf" -d </dev/null
pid=$(cat "$T/var/pid")
kill -KILL "$pid"
wait_for 10 no_processes
# Without a title a process that ends may still have its descriptors.
wait_for 5 is_closed 127.0.0.1 1004
wait_for 5 is_closed "unix:$T/one.sock"
ok "killed: the pid file is left (control)" test -e "$T/var/pid"
ok "and the unix socket (control)" test -S "$T/one.sock"
"$SPAWND" -c "$T/spawnd.conf" -d </dev/null
is "$?" 0 "it starts again over both"
has "$("$CLIENT" "unix:$T/one.sock" </dev/null)" one "and serves at the socket"
isnt "$(cat "$T/var/pid")" "$pid" "with a new pid in the file"
kill -TERM "$(cat "$T/var/pid")"
ok "it stops" wait_for 20 no_processes
done_testing

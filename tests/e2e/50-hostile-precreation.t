#!/bin/sh
# SPDX-License-Identifier: ISC
# Somebody else has been there before: what other users can put where spawnd has its control socket, its pid file, its
# accounting and its log is not followed, not written to, not waited for. Each refusal beside what is accepted.
TEST_TIMEOUT=400 # spawnd starts often
. "$(dirname "$0")/lib.sh"
needs jq setpriv mkfifo

OTHER=12345
other() { setpriv --reuid=$OTHER --regid=$OTHER --clear-groups "$@"; }
make_root "$T/root"
victim=$T/victim
fresh_victim() {
	rm -f "$victim"
	echo "the victim's" >"$victim"
	chmod 600 "$victim"
}
untouched() {
	[ "$(cat "$victim")" = "the victim's" ] && [ "$(stat -c '%a %u' "$victim")" = "600 0" ]
}

# configuration CONTROL ACCOUNTING [LINE]
configuration() {
	cat >"$T/spawnd.conf" <<EOF2
[spawnd]
ControlSocket=$1
AccountingFile=$2
TimeoutStopSec=2
$3
[service one]
ListenStream=127.0.0.1:1001
RootDirectory=$T/root
Warm=none
ExecStart=/probe hello
EOF2
	chmod 600 "$T/spawnd.conf"
}

# refused STEP DESCRIPTION: spawnd does not start, and says so with this step
refused() {
	: >"$T/log"
	spawnd_launch
	wait_for 20 ready_or_dead
	if is_gone "$SPAWND_PID"; then
		spawnd_exit
		is "$SPAWND_STATUS" 111 "$2: exit status 111"
		like "$(cat "$T/log")" " start-failed .*step=$1 " "with its reason"
	else
		fail "$2: it does not start"
		kill -KILL "$SPAWND_PID"
		spawnd_exit
		wait_for 5 no_processes
	fi
	ok "the victim is as it was" untouched
}

# accepted DESCRIPTION
accepted() {
	: >"$T/log"
	spawnd_launch
	if spawnd_await_ready; then
		pass "$1: it starts"
		kill -TERM "$SPAWND_PID"
	else
		fail "$1: it starts" "$(cat "$T/log")"
	fi
	spawnd_exit
	wait_for 5 no_processes
}

# place NAME MODE OWNER: a directory of that kind, empty
place() {
	rm -rf "${T:?}/$1"
	mkdir "$T/$1"
	chown "$3" "$T/$1"
	chmod "$2" "$T/$1"
}
fresh_victim

# ---- the control socket
control_in() { configuration "$T/$1" "$T/accounting"; }
place c 755 0
control_in c/control
accepted "a directory that is root's"
control_in made/control
accepted "one that is not there yet"
is "$(stat -c '%a %u' "$T/made")" "755 0" "is made, root's"
place c 755 $OTHER
control_in c/control
refused control-socket "a directory of another user"
place c 775 0:$OTHER
refused control-socket "one that a group can write to"
place c 777 0
refused control-socket "one that everybody can write to"
place c 1777 0
refused control-socket "a sticky one, if the socket itself would lie in it"
mkdir "$T/c/own"
control_in c/own/control
accepted "but root's own directory in a sticky one"
rm -r "$T/c/own"
other mkdir "$T/c/own"
refused control-socket "another's directory in a sticky one"
place c 777 0
mkdir "$T/c/own"
refused control-socket "root's directory, which others can rename"
place c 1777 0
other ln -s "$T" "$T/c/link"
control_in c/link/made/control
refused control-socket "a symbolic link of another user on the way"
rm "$T/c/link"
ln -s ../made "$T/c/link"
control_in c/link/control
accepted "but not one of root's"
ln -s loop "$T/made/loop"
control_in made/loop/control
refused control-socket "a link that leads to itself"
rm "$T/made/loop"
control_in made/control
ln -s "$victim" "$T/made/control"
refused control-socket "a symbolic link in the socket's place"
ok "which is left there" test -L "$T/made/control"
rm "$T/made/control"
ln "$victim" "$T/made/control"
refused control-socket "a file in the socket's place"
ok "which is left there" test -f "$T/made/control"
rm "$T/made/control"
mkfifo "$T/made/control"
refused control-socket "a FIFO in the socket's place"
rm "$T/made/control"
mkdir "$T/made/control"
refused control-socket "a directory in the socket's place"
rmdir "$T/made/control"
umask 0
accepted "with an umask of 0"
: >"$T/log"
spawnd_start
is "$(stat -c '%a %u' "$T/made/control")" "600 0" "the socket is root's alone"
nok "and others are not answered" other "$SPAWNCTL" -s "$T/made/control" status
spawnd_stop
umask 022

# ---- the accounting file
accounting_in() { configuration "$T/made/control" "$T/$1"; }
accounting_in a/file
place a 755 0
accepted "an accounting file in a directory of root's"
place a 775 0:$OTHER
accepted "of root's and a group's, as logs have them"
place a 1777 0
accepted "in a sticky one"
is "$(stat -c '%a %u %F' "$T/a/file")" "640 0 regular empty file" "it is root's"
place a 777 0
refused open-accounting "in a directory that everybody can write to"
place a 755 $OTHER
refused open-accounting "in another's directory"
place a 1777 0
other touch "$T/a/file"
refused open-accounting "a file that another user has made before"
is "$(stat -c %s "$T/a/file")" 0 "nothing was written to it"
rm "$T/a/file"
ln -s "$victim" "$T/a/file"
refused open-accounting "a symbolic link"
like "$(cat "$T/log")" 'error=ELOOP' "by name"
rm "$T/a/file"
ln "$victim" "$T/a/file"
refused open-accounting "a hard link to a file of root's"
like "$(cat "$T/log")" 'error=EMLINK' "by name"
rm "$T/a/file"
ln -s /nowhere/to/be/found "$T/a/file"
refused open-accounting "a symbolic link to nothing"
rm "$T/a/file"
other mkfifo -m 666 "$T/a/file"
refused open-accounting "a FIFO of another user that nobody reads"
other cat "$T/a/file" >"$T/read" &
reader=$!
reads() { [ "$(cat "/proc/$reader/comm" 2>/dev/null)" = cat ]; }
wait_for 5 reads
refused open-accounting "nor one that he reads"
kill $reader 2>/dev/null
is "$(cat "$T/read")" "" "he has read nothing"
rm "$T/a/file"
touch "$T/a/file"
chmod 666 "$T/a/file"
refused open-accounting "a file of root's that everybody can write to"
rm "$T/a/file"
mkdir "$T/a/file"
refused open-accounting "a directory"
rmdir "$T/a/file"
mkfifo -m 600 "$T/a/file"
exec 6<>"$T/a/file"
accepted "a FIFO of root's that somebody reads"
exec 6>&-
rm "$T/a/file"

# ---- the log
place a 1777 0
configuration "$T/made/control" "$T/accounting" "LogTarget=file:$T/a/log"
other touch "$T/a/log"
refused open-log "a log that another user has made before"
rm "$T/a/log"
accepted "(one that nobody has made)"
rm "$T/a/log"
ln -s "$victim" "$T/a/log"
refused open-log "a log that is a symbolic link"
rm "$T/a/log"

# ---- while it runs: a link in the log's place is found when it is opened anew
accounting_in a/file
: >"$T/log"
spawnd_start
talk 1001 >/dev/null
wait_for 10 test -s "$T/a/file"
mv "$T/a/file" "$T/a/old"
other ln -s "$victim" "$T/a/file"
kill -USR1 "$SPAWND_PID"
# EACCES where fs.protected_symlinks has refused it first.
ok "a link in its place when the file is opened anew" \
	wait_log ' reopen-failed step=open-accounting error=(ELOOP|EACCES) '
talk 1001 >/dev/null
old_has_two() { [ "$(wc -l <"$T/a/old")" -eq 2 ]; }
ok "lines go to the old file" wait_for 10 old_has_two
ok "and the victim is as it was" untouched
spawnd_stop

# ---- the pid file (-d)
pid_start() {
	configuration "$T/made/control" "$T/accounting" "PIDFile=$T/p/pid
LogTarget=file:$T/log"
	: >"$T/log"
	ok "-d starts" "$SPAWND" -c "$T/spawnd.conf" -d
	SPAWND_PID=$(warden_pid)
}
pid_stop() {
	kill -TERM "$SPAWND_PID"
	wait_for 20 no_processes
	SPAWND_PID=
}
place p 755 0
ln -s "$victim" "$T/p/pid"
ln -s "$victim" "$T/p/pid.new"
pid_start
is "$(cat "$T/p/pid")" "$SPAWND_PID" "links in the pid file's places are replaced"
is "$(stat -c %F "$T/p/pid")" "regular file" "not followed"
ok "the victim is as it was" untouched
pid_stop
for kind in "777 0" "1777 0" "755 $OTHER"; do
	# shellcheck disable=SC2086 # mode and owner
	place p $kind
	pid_start
	ok "no pid file where others could replace it ($kind)" log_has ' pid-file-failed .*error=EPERM'
	is "$(find "$T/p" -mindepth 1)" "" "nothing is there"
	pid_stop
done

# ---- a listening socket in a directory of a user's
place s 755 $OTHER
listening() {
	configuration "$T/made/control" "$T/accounting"
	cat >>"$T/spawnd.conf" <<EOF2
[service socket]
ListenStream=$T/s/socket
SocketUser=$OTHER
SocketMode=$1
RootDirectory=$T/root
ExecStart=/probe hello
EOF2
}
listening 0600
: >"$T/log"
spawnd_start
is "$(stat -c '%a %u' "$T/s/socket")" "600 $OTHER" "a listening socket gets its owner and mode"
listening 0666
reload
is "$(stat -c '%a %u' "$T/s/socket")" "666 $OTHER" "another mode at a reload"
other rm "$T/s/socket"
other ln -s "$victim" "$T/s/socket"
listening 0606
reload
ok "a link that its directory's owner has put in its place" log_has ' listener-adjust-failed .*text="'
ok "the victim has neither the mode nor the owner" untouched
spawnd_stop
ok "nor is the link removed at the end" test -L "$T/s/socket"

# ---- races: another user changes what is there as fast as he can
# shellcheck disable=SC2016 # the shell of the other user expands it
race() {
	other sh -c 'while :; do
		ln -sf "$1" "$2"; rm -f "$2"; touch "$2"; rm -f "$2"; ln -sf "$1" "$2"; mkfifo "$2.f"; mv "$2.f" "$2"; rm -f "$2"
	done' race "$victim" "$1" 2>/dev/null &
	racer=$!
}
starts() {
	tried=0 served=0
	while [ "$tried" -lt $((2 + 10 / TEST_SLOW)) ]; do
		spawnd_launch
		wait_for 20 ready_or_dead
		is_gone "$SPAWND_PID" || served=$((served + 1))
		kill -TERM "$SPAWND_PID" 2>/dev/null
		spawnd_exit
		[ "$SPAWND_STATUS" != "still running" ] || return 1
		tried=$((tried + 1))
	done
}
place a 1777 0
accounting_in a/file
: >"$T/log"
race "$T/a/file"
ok "no start hangs with the accounting file in a race" starts
ok "(the race was on all the time)" is_running $racer
kill $racer
wait $racer 2>/dev/null
ok "the victim is as it was" untouched
diag "$served of $tried starts served"
rm -f "$T/a/file"
listening 0666
race "$T/s/socket"
ok "nor with a listening socket in one" starts
ok "(the race was on all the time)" is_running $racer
kill $racer
wait $racer 2>/dev/null
ok "the victim is as it was" untouched
diag "$served of $tried starts served"
SPAWND_PID=
wait_for 10 no_processes
ok "no process is left" no_processes
done_testing

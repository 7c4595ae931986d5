#!/bin/sh
# SPDX-License-Identifier: ISC
# Log and accounting files: SIGUSR1 opens them anew; a full disk or a reader that is gone costs lines, never service;
# syslog.
. "$(dirname "$0")/lib.sh"

make_root "$T/root"
mkdir "$T/log.d"
mount -t tmpfs -o size=64k,mode=755 tmpfs "$T/log.d"
configuration() {
	conf <<EOF2
LogTarget=$1
AccountingFile=$T/log.d/accounting
[service one]
ListenStream=127.0.0.1:1001
RootDirectory=$T/root
ExecStart=/probe say one
WarmMax=1
EOF2
}

configuration "file:$T/log.d/log"
spawnd_start
talk 1001 >/dev/null
ok "a line in the log" wait_for 5 grep -q connection-end "$T/log.d/log"
ok "and in the accounts" wait_for 5 test -s "$T/log.d/accounting"
like "$(stat -c %a "$T/log.d/log") $(stat -c %a "$T/log.d/accounting")" '^6[04]0 6[04]0$' "nobody else may read them"
mv "$T/log.d/log" "$T/log.d/log.1"
mv "$T/log.d/accounting" "$T/log.d/accounting.1"
talk 1001 >/dev/null
ok "moved away, they are still written to" wait_for 5 sh -c "[ \$(wc -l <$T/log.d/accounting.1) = 2 ]"
nok "and nowhere else" test -e "$T/log.d/log"
kill -USR1 "$SPAWND_PID"
ok "SIGUSR1: a new log" wait_for 5 test -e "$T/log.d/log"
ok "and new accounts" wait_for 5 test -e "$T/log.d/accounting"
wait_for 5 grep -q reopened "$T/log.d/log"
talk 1001 >/dev/null
ok "the next account is in the new one" wait_for 5 test -s "$T/log.d/accounting"
is "$(wc -l <"$T/log.d/accounting.1")" 2 "not in the old one"
ok "the next line too" wait_for 5 grep -q connection-end "$T/log.d/log"
for process in $(warden_pid) $(loop_pid); do
	unlike "$(ls -l "/proc/$process/fd")" '/log\.d/.*\.1$' "nobody holds the old files open"
done

# The disk fills up, and empties again.
dd if=/dev/zero of="$T/log.d/fill" bs=1k 2>/dev/null
i=0
while [ $i -lt 60 ] && [ "$(talk 1001)" = one ]; do
	i=$((i + 1))
done
is $i 60 "a full disk does not stop the service"
lost=$(status .accounting_lost)
between "$lost" 1 60 "the lost accounts are counted"
rm "$T/log.d/fill"
talk 1001 >/dev/null
ok "when there is room again, accounts are written again" wait_for 5 sh -c "tail -n 1 $T/log.d/accounting | jq -e .id"
is "$(jq -r .service "$T/log.d/accounting" 2>&1 | sort -u)" one "every line of the file is whole"
spawnd_stop

# The log's reader goes away, or does not read.
configuration stderr
mkfifo "$T/pipe"
# shellcheck disable=SC2217 # it holds the pipe open, and does not read: that is the point
sleep 1000 <"$T/pipe" &
reader=$!
: >"$T/ready"
"$SPAWND" -c "$T/spawnd.conf" --notify-fd=9 9>"$T/ready" 2>"$T/pipe" &
SPAWND_PID=$!
wait_for 10 test -s "$T/ready"
# So many that their lines are more than the pipe takes.
talks=$((TEST_SLOW > 1 ? 250 : 600))
i=0
while [ $i -lt $talks ] && [ "$(talk 1001)" = one ]; do
	i=$((i + 1))
done
is $i $talks "a log that nobody reads does not stop the service"
kill $reader
wait $reader 2>/dev/null
is "$(talk 1001)" one "nor one whose reader is gone"
spawnd_stop "with a broken log"

# syslog: a /dev of our own with a receiver.
mount -t tmpfs -o mode=755 tmpfs /dev
mknod -m 666 /dev/null c 1 3
mknod -m 666 /dev/zero c 1 5
mknod -m 666 /dev/urandom c 1 9
"$PROBE" notify-wait /dev/log 4 >"$T/syslog" &
wait_for 5 grep -q bound "$T/syslog"
configuration syslog
SPAWND_PID=
spawnd_start
talk 1001 >/dev/null
ok "LogTarget=syslog: messages arrive" wait_for 5 grep -q connection-end "$T/syslog"
like "$(cat "$T/syslog")" '^notify <29>spawnd\[[0-9]+\]: notice: ready ' "with facility daemon and severity"
i=0
while [ $i -lt 5 ] && [ "$(talk 1001)" = one ]; do
	i=$((i + 1))
done
is $i 5 "a syslogd that went away does not stop the service"
done_testing

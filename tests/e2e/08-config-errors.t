#!/bin/sh
# SPDX-License-Identifier: ISC
# Every fault of a configuration is found in one run, at its file and line, and nothing is started.
. "$(dirname "$0")/lib.sh"

make_root "$T/root"
echo text >"$T/root/etc/no-program"
mkdir "$T/root/etc/directory"
echo file >"$T/file"
ln -s /nowhere "$T/root/dangling"

# faulty <<EOF: tests that configuration; the errors in $errors, the exit status in $code
faulty() {
	cat >"$T/faulty.conf"
	errors=$("$SPAWND" -c "$T/faulty.conf" -t 2>&1)
	code=$?
}
# error_at LINE KEY REGEX: an error at this line of the file names the key and says that
error_at() {
	like "$errors" "^$T/faulty.conf:$1: \\[[^]]*\\] $2: .*$3" "line $1: $2: $3"
}

faulty <<EOF2
[spawnd]
MaxConnections=many
Colour=green
LogLevel=loud

[defaults]
RuntimeMaxSec=5 parsecs
ListenStream=7

[service one]
ListenStream=127.0.0.1:1001
ListenStream=127.0.0.1:99999
ListenStream=nonsense:x
RootDirectory=$T/root
ExecStart=/probe echo
ExecStrat=/probe
MemoryDenyWriteExecute=yes
Type=oneshot
UMask=999
LimitNOFILE=-5
LimitCORE=soft
User=nobody-knows
KillSignal=SIGNOTHING
StandardInput=tty
WarmMin=-1
Environment=NO_VALUE
Nice=40
OOMScoreAdjust=5000
Init=perhaps

[service two]
ListenStream=127.0.0.1:1001
RootDirectory=$T/file
ExecStart=/probe echo

[service three]
ListenStream=127.0.0.1:1003
RootDirectory=$T/nowhere
ExecStart=/probe echo

[service four]
ListenStream=127.0.0.1:1004
RootDirectory=$T/root
ExecStart=/missing

[service five]
ListenStream=127.0.0.1:1005
RootDirectory=$T/root
ExecStart=/etc/no-program

[service six]
ListenStream=127.0.0.1:1006
RootDirectory=relative/path
ExecStart=relative

[service one]
ListenStream=127.0.0.1:1007

[service Bad Name]
ListenStream=127.0.0.1:1008

[nonsense]
key=value

[service seven]
RootDirectory=$T/root
ExecStart=/probe "unbalanced
this line has no equals sign
[service eight
EOF2
is "$code" 100 "exit status 100"
error_at 2 MaxConnections ''
error_at 3 Colour 'nknown'
error_at 4 LogLevel ''
error_at 7 RuntimeMaxSec ''
error_at 8 ListenStream ''
error_at 12 ListenStream ''
error_at 13 ListenStream ''
error_at 16 ExecStrat 'ExecStart'
error_at 17 MemoryDenyWriteExecute ''
error_at 18 Type ''
error_at 19 UMask ''
error_at 20 LimitNOFILE ''
error_at 21 LimitCORE ''
error_at 22 User ''
error_at 23 KillSignal ''
error_at 24 StandardInput ''
error_at 25 WarmMin ''
error_at 26 Environment ''
error_at 27 Nice ''
error_at 28 OOMScoreAdjust ''
error_at 29 Init ''
like "$errors" "^$T/faulty.conf:(56|57|58): .*one" "a service that is there twice"
like "$errors" "^$T/faulty.conf:59: " "a service name that is none"
like "$errors" "^$T/faulty.conf:62: .*nonsense" "a section that is none"
like "$errors" "^$T/faulty.conf:67: " "an unbalanced quote"
error_at 33 RootDirectory 'no directory'
error_at 38 RootDirectory 'No such file'
error_at 44 ExecStart 'No such file'
error_at 49 ExecStart 'no executable'
like "$errors" "^$T/faulty.conf:68: " "a line that is no assignment"
like "$errors" "^$T/faulty.conf:69: " "a section title without its end"
is "$(printf '%s\n' "$errors" | grep -vc "^$T/faulty.conf:[0-9]*: ")" 0 "every line of the answer has file and line"
is "$(printf '%s\n' "$errors" | cut -d: -f2 | sort -nc 2>&1)" "" "in the order of the file"
like "$(printf '%s\n' "$errors" | grep ':18:')" 'not supported' "a systemd key that spawnd lacks is known as one"

# What only the host can tell, in a file that is right otherwise.
faulty <<EOF2
[defaults]
RootDirectory=$T/root

[service two]
ExecStart=/probe
ListenStream=127.0.0.1:1001
RootDirectory=$T/file

[service three]
ExecStart=/probe
ListenStream=127.0.0.1:1003
RootDirectory=$T/nowhere

[service four]
ListenStream=127.0.0.1:1004
ExecStart=/missing

[service five]
ListenStream=127.0.0.1:1005
ExecStart=/etc/no-program

[service six]
ListenStream=127.0.0.1:1006
ExecStart=/etc/directory

[service seven]
ListenStream=127.0.0.1:1007
ExecStart=/dangling

[service eight]
ListenStream=127.0.0.1:1008
BindReadOnlyPaths=$T/nowhere:/etc
ExecStart=/probe

[service nine]
ListenStream=127.0.0.1:1009
BindToDevice=nosuchdevice0
ExecStart=/probe

[service ten]
ListenStream=127.0.0.1:1010
TemporaryFileSystem=/not-in-the-root
ExecStart=/probe
EOF2
is "$code" 100 "what only the host can tell: exit status 100"
error_at 7 RootDirectory ''
error_at 12 RootDirectory ''
error_at 16 ExecStart ''
error_at 20 ExecStart ''
error_at 24 ExecStart ''
error_at 28 ExecStart ''
error_at 32 BindReadOnlyPaths ''
error_at 37 BindToDevice ''
error_at 42 '(TemporaryFileSystem|RootDirectory)' /not-in-the-root
is "$(printf '%s\n' "$errors" | wc -l)" 9 "and no other"

faulty <<EOF2
[defaults]
RootDirectory=$T/root
[service one]
ListenStream=127.0.0.1:1001
ExecStart=/probe
[service two]
ListenStream=1001
ExecStart=/probe
[service three]
ListenStream=127.0.0.1:1001
ExecStart=/probe
EOF2
like "$errors" "^$T/faulty.conf:10: .*one" "two services on one address: the second one's line names the first"

faulty <<EOF2
[service lacking]
RootDirectory=$T/root
EOF2
is "$code" 100 "a service without listener and program"
like "$errors" "faulty.conf:1: \\[service lacking\\] .*ListenStream" "lacks ListenStream="
like "$errors" "faulty.conf:1: \\[service lacking\\] .*ExecStart" "and ExecStart="

good() {
	cat <<EOF2
[service good]
ListenStream=127.0.0.1:1001
RootDirectory=$T/root
ExecStart=/probe echo
EOF2
}
good >"$T/good.conf"
faulty <"$T/good.conf"
is "$code" 0 "a good configuration is exit status 0 (control)"
is "$errors" "" "and no word"

good >"$T/faulty.conf"
chmod 666 "$T/faulty.conf"
errors=$("$SPAWND" -c "$T/faulty.conf" -t 2>&1)
is "$?" 100 "a file that others may write to is refused"
like "$errors" "$T/faulty.conf" "by name"
chmod 620 "$T/faulty.conf"
nok "nor its group" "$SPAWND" -c "$T/faulty.conf" -t
chmod 600 "$T/faulty.conf"
ok "again good (control)" "$SPAWND" -c "$T/faulty.conf" -t
chown 1000 "$T/faulty.conf"
nok "a file of someone else's is refused" "$SPAWND" -c "$T/faulty.conf" -t
chown 0 "$T/faulty.conf"
mkfifo "$T/fifo.conf"
nok "a fifo is refused, and not waited for" timeout 5 "$SPAWND" -c "$T/fifo.conf" -t
nok "a directory is refused" "$SPAWND" -c "$T/root" -t
"$SPAWND" -c "$T/nothing.conf" -t 2>/dev/null
isnt "$?" 0 "a file that is not there is refused"

good >"$T/spawnd.conf"
printf 'Bogus=\0zero\n' >>"$T/spawnd.conf"
nok "a NUL byte is refused" "$SPAWND" -c "$T/spawnd.conf" -t
good | sed 's/$/\r/' >"$T/crlf.conf"
errors=$("$SPAWND" -c "$T/crlf.conf" -t 2>&1)
between "$?" 0 100 "a file with CRLF line ends is refused or understood, without a crash"

# Nothing is started.
good | sed 's/probe echo/missing/' >"$T/spawnd.conf"
spawnd_launch
spawnd_exit 10
is "$SPAWND_STATUS" 100 "spawnd with a faulty configuration ends with exit status 100"
nok "it says no readiness" test -s "$T/ready"
like "$(cat "$T/log")" "^$T/spawnd.conf:4: \\[service good\\] ExecStart: " "its errors are on standard error"
nok "and it does not listen" "$CLIENT" --connect-close 127.0.0.1 1001
done_testing

#!/bin/sh
# SPDX-License-Identifier: ISC
# Ctrl-C in the foreground goes to the whole process group: it is an orderly stop all the same.
. "$(dirname "$0")/lib.sh"
needs setsid

make_root "$T/root"
conf <<EOF2
[service one]
ListenStream=127.0.0.1:1001
RootDirectory=$T/root
ExecStart=/probe hello , echo
EOF2
SPAWND_WRAP="setsid" # a group of its own, as a shell with job control makes one
spawnd_start
SPAWND_WRAP=
mkfifo "$T/in"
"$CLIENT" 127.0.0.1 1001 <"$T/in" >"$T/out" &
client=$!
exec 8>"$T/in"
wait_for 10 grep -q h "$T/out"

env kill -INT -- "-$SPAWND_PID"
ok "it stops" wait_log ' stopping '
echo still >&8
ok "a running connection has its time" wait_for 5 grep -q still "$T/out"
exec 8>&-
wait $client
is "$?" 0 "and ends well"
spawnd_exit
is "$SPAWND_STATUS" 0 "so does spawnd"
is "$(account .end)" exit "by itself"
done_testing

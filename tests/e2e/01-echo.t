#!/bin/sh
# SPDX-License-Identifier: ISC
# The simplest service over every kind of address: what is sent comes back, whole, and the end is a clean one.
. "$(dirname "$0")/lib.sh"

make_root "$T/root"
conf <<EOF2
[service echo]
ListenStream=127.0.0.1:7
ListenStream=[::1]:7
ListenStream=$T/echo.sock
ListenStream=@echo
RootDirectory=$T/root
ExecStart=/probe echo
WarmMin=2
WarmMax=2

[service private]
ListenStream=8
RootDirectory=$T/root
ExecStart=/probe list /tmp , write-file /tmp/mine , list /tmp
WarmMax=1
EOF2
spawnd_start

echo_at() {
	is "$(echo "over $1" | "$CLIENT" --verdict "$@" 2>"$T/verdict")" "over $1" "echo over $*"
	like "$(cat "$T/verdict")" '^end eof ' "the client of $* sees a clean end"
}
echo_at 127.0.0.1 7
echo_at ::1 7
echo_at "unix:$T/echo.sock"
echo_at unix:@echo

head -c 3000000 /dev/urandom >"$T/sent"
"$CLIENT" 127.0.0.1 7 <"$T/sent" >"$T/received"
ok "3 MB come back as they were sent" cmp "$T/sent" "$T/received"
"$CLIENT" "unix:$T/echo.sock" <"$T/sent" >"$T/received"
ok "and over a unix socket" cmp "$T/sent" "$T/received"

is "$(talk 7 --verdict 2>&1)" "end eof bytes 0" "a client that says nothing gets a clean end"

# A port without an address is both families.
first=$(talk 8)
second=$("$CLIENT" ::1 8 </dev/null)
is "$first" "write-file /tmp/mine ok
list /tmp mine" "the program starts with an empty /tmp and may write to it"
is "$second" "$first" "the next connection's /tmp is empty again, and the port listens on IPv6 too"

i=0
while [ $i -lt 30 ]; do
	[ "$(echo "$i" | "$CLIENT" 127.0.0.1 7)" = $i ] || break
	i=$((i + 1))
done
is $i 30 "thirty connections one after the other"
is "$(stat -c %F "$T/echo.sock")" socket "the unix socket is there while spawnd runs"
spawnd_stop
nok "the unix socket is removed at the end" test -e "$T/echo.sock"
done_testing

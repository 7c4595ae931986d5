#!/bin/sh
# SPDX-License-Identifier: ISC
# Options of listeners: what the accepted connection has, whom a unix socket lets in, which families a port serves.
. "$(dirname "$0")/lib.sh"

make_root "$T/root"
chmod 755 "$T"
conf <<EOF2
[defaults]
RootDirectory=$T/root
ExecStart=
WarmMax=1

[service plain]
ListenStream=127.0.0.1:1001
ExecStart=/probe peer 0

[service tuned]
ListenStream=127.0.0.1:1002
NoDelay=yes
KeepAlive=yes
KeepAliveTimeSec=77
KeepAliveIntervalSec=11
KeepAliveProbes=5
SendBuffer=100K
ReceiveBuffer=50K
ExecStart=/probe peer 0

[service only6]
ListenStream=1003
BindIPv6Only=ipv6-only
ExecStart=/probe peer 0

[service both]
ListenStream=[::]:1004
BindIPv6Only=both
ExecStart=/probe peer 0

[service far]
ListenStream=203.0.113.9:1005
FreeBind=yes
ExecStart=/probe peer 0

[service private]
ListenStream=$T/private.sock
SocketUser=1000
SocketGroup=1001
SocketMode=0660
ExecStart=/probe say private

[service public]
ListenStream=$T/public.sock
ExecStart=/probe say public

[service rights]
ListenStream=$T/rights.sock
ExecStart=/probe recv-rights 0 , ls-fd , wait-eof

[service deferred]
ListenStream=127.0.0.1:1007
DeferAcceptSec=30
ExecStart=/probe hello , echo

[service device]
ListenStream=1008
BindToDevice=lo
ExecStart=/probe say device
EOF2
sed -i '/^ExecStart=$/d' "$T/spawnd.conf"
spawnd_start

plain=$(talk 1001)
has "$plain" "socket-nodelay 0" "TCP_NODELAY is off by itself"
has "$plain" "socket-keepalive 0" "keep-alive too"
tuned=$(talk 1002)
has "$tuned" "socket-nodelay 1" "NoDelay="
has "$tuned" "socket-keepalive 1" "KeepAlive="
has "$tuned" "socket-keepidle 77" "KeepAliveTimeSec="
has "$tuned" "socket-keepinterval 11" "KeepAliveIntervalSec="
has "$tuned" "socket-keepcount 5" "KeepAliveProbes="
has "$tuned" "socket-sndbuf 204800" "SendBuffer= (the kernel doubles it)"
has "$tuned" "socket-rcvbuf 102400" "ReceiveBuffer="

nok "BindIPv6Only=ipv6-only: IPv4 is refused" "$CLIENT" --connect-close 127.0.0.1 1003
like "$("$CLIENT" ::1 1003 </dev/null)" '^peer ::1 ' "IPv6 is served"
like "$(talk 1004)" '^peer ::ffff:127.0.0.1 ' "BindIPv6Only=both: IPv4"
like "$("$CLIENT" ::1 1004 </dev/null)" '^peer ::1 ' "and IPv6"

ip address add 203.0.113.9/32 dev lo
like "$("$CLIENT" 203.0.113.9 1005 </dev/null)" '^local 203.0.113.9 1005$' "FreeBind=: an address that comes later"

is "$(stat -c '%a %u %g' "$T/private.sock")" "660 1000 1001" "SocketMode=, SocketUser=, SocketGroup="
is "$(stat -c '%a %u %g' "$T/public.sock")" "666 0 0" "the defaults"
as() {
	setpriv --reuid="$1" --regid="$2" --clear-groups "$CLIENT" "unix:$3" </dev/null
}
is "$(as 1000 5 "$T/private.sock")" private "the owner is let in"
is "$(as 7 1001 "$T/private.sock")" private "the group"
is "$(as 7 7 "$T/private.sock" 2>/dev/null)" "" "nobody else"
is "$(as 7 7 "$T/public.sock")" public "to the public one everybody"

# It sends while it waits to be accepted.
loop=$(loop_pid)
kill -STOP "$loop"
timeout "$((60 * TEST_SLOW))" python3 "$TOP/tests/relay_client.py" rights "$T/rights.sock" "$T/sent" >"$T/rights" &
client=$!
ok "a client has sent descriptors, and the loop has yet to accept it" wait_for 10 test -e "$T/sent"
kill -CONT "$loop"
wait $client
unlike "$(cat "$T/rights")" '^rights [1-9]' "they do not reach the program"
has "$(cat "$T/rights")" "fd-count 3" "which has no descriptor more"

mkfifo "$T/in"
"$CLIENT" --deadline 60 127.0.0.1 1007 <"$T/in" >"$T/deferred" &
client=$!
exec 8>"$T/in"
# shellcheck disable=SC2317 # called through wait_for
is_connected() {
	[ -n "$(ss -Htn state established '( dport = :1007 )')" ]
}
ok "one connects and says nothing (control)" wait_for 10 is_connected
like "$(talk 1001)" '^peer ' "another connection, meanwhile"
is "$(log_count ' connection-start .*service=deferred')" 0 "DeferAcceptSec=: no container before the first byte"
echo now >&8
exec 8>&-
wait $client
is "$(cat "$T/deferred")" hnow "then there is one"
is "$(talk 1008)" device "BindToDevice="
done_testing

#!/bin/sh
# SPDX-License-Identifier: ISC
# ProxyProtocol=: the client that the proxy names is the one that counts. With a real HAProxy in front, versions 1 and 2.
. "$(dirname "$0")/lib.sh"
needs jq haproxy python3

make_root "$T/root"
ip -6 addr add 2001:db8:1::1/128 dev lo
conf <<EOF2
[defaults]
RootDirectory=$T/root
ProxyProtocol=require
ProxyProtocolFrom=127.0.0.0/24 ::1
[service say]
ListenStream=1001
ExecStart=/bin/sh -c 'read word; echo \$\$REMOTE_ADDR \$\$TCPREMOTEIP \$\$TCPLOCALIP:\$\$TCPLOCALPORT \$\$word'
IPAddressDeny=127.9.9.0/24
MaxConnectionsPerSource=2
[service hold]
ListenStream=127.0.0.1:1002
ListenStream=$T/hold.sock
ExecStart=/probe hello , wait-eof
MaxConnectionsPerSource=1
EOF2
cat >"$T/haproxy.cfg" <<EOF2
global
	maxconn 100
defaults
	mode tcp
	timeout connect 5s
	timeout client 20s
	timeout server 20s
frontend v1
	bind 127.0.0.1:2001
	bind [2001:db8:1::1]:2001
	default_backend v1
backend v1
	server spawnd 127.0.0.1:1001 send-proxy
frontend v2
	bind 127.0.0.1:2002
	bind [2001:db8:1::1]:2002
	default_backend v2
backend v2
	server spawnd 127.0.0.1:1001 send-proxy-v2 proxy-v2-options unique-id,crc32c
frontend hold
	bind 127.0.0.1:2003
	default_backend hold
backend hold
	server spawnd 127.0.0.1:1002 send-proxy-v2
EOF2
spawnd_start
haproxy -db -f "$T/haproxy.cfg" >"$T/haproxy.log" 2>&1 &
haproxy=$!
answers() { talk "$1" --connect-close; }
for port in 2001 2002 2003; do
	wait_for 10 answers $port
done

# through SOURCE HOST PORT WORD: what the service says
through() {
	echo "$4" | "$CLIENT" --deadline 20 --source "$1" "$2" "$3" 2>&1
}
for version in 1 2; do
	is "$(through 127.4.4.4 127.0.0.1 200$version hello)" "127.4.4.4 127.4.4.4 127.0.0.1:200$version hello" \
		"version $version of HAProxy: the client, what it has connected to, and its first byte"
	ok "the account has the client and the proxy" wait_for 10 jq -es \
		'any(.[]; (.peer | startswith("127.4.4.4:")) and .source == "127.4.4.4" and (.proxy | startswith("127.0.0.1:")) and .bytes_out > 0)' \
		"$T/accounting"
	is "$(through 2001:db8:1::1 2001:db8:1::1 200$version six)" \
		"2001:db8:1::1 2001:db8:1::1 2001:db8:1::1:200$version six" "version $version: an IPv6 client of an IPv4 proxy"
	is "$(through 127.9.9.9 127.0.0.1 200$version hello)" "" "version $version: IPAddressDeny= is asked about the client"
done
ok "the log has the client" wait_log ' connection-refused service=say peer=127.9.9.9:[0-9]+ reason=denied'

mkfifo "$T/in"
"$CLIENT" --hold --deadline 60 --source 127.4.4.4 127.0.0.1 2003 <"$T/in" >"$T/held" &
client=$!
exec 7>"$T/in"
ok "one client" wait_for 10 grep -q held "$T/held"
is "$(talk 2003 --source 127.4.4.4)" "" "has no second connection"
ok "the log says why" wait_log ' connection-refused service=hold peer=127.4.4.4:[0-9]+ reason=source-full live=1 limit=1'
other_is_served() {
	[ "$(talk 2003 --source 127.4.4.5)" = h ]
}
ok "another has its own, through the same proxy" wait_for 10 other_is_served
exec 7>&-
wait $client

is "$(through 127.0.1.1 127.0.0.1 1001 hello)" "" "not one of ProxyProtocolFrom="
ok "is refused" wait_log ' connection-refused service=say peer=127.0.1.1:[0-9]+ reason=proxy-untrusted'
is "$(through 127.0.0.9 127.0.0.1 1001 hello)" "" "no header"
ok "is refused" wait_log ' connection-refused service=say peer=127.0.0.9:[0-9]+ reason=proxy-header'
is "$(printf 'PROXY TCP4 192.0.2.7 192.0.2.1 77 88\r\nhello\n' | "$CLIENT" 127.0.0.1 1001)" \
	"192.0.2.7 192.0.2.7 192.0.2.1:88 hello" "header and data in one segment: the data is the program's"
is "$(printf 'PROXY UNKNOWN\r\nhello\n' | "$CLIENT" 127.0.0.1 1001)" "127.0.0.1 127.0.0.1 127.0.0.1:1001 hello" \
	"a proxy that speaks for itself"
is "$(printf 'PROXY TCP4 192.0.2.7 192.0.2.1 77 88\r\n' | "$CLIENT" "unix:$T/hold.sock")" h "over AF_UNIX"
byte_by_byte() {
	printf 'PROXY TCP4 192.0.2.7 192.0.2.1 77 88\r\nhello\n' | python3 -c '
import socket, sys, time
connection = socket.create_connection(("127.0.0.1", 1001))
connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
for byte in sys.stdin.buffer.read():
    connection.send(bytes([byte]))
    time.sleep(0.002)
connection.shutdown(socket.SHUT_WR)
while piece := connection.recv(1000):
    sys.stdout.write(piece.decode())'
}
is "$(byte_by_byte)" "192.0.2.7 192.0.2.7 192.0.2.1:88 hello" "a header that comes byte by byte"
begun=$(uptime_ms)
talk 1001 --send 'PROXY TCP4 192.0.2.7' --no-half-close >/dev/null
between $(($(uptime_ms) - begun)) 4800 $((9000 * TEST_SLOW)) "half a header: five seconds"
kill $haproxy
wait $haproxy 2>/dev/null
sed -i 's/^ProxyProtocolFrom=.*/ProxyProtocolFrom=/' "$T/spawnd.conf"
like "$("$SPAWND" -t -c "$T/spawnd.conf" 2>&1)" '\[service say\] ProxyProtocolFrom: missing' "who may say who a client is must be said"
done_testing

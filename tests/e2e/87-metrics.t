#!/bin/sh
# SPDX-License-Identifier: ISC
# spawnctl metrics: OpenMetrics text that Prometheus' own parser reads, with the numbers of the status; one HTTP request
# on standard input; the status file, and one that is stale, or none.
. "$(dirname "$0")/lib.sh"
needs jq /usr/bin/python3

make_root "$T/root"
mkdir "$T/var"
conf <<EOF2
StatusFile=$T/var/status
[defaults]
RootDirectory=$T/root
[service echo]
ListenStream=127.0.0.1:1001
WarmMin=2
WarmMax=2
MaxConnections=2
ExecStart=/probe echo
[service denied]
ListenStream=127.0.0.1:1002
IPAddressDeny=any
ExecStart=/probe echo
EOF2
spawnd_start
for _ in 1 2 3; do
	echo hello | "$CLIENT" 127.0.0.1 1001 >/dev/null
	wait_for 5 status_is .services.echo.live 0
done
talk 1002 >/dev/null 2>&1
wait_for 10 status_is .live 0
wait_for 10 status_is .services.echo.bytes_in 18

control metrics >"$T/text"
ok "metrics: a parser of OpenMetrics reads them" /usr/bin/python3 "$TOP/tests/metrics.py" "$T/text"
samples=$(cat "$T/ok.out")
has "$samples" 'spawnd_connections_accepted_total {service=echo} 3' "what was accepted"
has "$samples" 'spawnd_connections_served_total {service=echo} 3' "and served"
has "$samples" 'spawnd_connections_refused_total {reason=denied,service=denied} 1' "a verdict"
has "$samples" 'spawnd_connections_ended_total {end=exit,service=echo} 3' "an end"
has "$samples" 'spawnd_received_bytes_total {service=echo} 18' "bytes"
has "$samples" 'spawnd_connections_live {service=echo} 0' "what is live"
has "$samples" 'spawnd_connections_limit {service=echo} 2' "the limit"
like "$samples" '^spawnd_containers_parked \{service=echo,warmth=ready\} [0-2]$' "what is parked, by warmth"
has "$samples" 'spawnd_spawn_seconds_count {service=echo} 3' "a histogram"
has "$samples" 'spawnd_spawn_seconds_bucket {le=+Inf,service=echo} 3' "its last bucket"
has "$samples" 'spawnd_connection_seconds_bucket {le=86400.0,service=echo} 3' "another's"
has "$samples" 'spawnd_accounting_lost_lines_total {} 0' "lines lost"
like "$samples" '^spawnd_build_info \{version=[0-9.]+\} 1$' "the version"
is "$(control metrics --json | jq '.services.echo.latencies.spawn.counts | add')" 3 "as JSON: the status"

# The file.
from_file() {
	"$SPAWNCTL" "$@" --file="$T/var/status" 2>"$T/err"
}
file_has() {
	[ "$(from_file status --json | jq .services.echo.served)" = "$1" ]
}
ok "the status file tells the same" wait_for 15 file_has 3
is "$(stat -c %a "$T/var/status")" 644 "it is for all to read"
table_is() {
	from_file status | grep -Eq "$1"
}
ok "as the table" wait_for 15 table_is '^echo +3 +3 +0 +0 +0 +2 ready +open$'
from_file metrics >"$T/text"
ok "as metrics" /usr/bin/python3 "$TOP/tests/metrics.py" "$T/text"
inode=$(stat -c %i "$T/var/status")
reload
echo x | "$CLIENT" 127.0.0.1 1001 >/dev/null
ok "it is written on after a reload" wait_for 15 file_has 4
is "$(stat -c %i "$T/var/status")" "$inode" "in place"

# One request on standard input, in printf(1)'s escapes.
http() {
	printf %b "$1" | from_file metrics --http
}
status_of_answer() {
	http "$1" | sed -n '1s/\r$//p'
}
http 'GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n' >"$T/answer"
is "$(sed -n '1s/\r$//p' "$T/answer")" "HTTP/1.1 200 OK" "GET /metrics"
like "$(tr -d '\r' <"$T/answer")" '^Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8$' "its type"
sed '1,/^\r$/d' "$T/answer" >"$T/text"
is "$(sed -n 's/^Content-Length: \([0-9]*\)\r$/\1/p' "$T/answer")" "$(wc -c <"$T/text")" "its length"
ok "its body" /usr/bin/python3 "$TOP/tests/metrics.py" "$T/text"
is "$(http 'HEAD /metrics HTTP/1.0\n\n' | sed '1,/^\r$/d' | wc -c)" 0 "HEAD: no body"
is "$(http 'HEAD /metrics HTTP/1.0\n\n' | grep -c '^Content-Length: [1-9]')" 1 "but its length"
while read -r wanted request; do
	is "$(status_of_answer "$request" | cut -d' ' -f2)" "$wanted" "$wanted: $request"
done <<'EOF2'
200 GET\040/metrics?x=y\040HTTP/1.1\r\n\r\n
404 GET\040/\040HTTP/1.1\r\n\r\n
404 GET\040/metrics/\040HTTP/1.1\r\n\r\n
405 POST\040/metrics\040HTTP/1.1\r\nContent-Length:\0401\r\n\r\nx
400 GET\040/metrics\r\n\r\n
400 G(T\040/metrics\040HTTP/1.1\r\n\r\n
400 GET\040\040/metrics\040HTTP/1.1\r\n\r\n
400 GET\040/metrics\040HTTP/1.1\040\r\n\r\n
400 GET\040/metrics\040HTTP/1.1\r\nHost:\040x\r\n
505 GET\040/metrics\040HTTP/2.0\r\n\r\n
400 \026\003\001\r\n\r\n
EOF2
is "$(head -c 9000 /dev/zero | tr '\0' a | from_file metrics --http | sed -n '1s/\r$//p')" \
	"HTTP/1.1 431 Request Header Fields Too Large" "a request without end"
is "$(from_file metrics --http </dev/null | wc -c)" 0 "no request, no answer"
mkfifo "$T/slow"
from_file metrics --http <"$T/slow" >"$T/answer" &
exec 7>"$T/slow"
printf 'GET /metrics' >&7
ok "a request that does not come to its end" wait_for 15 grep -q '^HTTP/1.1 408 ' "$T/answer"
exec 7>&-

spawnd_stop
cp "$T/var/status" "$T/var/cut"
truncate -s -8 "$T/var/cut"
"$SPAWNCTL" status --file="$T/var/cut" 2>/dev/null
is "$?" 111 "half a file is no answer"
touch "$T/var/empty"
"$SPAWNCTL" status --file="$T/var/empty" 2>/dev/null
is "$?" 111 "nor is an empty one"
stale() {
	! from_file status
}
ok "one that is written no longer grows stale" wait_for 25 stale
is "$(http 'GET /metrics HTTP/1.1\r\n\r\n' | sed -n '1s/\r$//p')" "HTTP/1.1 503 Service Unavailable" "which HTTP says too"
done_testing

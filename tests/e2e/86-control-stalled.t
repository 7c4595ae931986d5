#!/bin/sh
# SPDX-License-Identifier: ISC
# Clients of the control socket that ask and do not read, with a thousand connections to list: nobody waits for them.
. "$(dirname "$0")/lib.sh"
needs jq python3
ASKER=$BUILD/tests/asker

make_root "$T/root"
conf <<EOF2
MaxConnections=1100
[defaults]
RootDirectory=$T/root
[service echo]
ListenStream=127.0.0.1:1001
WarmMin=2
ExecStart=/probe echo
[service queue]
ListenStream=127.0.0.1:1002
Backlog=1024
MaxConnections=1
Overflow=queue
QueueMax=1000
QueueTimeoutSec=5min
ExecStart=/probe wait-eof
EOF2
spawnd_start

mkfifo "$T/in" "$T/ask"
python3 -c '
import resource, socket, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (2048, 2048))
held = []
for i in range(1001):
    held.append(socket.create_connection(("127.0.0.1", 1002)))
print("held", flush=True)
sys.stdin.read()' <"$T/in" >"$T/held" &
exec 7>"$T/in"
ok "a thousand and one connections" wait_for 20 grep -q held "$T/held"
ok "are there" wait_for 20 status_is .live 1001
is "$(control list --json | jq length)" 1001 "list: all of them, complete"
is "$(control list --json | jq '[.[] | select(.state == "queued")] | length')" 1000 "most wait for a place"
leak_start stalled

for what in nothing status list; do
	rm -f "$T/asked"
	"$ASKER" "$T/control" 8 $what <"$T/ask" >"$T/asked" 7>&- &
	asker=$!
	exec 8>"$T/ask"
	wait_for 5 test -s "$T/asked"
	is "$(cat "$T/asked")" 8 "eight clients that ask for $what and do not read"
	began=$(uptime_ms)
	is "$(echo x | "$CLIENT" 127.0.0.1 1001)" x "a connection is served meanwhile"
	between $(($(uptime_ms) - began)) 0 $((1000 * TEST_SLOW)) "without delay"
	ok "they are dropped, and root is answered" wait_for 10 control status
	exec 8>&-
	wait $asker
done
is "$(control list --json | jq length)" 1001 "list: still all"
leak_check stalled "nothing is left of them"
is "$(log_count ' loop-lost ')" 0 "the loop has lived through it"
is "$(control kill queue)" "told to end: 1001 connections" "kill: all of a service"
ok "the connections end" wait_for 20 status_is .live 0
exec 7>&-
done_testing

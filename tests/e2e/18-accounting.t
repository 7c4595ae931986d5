#!/bin/sh
# SPDX-License-Identifier: ISC
# One JSON line for each connection, with how it ended and what it took.
. "$(dirname "$0")/lib.sh"
needs jq

make_root "$T/root"
conf <<EOF2
[defaults]
RootDirectory=$T/root
WarmMax=1
TimeoutStopSec=500ms

[service exits]
ListenStream=127.0.0.1:1001
ExecStart=/probe exit 42

[service faults]
ListenStream=127.0.0.1:1002
ExecStart=/probe segfault

[service late]
ListenStream=127.0.0.1:1003
RuntimeMaxSec=700ms
ExecStart=/probe hello , sleep 100

[service works]
ListenStream=127.0.0.1:1004
ListenStream=$T/works.sock
ExecStart=/probe spin-ms 300 , touch-kib 20000 , say done

[service full]
ListenStream=127.0.0.1:1005
MaxConnections=1
ExecStart=/probe hello , wait-eof

[service cold]
ListenStream=127.0.0.1:1006
Warm=none
ExecStart=/probe say cold

[service missing]
ListenStream=127.0.0.1:1007
ExecStart=/bin/interpreted

[service polite]
ListenStream=127.0.0.1:1008
RuntimeMaxSec=$((2 * TEST_SLOW))
TimeoutStopSec=20
Init=yes
ExecStart=/probe catch 15 9 , hello , sleep 100
EOF2
printf '#!/no/such/interpreter\n' >"$T/root/bin/interpreted"
chmod 755 "$T/root/bin/interpreted"
spawnd_start

before=$(date -u +%Y-%m-%dT%H:%M)
talk 1001
wait_accounts 1
is "$(account '[.service, .end, .status, .signal] | @csv')" '"exits","exit",42,' "an exit and its status"
is "$(account .listener)" 127.0.0.1:1001 "the listener as it was written"
like "$(account .peer)" '^127\.0\.0\.1:[0-9]+$' "the peer's address and port"
is "$(account .source)" 127.0.0.1 "its source"
between "$(account .cookie)" 1 9223372036854775807 "its cookie"
between "$(account .id)" 1 1000 "an id"
like "$(account .accepted)" "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]+Z\$" "a time as in RFC 3339"
between "$(date -u -d "$(account .accepted)" +%s)" "$(date -u -d "$before" +%s)" "$(($(date +%s) + 1))" "which is now"
for field in queue_us spawn_us wall_us user_us system_us max_rss_bytes minor_faults major_faults stderr_bytes pid; do
	like "$(account ".$field | type")" number "$field is a number"
done
ok "spawned after it was queued, ended after that" \
	jq -es '.[0] | .queue_us <= .spawn_us and .spawn_us <= .wall_us' "$T/accounting"
ok "the monotonic times are in order and agree with the spans" \
	jq -es '.[0] | .accepted_mono_ns < .started_mono_ns and .started_mono_ns < .ended_mono_ns
		and (((.ended_mono_ns - .accepted_mono_ns) / 1000 | floor) - .wall_us | fabs) <= 1' "$T/accounting"

talk 1002 >/dev/null
wait_accounts 2
is "$(account '[.service, .end, .status, .signal] | @csv')" '"faults","signal",,11' "a fault and its signal"

talk 1003 --no-half-close >/dev/null
wait_accounts 3
is "$(account '[.service, .end] | @csv')" '"late","timeout"' "a timeout"
between "$(account .wall_us)" 690000 $((1200000 + 1800000 * TEST_SLOW)) "after RuntimeMaxSec= and TimeoutStopSec="

is "$(talk 1004)" "touch-kib 20000
done" "one that works (control)"
wait_accounts 4
between "$(account '.user_us + .system_us')" 290000 $((2000000 * TEST_SLOW)) "its processor time"
between "$(account .max_rss_bytes)" 20000000 60000000 "its memory"
"$CLIENT" "unix:$T/works.sock" </dev/null >/dev/null
wait_accounts 5
is "$(account '[.listener, .peer_uid] | @csv')" "\"$T/works.sock\",0" "over a unix socket: who the client is"

mkfifo "$T/in"
"$CLIENT" 127.0.0.1 1005 <"$T/in" >"$T/held" &
client=$!
exec 8>"$T/in"
wait_for 10 grep -q h "$T/held"
is "$(talk 1005 --verdict 2>&1)" "end eof bytes 0" "one too many gets a clean end"
wait_accounts 6
is "$(account '[.service, .end, .reason] | @csv')" '"full","refused","service-full"' "and an account with the reason"
ok "a line in the log too" log_has ' connection-refused .*service=full'
exec 8>&-
wait $client
wait_accounts 7

is "$(talk 1006)" cold "a cold start"
wait_accounts 8
ok "has waited for its container" test "$(account .queue_us)" -gt 500

is "$(talk 1007 --verdict 2>&1)" "end eof bytes 0" "a program that cannot be executed: a clean end"
wait_accounts 9
is "$(account '[.service, .end, .step, .error] | @csv')" '"missing","failed","exec","ENOENT"' "the account names step and error"
is "$(account .started)" null "it never started"

talk 1008 --no-half-close >"$T/polite"
wait_accounts 10
is "$(account '[.service, .end, .status] | @csv')" '"polite","timeout",9' "a timeout that ends by KillSignal= has its status"

is "$(jq -r .id "$T/accounting" | sort -n | uniq -d | wc -l)" 0 "no id is there twice"
is "$(jq -r .version "$T/accounting" | sort -u)" 1 "every line has the format's version"
is "$(log_count ' connection-start ')" 8 "a line in the log for each start"
is "$(log_count ' connection-end ')" 8 "and each end"
is "$(log_count ' connection-failed ')" 1 "and each failure"
is "$(status '[.accepted, .served, .refused, .aborted, .live] | @csv')" "10,8,1,1,0" "the counters agree"
done_testing

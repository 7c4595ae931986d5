#!/bin/sh
# SPDX-License-Identifier: ISC
# Bytes both ways, as the kernel counted them, against what many clients have sent and received.
TEST_TIMEOUT=180
. "$(dirname "$0")/lib.sh"
needs jq python3

make_root "$T/root"
conf <<EOF2
[defaults]
RootDirectory=$T/root
WarmMin=4
[service echo]
ListenStream=1001
ListenStream=$T/echo.sock
ExecStart=/bin/cat
[service head]
ListenStream=127.0.0.1:1002
ExecStart=/bin/head -c 3000
[service late]
ListenStream=127.0.0.1:1003
ExecStart=/bin/busybox dd if=/dev/zero bs=1000 count=9
EOF2
spawnd_start

is "$(printf hello | "$CLIENT" 127.0.0.1 1001)" hello "an echo"
wait_accounts 1
is "$(account '[.end, .bytes_in, .bytes_out, .bytes_final] | @csv')" '"exit",5,5,true' "five bytes each way"
between "$(account .rtt_us)" 1 1000000 "a round trip"
between "$(account .retransmits)" 0 3 "and how much was sent again"
ok "the log has the bytes" wait_log ' connection-end .* bytes_in=5 bytes_out=5$'
is "$(printf 'hello, v6' | "$CLIENT" ::1 1001)" "hello, v6" "IPv6"
wait_accounts 2
is "$(account '[.bytes_in, .bytes_out, .bytes_final] | @csv')" '9,9,true' "is counted too"
is "$(printf hello | "$CLIENT" "unix:$T/echo.sock")" hello "AF_UNIX"
wait_accounts 3
is "$(account '[.end, has("bytes_in")] | @csv')" '"exit",false' "is not, and says nothing"

# A client that reads nothing: what it has acknowledged is what fits.
mkfifo "$T/in"
"$CLIENT" --never-read --count 1 --deadline 60 127.0.0.1 1003 <"$T/in" >"$T/held" 2>&1 &
client=$!
exec 7>"$T/in"
wait_accounts 4
is "$(account .bytes_final)" false "a client that does not read: the account does not wait for it"
between "$(account .bytes_out)" 1 8999 "and has what was acknowledged by then"
exec 7>&-
wait $client

count=$((1000 / TEST_SLOW))
timeout $((150 * TEST_SLOW)) python3 "$TOP/tests/traffic.py" 1001 1002 3000 $count 7 >"$T/clients" 2>"$T/clients.err"
is "$?" 0 "$count connections"
wait_accounts $((count + 4))
jq -r 'select(.id >= 5) | "\(.peer | sub(".*:"; "")) \(.bytes_in) \(.bytes_out) \(.bytes_final)"' "$T/accounting" >"$T/accounts"
is "$(wc -l <"$T/accounts")" $count "have their accounts"
compare=$(awk 'NR == FNR { way[$1, ++n[$1]] = $2; sent[$1, n[$1]] = $3; got[$1, n[$1]] = $4; next }
	{ i = ++m[$1]; all[way[$1, i]]++
	  if ($4 != "true") late[way[$1, i]]++
	  if ($2 != sent[$1, i]) { wrong[way[$1, i]]++; print "in:", way[$1, i], sent[$1, i], $2 }
	  if ($3 != got[$1, i]) { wrong[way[$1, i]]++; print "out:", way[$1, i], got[$1, i], $3 } }
	END { for (w in all) print "#", w, all[w], "wrong", wrong[w] + 0, "not final", late[w] + 0 }' "$T/clients" "$T/accounts")
diag "$compare"
for way in half-close close server-first reset; do
	like "$compare" "^# $way [0-9]+ wrong 0 not final 0\$" "$way: every account has exactly what the client has seen"
done
nok "the kernel has dropped no message" log_has ' counts-lost '
is "$(status '[.bytes_in, .bytes_out] | @csv')" \
	"$(jq -s -r '[([.[].bytes_in] | add), ([.[].bytes_out] | add)] | @csv' "$T/accounting")" "the totals agree"
done_testing

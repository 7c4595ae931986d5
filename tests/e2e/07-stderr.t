#!/bin/sh
# SPDX-License-Identifier: ISC
# A program's standard error goes to the log: by line, tagged, escaped, at a bounded rate; never to the wire, unless asked.
. "$(dirname "$0")/lib.sh"

make_root "$T/root"
conf <<EOF2
[defaults]
RootDirectory=$T/root
WarmMax=1

[service plain]
ListenStream=127.0.0.1:1001
ExecStart=/probe stderr one-line 3 , say on-the-wire

[service hostile]
ListenStream=127.0.0.1:1002
ExecStart=/probe stderr-hostile

[service long]
ListenStream=127.0.0.1:1003
ExecStart=/probe stderr-long 20000

[service flood]
ListenStream=127.0.0.1:1004
ExecStart=/probe stderr-flood 20000000 , say after-the-flood

[service wire]
ListenStream=127.0.0.1:1005
StandardError=socket
ExecStart=/probe stderr asked-for 1

[service null]
ListenStream=127.0.0.1:1006
StandardError=null
ExecStart=/probe stderr into-the-void 1 , say still-here

[service partial]
ListenStream=127.0.0.1:1007
ExecStart=/probe stderr first 1 , hello , read-line , stderr second 1 , hello , wait-eof

[service two]
ListenStream=127.0.0.1:1008
ExecStart=@/bin/sh sh -c 'read -r w; while [ \$\$w = flood ]; do echo flood >&2; done; echo \$\$w >&2'
EOF2
spawnd_start

is "$(talk 1001)" on-the-wire "the client does not see standard error"
wait_accounts 1
is "$(log_count ' service-stderr .*service=plain .*text="one-line"')" 3 "each line is a line of the log"
id=$(account .id)
is "$(log_count " service-stderr .*id=$id .*text=\"one-line\"")" 3 "tagged with the connection"
is "$(account .stderr_bytes)" 27 "and its bytes are counted"

talk 1002 >"$T/answer"
wait_accounts 2
is "$(cat "$T/answer")" "" "nothing of it on the wire"
is "$(tr -d '\n -~' <"$T/log" | wc -c)" 0 "the log has nothing but printable characters"
is "$(log_count '^spawnd: error: forged')" 0 "a program cannot forge a line of the log"
like "$(grep hostile "$T/log")" 'text="spawnd: error: forged key=value"' "its attempt is inside the quotes of its own line"
unlike "$(grep 'service=hostile' "$T/log" | sed 's/\\"//g')" 'text="[^"]*"[^"]*".*"' "its quotes do not end the value"
like "$(grep hostile "$T/log")" 'text="last without newline"' "the last words without a newline are there"

talk 1003
wait_accounts 3
between "$(awk '{ if (length($0) > longest) longest = length($0) } END { print longest }' "$T/log")" 100 2048 \
	"no line of the log is longer than 2 KiB"
between "$(log_count 'service=long .*text="L+')" 2 42 "a long line is cut into pieces"

size=$(wc -c <"$T/log")
begun=$(uptime_s)
is "$(talk 1004)" after-the-flood "a program that floods its standard error is not held up"
wait_accounts 4
took=$(($(uptime_s) - begun))
between $(($(wc -c <"$T/log") - size)) 1 $((200000 * (took + 1))) "20 MB of it are at most 200 kB a second in the log"
like "$(grep 'service=flood' "$T/log")" 'suppressed=[1-9]' "the log says how much was left out"
is "$(account .stderr_bytes)" 20000768 "the account has the true figure"

is "$(talk 1005)" asked-for "StandardError=socket: on the wire"
wait_accounts 5
is "$(log_count asked-for)" 0 "and not in the log"
is "$(talk 1006)" still-here "StandardError=null: nowhere on the wire"
wait_accounts 6
is "$(log_count into-the-void)" 0 "and not in the log"

mkfifo "$T/hold"
"$CLIENT" 127.0.0.1 1007 <"$T/hold" >"$T/answer" &
exec 8>"$T/hold"
ok "a line is in the log while its connection lives" wait_log 'service=partial .*text="first"'
echo go >&8
ok "the next one too" wait_log 'service=partial .*text="second"'
exec 8>&-

echo flood | "$CLIENT" --no-half-close --tolerant --deadline 60 127.0.0.1 1008 >/dev/null 2>&1 &
ok "one connection floods" wait_log 'service=two suppressed=.*text="flood"'
for word in a-word another a-third; do
	echo $word | "$CLIENT" 127.0.0.1 1008
	ok "that keeps no line of another from the log: $word" wait_log "service=two .*text=\"$word\"" 5
done
done_testing

#!/bin/sh
# SPDX-License-Identifier: ISC
# cat, dynamically linked: 100 MB there and back (less on a slow machine), ended by a half-close.
. "$(dirname "$0")/lib.sh"

example echo
spawnd_start
bytes=$((100000000 / TEST_SLOW))
head -c $bytes /dev/urandom >"$T/sent"
"$CLIENT" --deadline 90 --verdict 127.0.0.1 7 <"$T/sent" >"$T/received" 2>"$T/end"
is "$?" 0 "$bytes bytes to cat"
is "$(cat "$T/end")" "end eof bytes $bytes" "come back and end cleanly"
is "$(sha256sum <"$T/received")" "$(sha256sum <"$T/sent")" "equal"
ok "it is accounted for" wait_accounts 1
is "$(account '[.end, .status] | @csv')" '"exit",0' "as a program that ended by itself"
rm -f "$T/received"

if command -v socat >/dev/null 2>&1; then
	head -c 5000000 "$T/sent" >"$T/part"
	socat -t 60 - TCP:127.0.0.1:7 <"$T/part" >"$T/received"
	ok "with another client (socat)" cmp "$T/part" "$T/received"
else
	skip "no socat here" "with another client"
fi
# Four at a time.
i=0
while [ $i -lt 4 ]; do
	i=$((i + 1))
	("$CLIENT" --deadline 90 127.0.0.1 7 <"$T/sent" | sha256sum >"$T/sum.$i") &
	echo $! >>"$T/clients"
done
while read -r client; do
	wait "$client"
done <"$T/clients"
is "$(cat "$T/sum."* | sort -u)" "$(sha256sum <"$T/sent")" "four times as many at a time"
done_testing

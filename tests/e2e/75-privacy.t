#!/bin/sh
# SPDX-License-Identifier: ISC
# AnonymizeSource= in log and accounting; AccountingMaxSize= rotates without losing a line.
. "$(dirname "$0")/lib.sh"
needs jq

make_root "$T/root"
ip -6 addr add 2001:db8:1:2::3/128 dev lo
conf <<EOF2
AnonymizeSource=prefix
AccountingMaxSize=4K
[defaults]
RootDirectory=$T/root
[service addr]
ListenStream=1001
ExecStart=/bin/sh -c 'echo \$\$REMOTE_ADDR'
[service deny]
ListenStream=127.0.0.1:1002
ExecStart=/bin/cat
IPAddressDeny=any
EOF2
spawnd_start

is "$(talk 1001 --source 127.1.2.3)" 127.1.2.3 "the program gets the address"
wait_accounts 1
is "$(account '[.peer, .source] | @csv')" '"127.1.2.0/24","127.1.2.0/24"' "the account has its network"
is "$("$CLIENT" 2001:db8:1:2::3 1001 </dev/null)" 2001:db8:1:2::3 "with IPv6 too"
wait_accounts 2
is "$(account '[.peer, .source] | @csv')" '"2001:db8:1::/48","2001:db8:1::/48"' "of 48 bits"
talk 1002 --source 127.1.2.3
wait_accounts 3
ok "a refusal" log_has ' connection-refused service=deny peer=127.1.2.0/24 '
unlike "$(cat "$T/log" "$T/accounting")" '127\.1\.2\.3|2001:db8:1:2' "no address is in the log or the accounting"
sed -i 's/^AnonymizeSource=prefix/AnonymizeSource=hash/' "$T/spawnd.conf"
reload
is "$(talk 1001 --source 127.7.7.3)" 127.7.7.3 "hash: the program gets the address"
wait_accounts 4
first=$(account .peer)
like "$first" '^anonymous:[0-9a-f]{16}$' "the account has a number"
talk 1001 --source 127.7.7.3 >/dev/null
wait_accounts 5
is "$(account .peer)" "$first" "the same for the same client"
talk 1001 --source 127.7.7.4 >/dev/null
wait_accounts 6
isnt "$(account .peer)" "$first" "another for another"
unlike "$(cat "$T/log" "$T/accounting")" '127\.7\.7\.' "no address is in the log or the accounting"

# Rotation: every line is in one of the two files.
rotated() { [ -e "$T/accounting.1" ]; }
one_more() {
	talk 1001 >/dev/null
	rotated
}
ok "the file is rotated when it is full" wait_for 20 one_more
ok "the log says so" wait_log ' reopened '
wait_for 5 status_is .live 0
# shellcheck disable=SC2317 # called through wait_for
all_there() {
	[ "$(cat "$T/accounting.1" "$T/accounting" | wc -l)" -eq "$(status .accepted)" ]
}
ok "no line is lost" wait_for 5 all_there
between "$(wc -c <"$T/accounting.1")" 4096 12000 "the old file has the size"
ok "every line is whole" jq -e . "$T/accounting.1"
done_testing

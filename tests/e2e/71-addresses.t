#!/bin/sh
# SPDX-License-Identifier: ISC
# IPAddressAllow= and IPAddressDeny=: the best match, lists in files, faults in them with file and line.
. "$(dirname "$0")/lib.sh"
needs jq

make_root "$T/root"
ip -6 addr add 2001:db8:1::1/128 dev lo
ip -6 addr add 2001:db8:2::1/128 dev lo
conf <<EOF2
[defaults]
RootDirectory=$T/root
[service some]
ListenStream=1001
ListenStream=$T/some.sock
ExecStart=/probe say served
IPAddressDeny=127.0.2.0/24 127.0.3.3 2001:db8:2::/48
IPAddressDeny=127.0.4.0/24 127.0.2.9 127.0.8.8
IPAddressAllow=127.0.2.0/28 127.0.8.8
OverflowMessage="go away\n"
[service few]
ListenStream=127.0.0.1:1002
ExecStart=/probe say served
IPAddressDeny=any
IPAddressAllow=file:$T/friends
[service kernel]
ListenStream=[::]:1003
ExecStart=/probe say served
IPAddressDeny=127.0.2.0/24 2001:db8:2::/48
IPAddressAllow=127.0.2.7
DenyInKernel=yes
EOF2
printf '# friends\n127.0.5.0/24   ; all of them\n\n  127.0.6.1\t\nmulticast\n' >"$T/friends"
spawnd_start

from() {
	from_source=$1 from_host=$2 from_port=$3
	"$CLIENT" --deadline 20 --verdict --source "$from_source" "$from_host" "$from_port" </dev/null 2>&1
}
served="served
end eof bytes 7"
denied="end eof bytes 0"
is "$(from 127.0.0.1 127.0.0.1 1001)" "$served" "one of no list is served"
is "$(from 127.0.2.16 127.0.0.1 1001)" "$denied" "one who is denied is not, and gets no message"
wait_accounts 2
is "$(account '[.end, .reason, .source] | @csv')" '"refused","denied","127.0.2.16"' "the account says why"
ok "and the log" wait_log ' connection-refused service=some peer=127.0.2.16:[0-9]+ reason=denied live=0 limit=0'
is "$(from 127.0.2.15 127.0.0.1 1001)" "$served" "a narrower network is allowed"
is "$(from 127.0.2.9 127.0.0.1 1001)" "$denied" "but not a host in it that is denied"
is "$(from 127.0.8.8 127.0.0.1 1001)" "$served" "allow decides between two alike"
is "$(from 127.0.3.3 127.0.0.1 1001)" "$denied" "a single address"
is "$(from 127.0.3.4 127.0.0.1 1001)" "$served" "not its neighbour"
is "$(from 127.0.4.4 127.0.0.1 1001)" "$denied" "assignments add up"
is "$(from 2001:db8:1::1 2001:db8:1::1 1001)" "$served" "IPv6"
is "$(from 2001:db8:2::1 2001:db8:1::1 1001)" "$denied" "IPv6 denied"
is "$("$CLIENT" "unix:$T/some.sock" </dev/null)" served "AF_UNIX is in no network"
is "$(from 127.0.0.1 127.0.0.1 1002)" "$denied" "deny any"
is "$(from 127.0.5.77 127.0.0.1 1002)" "$served" "but those of the file"
is "$(from 127.0.6.1 127.0.0.1 1002)" "$served" "a line with blanks"

# The kernel drops what a denied client sends: it never hears of anybody.
dropped() {
	"$CLIENT" --deadline 1 --source "$1" "$2" 1003 </dev/null >/dev/null 2>&1
	[ $? -eq 3 ]
}
ok "DenyInKernel=: no answer at all" dropped 127.0.2.6 127.0.0.1
ok "DenyInKernel=: IPv6" dropped 2001:db8:2::1 2001:db8:1::1
is "$(from 127.0.2.7 127.0.0.1 1003)" "$served" "but one who is allowed in that network is served"
is "$(from 2001:db8:1::1 2001:db8:1::1 1003)" "$served" "and another of IPv6"
is "$(status '.services.kernel | "\(.accepted) \(.refused)"')" "2 0" "and those of before have been counted nowhere"

echo 127.0.0.1 >>"$T/friends"
is "$(from 127.0.0.1 127.0.0.1 1002)" "$denied" "a changed file changes nothing"
reload
is "$(from 127.0.0.1 127.0.0.1 1002)" "$served" "until a reload reads it"
printf 'nonsense\n127.0.0.0/33\n' >>"$T/friends"
reload
ok "a reload with a fault in it fails" log_has ' reload-failed '
ok "and names file and line" wait_log " config-error at=$T/friends:7 .*no network"
is "$(from 127.0.0.1 127.0.0.1 1002)" "$served" "and changes nothing"
errors=$("$SPAWND" -t -c "$T/spawnd.conf" 2>&1)
like "$errors" "^$T/friends:7: \"nonsense\" is no network" "so does -t"
like "$errors" "^$T/friends:8: \"127.0.0.0/33\" is no network" "all of them"
is "$(lines "$errors" .)" 2 "and nothing else"
chmod 666 "$T/friends"
like "$("$SPAWND" -t -c "$T/spawnd.conf" 2>&1)" "^$T/spawnd.conf:[0-9]+: \[service few\] IPAddressAllow: $T/friends: is writable" \
	"a list that others can write is not trusted"
rm "$T/friends"
like "$("$SPAWND" -t -c "$T/spawnd.conf" 2>&1)" "^$T/spawnd.conf:[0-9]+: .*$T/friends: No such file" "nor one that is missing"

# A large list: 50,000 networks, none of them the client's but the last.
awk 'BEGIN { for (i = 0; i < 50000; i++) printf "10.%d.%d.%d/31\n", i / 65536, i / 256 % 256, i % 256; print "127.0.7.7" }' >"$T/friends"
reload
sed -i 's,^IPAddressDeny=127.0.2.0/24 2001.*,&\nIPAddressDeny=file:'"$T"'/friends,' "$T/spawnd.conf"
reload
ok "too many for a filter: the log says so" log_has ' deny-in-kernel-failed service=kernel networks=[0-9]+ error=E2BIG '
is "$(from 127.0.2.6 127.0.0.1 1003)" "$denied" "and spawnd denies them itself"
is "$(from 127.0.7.7 127.0.0.1 1002)" "$served" "a list of fifty thousand"
is "$(from 127.0.7.8 127.0.0.1 1002)" "$denied" "knows who is not in it"
done_testing

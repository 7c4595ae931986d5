#!/bin/sh
# SPDX-License-Identifier: ISC
# Limits by source: how many, how fast, what crashes cost; a source is a network; nobody else is refused.
. "$(dirname "$0")/lib.sh"
needs jq

make_root "$T/root"
ip -6 addr add 2001:db8:1::1/128 dev lo
ip -6 addr add 2001:db8:1::2/128 dev lo
ip -6 addr add 2001:db8:2::1/128 dev lo
conf <<EOF2
SourcePrefixIPv4=24
[defaults]
RootDirectory=$T/root
WarmMin=2
WarmMax=2
[service few]
ListenStream=1001
ListenStream=$T/few.sock
ExecStart=/probe hello , wait-eof
MaxConnectionsPerSource=2
[service slow]
ListenStream=127.0.0.1:1002
ExecStart=/probe say served
SourceRateLimitIntervalSec=1h
SourceRateLimitBurst=3
[service rate]
ListenStream=127.0.0.1:1003
ExecStart=/probe say served
RateLimitIntervalSec=$((9 * TEST_SLOW))s
RateLimitBurst=3
[service hourly]
ListenStream=127.0.0.1:1006
ExecStart=/probe say served
RateLimitIntervalSec=1h
RateLimitBurst=3
[service crashes]
ListenStream=127.0.0.1:1004
ExecStart=/probe segfault
SourcePenalties=crash:5s min:6s max:7s
SourcePenaltyExempt=127.3.0.0/16
[service late]
ListenStream=127.0.0.1:1005
ExecStart=/probe hello , sleep 100
RuntimeMaxSec=$((500 * TEST_SLOW))ms
TimeoutStopSec=$((500 * TEST_SLOW))ms
SourcePenalties=limit:10min min:1s
EOF2
spawnd_start

# from SOURCE HOST PORT [OPTION]...: what the service answers
from() {
	from_source=$1 from_host=$2 from_port=$3
	shift 3
	"$CLIENT" --deadline 20 --source "$from_source" "$@" "$from_host" "$from_port" </dev/null 2>&1
}

# hold NAME SOURCE HOST: two connections of the service few, until the descriptor is closed
hold() {
	mkfifo "$T/$1.in"
	"$CLIENT" --hold --count 2 --deadline 60 --source "$2" "$3" 1001 <"$T/$1.in" >"$T/$1" 7>&- 8>&- &
}

hold v4 127.0.0.1 127.0.0.1
exec 7>"$T/v4.in"
hold v6 2001:db8:1::1 2001:db8:1::1
exec 8>"$T/v6.in"
ok "two from one IPv4 source" wait_for 10 grep -q held "$T/v4"
ok "two from one IPv6 source" wait_for 10 grep -q held "$T/v6"
is "$(from 127.0.0.1 127.0.0.1 1001 --verdict)" "end eof bytes 0" "a third is refused"
wait_accounts 1
is "$(account '[.service, .end, .reason, .source] | @csv')" '"few","refused","source-full","127.0.0.0/24"' \
	"the account says why, and whom it is counted with"
ok "the log says why, and what was compared" wait_log ' connection-refused service=few peer=127.0.0.1:[0-9]+ reason=source-full live=2 limit=2'
is "$(from 127.0.0.99 127.0.0.1 1001 --verdict)" "end eof bytes 0" "and so is a neighbour in its /24"
is "$(from 2001:db8:1::2 2001:db8:1::1 1001 --verdict)" "end eof bytes 0" "or, with IPv6, in its /64"
wait_accounts 3
is "$(account .source)" 2001:db8:1::/64 "which the account names"
is "$(from 127.0.1.1 127.0.0.1 1001)" h "but another network is served"
is "$(from 2001:db8:2::1 2001:db8:1::1 1001)" h "of either kind"
is "$("$CLIENT" "unix:$T/few.sock" </dev/null)" h "and a local user"
wait_accounts 6
is "$(account .source)" uid:0 "who is a source too"
exec 7>&- 8>&-
wait_for 10 status_is .live 0
is "$(from 127.0.0.1 127.0.0.1 1001)" h "places are given back"

# A flood from one source: the others do not notice.
"$CLIENT" --load --tolerant --send x --clients 4 --total 300 --source 127.0.0.1 127.0.0.1 1001 >/dev/null 2>&1 &
flood=$!
served=0
for i in 1 2 3 4 5 6 7 8 9 10; do
	[ "$(from "127.0.$i.1" 127.0.0.1 1001)" = h ] && served=$((served + 1))
done
is "$served" 10 "during a flood from one source all others are served"
wait $flood

for i in 1 2 3; do
	is "$(from 127.0.0.1 127.0.0.1 1002)" served "number $i of the source's rate"
done
is "$(from 127.0.0.1 127.0.0.1 1002 --verdict)" "end eof bytes 0" "one more is refused"
ok "the log says why" wait_log ' connection-refused service=slow .* reason=source-rate live=3 limit=3'
is "$(from 127.0.1.1 127.0.0.1 1002)" served "another source has its own rate"

for i in 1 2 3; do
	is "$(from "127.0.$i.1" 127.0.0.1 1003)" served "number $i of the service's rate"
done
is "$(from 127.0.9.1 127.0.0.1 1003 --verdict)" "end eof bytes 0" "one more, from anywhere, is refused"
ok "the log says why" wait_log ' connection-refused service=rate .* reason=service-rate live=3 limit=3'
# shellcheck disable=SC2317 # called through wait_for
again() {
	[ "$(from 127.0.9.1 127.0.0.1 1003)" = served ]
}
ok "but soon there is room again, by itself" wait_for 5 again

# shellcheck disable=SC2317 # called through wait_for
serves() {
	[ "$(from 127.0.0.1 127.0.0.1 "$1")" = served ]
}
for i in 1 2 3; do
	is "$(from 127.0.0.1 127.0.0.1 1006)" served "number $i of what the service may take in an hour"
done
is "$(from 127.0.0.1 127.0.0.1 1006 --verdict)" "end eof bytes 0" "one more is refused"
sed -i 's/^\(.*Rate.*IntervalSec\)=1h/\1=2s/' "$T/spawnd.conf"
reload
ok "the same for two seconds, by a reload: there is room soon" wait_for 5 serves 1006
ok "and for the source, whose hour is two seconds now" wait_for 5 serves 1002

crash() { from "$1" 127.0.0.1 1004 --tolerant --verdict >/dev/null; }
crash 127.0.0.1
wait_for 5 status_is .services.crashes.live 0
crash 127.0.0.1
ok "two crashes are more than min: a penalty" wait_log ' source-penalty service=crashes source=127.0.0.0/24 end=signal seconds=[5-7]'
crash 127.0.0.1
ok "the source is refused" wait_log ' connection-refused service=crashes .* reason=penalty live=[1-7] limit=0'
refused=$(status .services.crashes.refused)
crash 127.0.1.1
is "$(status .services.crashes.refused)" "$refused" "another source is not"
for i in 1 2 3 4; do
	crash 127.3.0.1
done
is "$(status .services.crashes.refused)" "$refused" "nor is one that is exempt, whatever it does"
# shellcheck disable=SC2317 # called through wait_for
forgiven() {
	crash 127.0.0.1
	[ "$(status '.services.crashes."refused_penalty"')" = "$(cat "$T/penalties" 2>/dev/null)" ] && return
	status '.services.crashes."refused_penalty"' >"$T/penalties"
	return 1
}
ok "the penalty passes" wait_for 15 forgiven

from 127.0.0.1 127.0.0.1 1005 --no-half-close >/dev/null
ok "a limit of time has its penalty" wait_log ' source-penalty service=late source=127.0.0.0/24 end=timeout seconds=600'
is "$(from 127.0.0.1 127.0.0.1 1005 --verdict)" "end eof bytes 0" "and is enforced"
sed -i 's/^SourcePrefixIPv4=24/SourcePrefixIPv4=32\nSourceTableSize=64/' "$T/spawnd.conf"
reload
is "$(from 127.0.0.1 127.0.0.1 1005 --no-half-close)" h "a table of another shape begins anew"
wait_for 5 status_is .live 0
ok "the counters agree" sh -c "$SPAWNCTL -s $T/control status --json |
	jq -e '.accepted == .served + .refused + .aborted + .live'"
done_testing

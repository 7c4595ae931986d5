#!/bin/sh
# SPDX-License-Identifier: ISC
# Two administrators reload, the second while the first one's reload is under way: each hears of the configuration that was
# read for him. A service may have a number for its name. And a stop gives connections of every generation their time.
. "$(dirname "$0")/lib.sh"
needs jq perl

make_root "$T/root"
mkdir -p "$T/root/usr" "$T/root/lib" "$T/root/lib64"
# configuration GRACE
configuration() {
	conf <<EOF2
[defaults]
RootDirectory=$T/root
$(for directory in /usr /lib /lib64; do [ ! -d $directory ] || echo "BindReadOnlyPaths=$directory"; done)
WarmMin=1
WarmMax=1
[service 80]
ListenStream=127.0.0.1:1001
TimeoutStopSec=$1
ExecStart=/probe say held , sleep 300
[service slow]
ListenStream=127.0.0.1:1002
Warm=started
ExecStart=/usr/bin/perl -e '1 while time < $\$^T + 3; print <STDIN>'
EOF2
}
configuration 5s
spawnd_start
wait_for 20 pool_is slow 1
is "$(status .services.slow.warmth)" started "a service whose start takes three seconds"

"$CLIENT" --deadline 300 127.0.0.1 1001 </dev/null >"$T/held" &
held=$!
ok "(one is connected)" wait_for 10 grep -q held "$T/held"
is "$("$SPAWNCTL" -s "$T/control" --json list 80 | jq length)" 1 "list of a service by its number"
is "$("$SPAWNCTL" -s "$T/control" --json list slow | jq length)" 0 "and of another"
nok "a number that is no service" "$SPAWNCTL" -s "$T/control" list 81

configuration 100ms
"$SPAWNCTL" -s "$T/control" reload >"$T/first" 2>&1 &
first=$!
sleep 0.5
ok "(the first reload is under way)" kill -0 $first
echo Nonsense=yes >>"$T/spawnd.conf"
"$SPAWNCTL" -s "$T/control" reload >"$T/second" 2>&1
is "$?" 1 "the second is refused"
like "$(cat "$T/second")" 'spawnd.conf:[0-9]+: .*Nonsense' "and told why"
wait $first
is "$?" 0 "the first was told of his own"
is "$(log_count ' reload-done generation=2 ')" 1 "which serves"

begun=$(uptime_s)
kill -TERM "$SPAWND_PID"
spawnd_exit 60
between "$(($(uptime_s) - begun))" 9 40 "a stop gives a connection the time that it was born with"
wait $held
is "$(jq -r 'select(.service == "80") | .end' "$T/accounting")" operator "and for its account"
done_testing

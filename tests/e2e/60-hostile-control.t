#!/bin/sh
# SPDX-License-Identifier: ISC
# The control of the hostile suite: the same probes where they must get through. Without a container (a plain inetd as
# root, which limits nothing), and in a container with no seal and no guard. A probe that leaks in neither is blind on this
# kernel: it must say why, and does not count.
TEST_TIMEOUT=400
. "$(dirname "$0")/lib.sh"
. "$TOP/tests/e2e/hostile.sh"

without_cgroup2
hostile_world
mkdir "$T/bare"
cp "$HOSTILE" "$T/bare/hostile"
(
	# shellcheck disable=SC3045
	ulimit -c 0
	exec "$WATCH" serve 1001 "$T/bare/hostile" 2>>"$T/bare.log"
) &
tcp_server=$!
"$WATCH" serve "unix:$T/bare.sock" "$T/bare/hostile" 2>>"$T/bare.log" &
unix_server=$!
ok "a plain inetd listens" wait_for 5 test -S "$T/bare.sock"

for way in bare-tcp:1001 "bare-unix:unix:$T/bare.sock"; do
	name=${way%%:*}
	option=
	[ "$name" = bare-tcp ] || option=--quick
	# shellcheck disable=SC2086 # no option is none
	"$WATCH" run --to "${way#*:}" --program "$HOSTILE" --report "$T/out/report" --log "$T/bare.log" \
		--patience-ms 5000 --apart $option >"$T/results.$name" 2>&1
	is "$?" 0 "$name: all probes are run: $(tail -n 1 "$T/results.$name")"
done
kill "$tcp_server" "$unix_server"

{
	hostile_common
	hostile_service tcp 127.0.0.1:1003 WarmMin=2
	hostile_service unix "$T/service.sock" WarmMin=2
} | hostile_conf none
spawnd_start
hostile_run tcp 1003 --quick --apart
hostile_run unix "unix:$T/service.sock" --quick --apart

"$HOSTILE" list >"$T/list"
cat "$T"/results.* | awk '$1 == "result" && $6 == "LEAK" { print $2 }' | sort -u >"$T/leaked"
awk 'NR == FNR { leaked[$1] = 1; next } !leaked[$1]' "$T/leaked" "$T/list" >"$T/blind"
is "$(awk 'NF < 4' "$T/blind")" "" "a probe that cannot leak here says why"
diag "blind on this kernel, and not counted:"
diag "$(awk '{ name = $1; $1 = $2 = $3 = ""; print name ":" $0 }' "$T/blind")"
between "$(wc -l <"$T/leaked")" 60 1000 "probes that are shown to leak: $(awk 'NR == FNR { leaked[$1] = 1; next }
	leaked[$1] { count[$2]++ } END { for (p in count) print p ": " count[p] }' "$T/leaked" "$T/list" |
	sort -V | tr '\n' ' ')"
for promise in P1 P2 P3 P4 P5 P6 P7 P10; do
	isnt "$(awk -v p=$promise 'NR == FNR { leaked[$1] = 1; next } leaked[$1] && $2 == p' "$T/leaked" "$T/list")" "" \
		"among them some against $promise"
done
# What arrived at the host, not only what the program thought: each kind of victim was seen at least once.
for what in victim-tcp victim-udp victim-abstract victim-abstract-datagram victim-path victim-bound listener signal \
	packets-; do
	isnt "$(cat "$T"/results.* | awk -v what=$what '$6 == "LEAK" && index("," $7, "," what)')" "" "the host sees: $what"
done
done_testing

#!/bin/sh
# SPDX-License-Identifier: ISC
# spawnctl report: sums of what a daemon has written, against jq's; and of what nobody should have written.
. "$(dirname "$0")/lib.sh"
needs jq

make_root "$T/root"
conf <<EOF2
[defaults]
RootDirectory=$T/root
[service echo]
ListenStream=127.0.0.1:1001
ExecStart=/bin/cat
[service fails]
ListenStream=127.0.0.1:1002
ExecStart=/probe exit 3
[service denied]
ListenStream=127.0.0.1:1003
IPAddressDeny=any
ExecStart=/bin/cat
EOF2
spawnd_start
for i in 1 2 3 4 5 6; do
	[ "$(head -c $((i * 1000)) /dev/zero | tr '\0' a | "$CLIENT" 127.0.0.1 1001 | wc -c)" = $((i * 1000)) ] || diag "echo $i"
	talk 1002 >/dev/null
done
talk 1003 >/dev/null
wait_accounts 13
spawnd_stop

# shellcheck disable=SC2016 # jq's own variable
ok "accounts have strings, whole numbers and truth values; a key with a unit is a number" jq -es \
	'all(.[]; all(to_entries[]; (.value | type) as $type | if .key | test("_(us|ns|bytes)$") then $type == "number"
		else ($type == "string" or $type == "boolean" or ($type == "number" and .value == (.value | floor))) end))' "$T/accounting"

report() {
	"$SPAWNCTL" report --json "$@" 2>"$T/report.err"
}
report "$T/accounting" >"$T/report"
ok "--json is JSON" jq -e . "$T/report"
is "$(jq -c '[.total | .connections, .served, .refused, .aborted]' "$T/report")" '[13,12,1,0]' "served, refused and aborted"
is "$(jq -r '.total.bytes_in, .total.bytes_out, .total.percentiles.spawn_us.max, .total.percentiles.wall_us.max' "$T/report")" \
	"$(jq -rs '(map(.bytes_in // 0) | add), (map(.bytes_out // 0) | add), (map(.spawn_us // 0) | max), (map(.wall_us // 0) | max)' "$T/accounting")" \
	"bytes and the largest values, as jq has them"
is "$(jq -c '.services | map_values([.connections, .ends.exit, .reasons.denied])' "$T/report")" \
	'{"echo":[6,6,null],"fails":[6,6,null],"denied":[1,null,1]}' "by service"
is "$(jq -c '.sources | map([.source, .connections, .refused])' "$T/report")" '[["127.0.0.1",13,1]]' "by source"
is "$(jq '[.hours[] | .served + .refused + .aborted] | add' "$T/report")" 13 "by hour"
is "$(jq -r '.hours[0].hour_s' "$T/report")" "$(date -u -d "$(jq -rs 'map(.accepted) | min | .[:13] + ":00:00Z"' "$T/accounting")" +%s)" "which hour"
for quantile in p50 p90; do
	rank=$((${quantile#p} * 12 / 100 + (${quantile#p} * 12 % 100 > 0)))
	wanted=$(jq -s "map(select(.started) | .spawn_us) | sort | .[$rank - 1]" "$T/accounting")
	between "$(jq ".total.percentiles.spawn_us.$quantile" "$T/report")" $((wanted - wanted / 50)) $((wanted + wanted / 50)) "$quantile, to two in a hundred"
done
is "$(jq -c '[.skipped_malformed, .skipped_newer, .skipped_torn]' "$T/report")" '[0,0,0]' "every line was understood"

"$SPAWNCTL" report "$T/accounting" >"$T/text"
like "$(cat "$T/text")" '^13 connections, 20[0-9-]+T[0-9:]+ to ' "for a person: a head"
like "$(cat "$T/text")" '^echo +6 +6 +0 +0 ' "a line for a service"
like "$(cat "$T/text")" '^127\.0\.0\.1 +13 +12 +1 ' "for a source"
like "$(cat "$T/text")" '^[0-9-]+ [0-9]{2}:00 +[0-9]+ #+-*$' "a chart in plain ASCII"
LC_ALL=C.UTF-8 "$SPAWNCTL" report "$T/accounting" >"$T/text"
like "$(cat "$T/text")" '^[0-9-]+ [0-9]{2}:00 +[0-9]+ (█)+(░)*$' "and in blocks, where they are known"

is "$(report --service=fails "$T/accounting" | jq -c '[.total.connections, .left_out]')" '[6,7]' "--service"
is "$(report --until=2000-01-01 "$T/accounting" | jq .total.connections)" 0 "--until"
is "$(report --since=2000-01-01 "$T/accounting" "$T/accounting" | jq .total.connections)" 26 "--since, and two files"
is "$(report --top=0 - <"$T/accounting" | jq -c '[.total.connections, .sources]')" '[13,[]]' "standard input; --top"

# Other hands' work: torn, glued, hostile, old and new.
{
	sed -n 1,3p "$T/accounting"
	sed -n 4p "$T/accounting" | sed 's/"version":1,//; s/"user_us":[0-9]*,//'
	sed -n 5p "$T/accounting" | sed 's/"version":1,/"version":1,"new":{"a":[1,"}"]},/'
	sed -n 6p "$T/accounting" | sed 's/"version":1,/"version":2,/'
	sed -n 7p "$T/accounting" | sed 's/"service":"[a-z]*"/"service":"\\u001b[31m<b>"/'
	printf 'garbage\n\n{"a":\n\0\n'
	head -c 3000000 /dev/zero | tr '\0' x
	echo
	sed -n 8p "$T/accounting" | tr -d '\n'
	sed -n 9p "$T/accounting"
	sed -n 10p "$T/accounting" | head -c 100
} >"$T/foul"
report "$T/foul" >"$T/report"
is "$?" 0 "a foul file is read"
is "$(jq -c '[.lines, .skipped_malformed, .skipped_newer, .skipped_torn]' "$T/report")" '[6,5,1,1]' "what was skipped is counted"
unlike "$("$SPAWNCTL" report "$T/foul" | tr -d '[:print:]\n' | wc -c)" '[1-9]' "and nothing of it reaches the terminal"
echo garbage >"$T/garbage"
report "$T/garbage" >"$T/report"
is "$?" 1 "no account at all: status 1"
report "$T/none" "$T/accounting" >"$T/report"
is "$?" 111 "no file: status 111"
is "$(jq .total.connections "$T/report")" 13 "but the others are read"
report --top=many "$T/accounting" >"$T/report"
is "$?" 100 "--top=many: status 100"
done_testing

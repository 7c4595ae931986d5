#!/bin/sh
# SPDX-License-Identifier: ISC
# accepted = served + refused + aborted + live, exactly and at all times: polled under a load with refusals and failures.
. "$(dirname "$0")/lib.sh"
needs jq

make_root "$T/root"
printf '#!/no/such/interpreter\n' >"$T/root/bin/interpreted"
chmod 755 "$T/root/bin/interpreted"
conf <<EOF2
LogLevel=error
MaxConnections=12
[defaults]
RootDirectory=$T/root
[service good]
ListenStream=127.0.0.1:1001
ExecStart=/probe hello
WarmMin=3
WarmMax=3
[service tight]
ListenStream=127.0.0.1:1002
MaxConnections=2
ExecStart=/probe hello , sleep-ms 30
WarmMax=1
[service broken]
ListenStream=127.0.0.1:1003
ExecStart=/bin/interpreted
WarmMax=1
[service cold]
ListenStream=127.0.0.1:1004
ExecStart=/probe hello
Warm=none
EOF2
spawnd_start

# load PORT TOTAL CLIENTS
load() {
	"$CLIENT" --load --tolerant --clients "$3" --total "$2" --deadline 90 127.0.0.1 "$1" >"$T/load.$1" 2>/dev/null &
	echo $! >>"$T/loaders"
}
many=$((1500 / TEST_SLOW))
few=$((300 / TEST_SLOW))
load 1001 $many 4
load 1002 $many 6
load 1003 $few 2
load 1004 $few 2

loaders_run() {
	while read -r loader; do
		if is_running "$loader"; then
			return 0
		fi
	done <"$T/loaders"
	return 1
}
polls=0
wrong=
busy=0
while loaders_run; do
	polls=$((polls + 1))
	answer=$(control status --json)
	verdict=$(printf '%s\n' "$answer" | jq -r '
		([., .services[]] | map(.accepted == .served + .refused + .aborted + .live) | all | tostring)
			+ " " + (.live > 0 | tostring)')
	[ "${verdict% *}" = true ] || wrong="$wrong
$answer"
	[ "${verdict#* }" != true ] || busy=$((busy + 1))
done
is "$wrong" "" "the identity holds in every answer, overall and for each service"
between $polls 3 100000 "there were many ($polls)"
between $busy 2 100000 "and connections live in them ($busy)"
ok "in the end nothing lives" wait_for 10 status_is .live 0
ok "the identity holds" status_is '.accepted == .served + .refused + .aborted' true
ok "the whole is the sum of the services" status_is \
	'[.accepted, .served, .refused, .aborted, .live] == ([.services[] | [.accepted, .served, .refused, .aborted, .live]] | transpose | map(add))' true
is "$(status ".services.good | .accepted == $many and .served + .refused == $many")" true "$many connections to good"
is "$(status '.services.tight.accepted')" $many "$many to tight"
between "$(status .services.tight.refused)" 1 $((many - 1)) "some refused"
is "$(status '.services.tight.refused == .services.tight["refused_service-full"] + .services.tight["refused_daemon-full"]')" true \
	"each with a reason"
is "$(status '.services.broken | [.accepted, .served] | @csv')" "$few,0" "none served by broken"
between "$(status .services.broken.aborted)" 1 $few "all that were not refused are aborted"

# The file agrees with the counters: refusals beyond a bounded rate are one line with a number.
# shellcheck disable=SC2317 # called through wait_for
accounts_agree() {
	[ "$(jq -s '[.[] | select(.end != "refused")] | length' "$T/accounting")" = "$(status '.served + .aborted')" ]
}
ok "one account for each connection that was not refused" wait_for 10 accounts_agree
is "$(jq -s '[.[] | select(.end == "refused")] | length > 0' "$T/accounting")" true "refused ones have lines too"
between "$(wc -c <"$T/log")" 0 200000 "and the log stays small"
done_testing

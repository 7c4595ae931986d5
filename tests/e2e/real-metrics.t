#!/bin/sh
# SPDX-License-Identifier: ISC
# The example: spawnd serves its own metrics, from a container with the strict seal, to a parser of Prometheus.
. "$(dirname "$0")/lib.sh"
needs /usr/bin/python3

example metrics
spawnd_start
scrape() {
	printf 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n' | "$CLIENT" 127.0.0.1 9991 >"$T/answer" &&
		sed '1,/^\r$/d' "$T/answer" >"$T/text" && /usr/bin/python3 "$TOP/tests/metrics.py" "$T/text" >"$T/samples" &&
		grep -Eq "$1" "$T/samples"
}
ok "a scrape is answered and read" wait_for 15 scrape '^spawnd_generation \{\} 1$'
ok "and a later one tells of it" wait_for 20 scrape '^spawnd_connections_served_total \{service=metrics\} [1-9]'
is "$(talk 9991 --source 127.0.0.5 </dev/null | wc -c)" 0 "who says nothing gets nothing"
wait_accounts 3
is "$(account '[.end, .status] | @csv')" '"exit",0' "the program ended by itself"
done_testing

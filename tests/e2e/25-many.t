#!/bin/sh
# SPDX-License-Identifier: ISC
# 200 simultaneous connections to one service, each with its own container; then back to where things were.
TEST_TIMEOUT=180
. "$(dirname "$0")/lib.sh"
needs jq

make_root "$T/root"
conf <<EOF2
LogLevel=notice
MaxConnections=250
[service echo]
ListenStream=127.0.0.1:1001
RootDirectory=$T/root
MaxConnections=220
WarmMin=8
WarmMax=8
ExecStart=/probe hello , echo
EOF2
spawnd_start
talk 1001 >/dev/null
wait_for 10 status_is .live 0
wait_for 10 pool_is echo 8
leak_start many

mkfifo "$T/in"
rounds=$((TEST_SLOW > 1 ? 1 : 3))
for round in $(seq $rounds); do
	: >"$T/held"
	"$CLIENT" --hold --count 200 --deadline 90 127.0.0.1 1001 <"$T/in" >"$T/held" &
	client=$!
	exec 8>"$T/in"
	ok "round $round: 200 connections are answered" wait_for 60 grep -q 'held 200' "$T/held"
	is "$(status .services.echo.live)" 200 "round $round: 200 live"
	is "$(pids '^/probe hello' | wc -l)" 200 "round $round: 200 programs"
	is "$(for pid in $(pids '^/probe hello'); do
		for ns in net pid mnt ipc uts; do readlink "/proc/$pid/ns/$ns"; done
	done | sort -u | wc -l)" 1000 "round $round: each with five namespaces of its own"
	is "$(control list --json | jq '[.[] | select(.state == "running")] | length')" 200 "round $round: spawnctl lists them"
	is "$(control list | wc -l)" 201 "round $round: as text too"
	is "$(echo 201 | "$CLIENT" --deadline 30 127.0.0.1 1001)" h201 "round $round: another one is served"
	exec 8>&-
	wait $client
	is "$?" 0 "round $round: all end"
	is "$(tail -n 1 "$T/held")" "ended 200 reset 0" "round $round: cleanly"
	ok "round $round: nothing lives any more" wait_for 20 status_is .live 0
	leak_check many "round $round: nothing is left behind"
done
all=$((rounds * 201 + 1))
is "$(status '[.accepted, .served, .refused, .aborted] | @csv')" "$all,$all,0,0" "$all accepted, $all served"
wait_accounts $all
is "$(account_count)" $all "$all accounts"
is "$(jq -r .id "$T/accounting" | sort -u | wc -l)" $all "each with its own id"
done_testing

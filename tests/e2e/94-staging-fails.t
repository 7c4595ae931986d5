#!/bin/sh
# SPDX-License-Identifier: ISC
# A reload whose zygote dies before it has said anything: over soon, and nothing of it is left.
. "$(dirname "$0")/lib.sh"

make_root "$T/root"
conf <<EOF2
[service one]
ListenStream=127.0.0.1:1001
RootDirectory=$T/root
WarmMax=1
ExecStart=/probe say one
EOF2
spawnd_start
leak_start staging
serving=$(zygote_pids)

# Stopped in its first moment, killed before it can fail by itself.
kill_newest() {
	for pid in $(zygote_pids); do
		[ "$pid" = "$serving" ] || kill -KILL "$pid" || return 1
	done
}
for _ in 1 2 3 4 5; do
	seen=$(log_count ' reload-(done|failed)')
	lost=$(log_count ' zygote-lost ')
	kill -HUP "$SPAWND_PID"
	wait_for 5 test -n "$(pids '^spawnd: zygote' | grep -v "^$serving\$")" && kill_newest
	wait_for 5 reloaded_since "$seen" || fail "the reload is over soon"
	[ "$(log_count ' zygote-lost ')" -gt "$lost" ] && break
	serving=$(zygote_pids)
done
is "$(talk 1001)" one "what serves goes on"

# Staged and drained rosters are freed, whether they have zygotes or not.
for _ in 1 2 3; do
	kill -KILL "$(zygote_pids)"
	reload
done
ok "reloads while zygotes are missing succeed" wait_for 10 test "$(talk 1001)" = one
wait_for 10 parked_is one 1
leak_check staging "nothing is left behind"
done_testing

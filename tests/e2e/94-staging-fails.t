#!/bin/sh
# SPDX-License-Identifier: ISC
# A reload whose zygote dies before it has said anything: over soon, and nothing of it is left.
. "$(dirname "$0")/lib.sh"
needs perl

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

# kill_new TITLE: in the background, by one that looks all the time: the next child of the warden as soon as it has that title
kill_new() {
	rm -f "$T/killer"
	# shellcheck disable=SC2016 # perl's
	perl -e '
		my ($parent, $wanted) = @ARGV;
		my (%known, $until);
		sub content {
			open(my $file, "<", $_[0]) or return "";
			return <$file> // "";
		}
		sub now { return split(" ", content("/proc/$parent/task/$parent/children")) }
		$known{$_} = 1 for now();
		$| = 1;
		print "looks\n";
		$until = time + 20 * $ENV{TEST_SLOW};
		while (time < $until) {
			for my $pid (grep { !$known{$_} } now()) {
				exit(kill("KILL", $pid) ? 0 : 1) if content("/proc/$pid/cmdline") =~ /^\Q$wanted/;
			}
		}
		exit 1' "$(warden_pid)" "$1" >"$T/killer" 2>&1 &
	killer=$!
	wait_for 5 grep -q looks "$T/killer"
}
# dies WHEN TITLE REGEX: and the log has that. Where it was killed sooner or later, once more.
dies() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		kill_new "$2"
		failed=$(log_count ' reload-failed ')
		seen=$(log_count ' reload-(done|failed)')
		kill -HUP "$SPAWND_PID"
		wait $killer || fail "$1: a zygote is killed" "$(cat "$T/killer")"
		wait_for 5 reloaded_since "$seen" || fail "$1: the reload is over soon"
		if [ "$(log_count ' reload-failed ')" -gt "$failed" ]; then
			log_has "$3" && break
		else
			wait_for 10 count_is '^spawnd: zygote' 1
			wait_for 10 parked_is one 1
			serving=$(zygote_pids)
			: >"$T/log"
		fi
	done
	is "$(log_count ' reload-failed ')" $((failed + 1)) "$1: it has failed"
	ok "$1: for that" log_has "$3"
	ok "$1: only the one that served is there" wait_for 5 count_is '^spawnd: zygote' 1
	is "$(zygote_pids)" "$serving" "$1: as before"
}
dies "before it knows its service" "" ' reload-failed .*step=start-zygote '
dies "before it is ready" "spawnd: zygote one" ' zygote-lost .* signal=9'
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

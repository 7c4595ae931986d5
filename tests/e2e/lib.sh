# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# The library of the end-to-end tests: TAP, own namespaces, a spawnd to test, and what it must not leave behind.
# Sourced by each test as its first act:
#     . "$(dirname "$0")/lib.sh"
# The test then runs again in its own mount, network, pid, ipc and uts namespaces, with a /run of its own and "lo" up,
# under a time limit (TEST_TIMEOUT= seconds, set before sourcing). Nothing of it survives. There is no bare sleep: wait_for
# has a deadline. A test ends with done_testing, which stops spawnd and fails if that does not go well.
# TEST_SLOW= is how many times slower than usual the machine is: deadlines are multiplied by it, loads divided.

TOP=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=${BUILD:-$TOP/build}
case $BUILD in /*) ;; *) BUILD=$TOP/$BUILD ;; esac
SPAWND=${SPAWND:-$BUILD/spawnd}
SPAWNCTL=${SPAWNCTL:-$BUILD/spawnctl}
PROBE=${PROBE:-$BUILD/tests/probe}
CLIENT=${CLIENT:-$BUILD/tests/client}
# What spawnd must do without, as words for tests/shim.c: "clone3 openat2". Any test can be run so.
WITHOUT=${WITHOUT-}
export WITHOUT

TEST_SLOW=${TEST_SLOW:-1}
export TEST_SLOW

if [ "${TEST_INSIDE-}" != "$0" ]; then
	if [ "$(id -u)" -ne 0 ]; then
		echo "Bail out! these tests need root"
		exit 1
	fi
	TEST_INSIDE=$0
	export TEST_INSIDE
	# KILL and --kill-child: whatever hangs, the pid namespace ends, and everything in it.
	exec timeout -s KILL "$((${TEST_TIMEOUT:-120} * TEST_SLOW))" unshare --mount --net --pid --ipc --uts --fork --kill-child=KILL \
		--mount-proc --propagation private sh "$0" "$@" </dev/null
fi

LC_ALL=C
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
unset NOTIFY_SOCKET LISTEN_FDS LISTEN_PID LISTEN_FDNAMES
umask 022
cd / || exit 1
mount -t tmpfs -o mode=755 tmpfs /run || exit 1
ip link set lo up || exit 1
T=/run/t
# The hierarchy of control groups is one for all tests that run: a name nobody else has.
CONTROL_GROUP=/spawnd-test-$(readlink /proc/self/ns/pid | tr -dc 0-9)
CGROUPS=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
mkdir $T || exit 1
# Where tmpfs cannot be id-mapped (before Linux 6.3), TEST_SCRATCH= is a directory of a file system that can be.
if [ -n "${TEST_SCRATCH-}" ]; then
	mount --bind "$(mktemp -d "$TEST_SCRATCH/XXXXXX")" $T && chmod 755 $T || exit 1
fi

# ---- TAP --------------------------------------------------------------------------------------------------------------

test_number=0
test_failed=0

diag() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

pass() {
	test_number=$((test_number + 1))
	printf 'ok %d - %s\n' "$test_number" "$1"
}

# fail DESCRIPTION [DIAGNOSTIC]...
fail() {
	test_number=$((test_number + 1))
	test_failed=$((test_failed + 1))
	printf 'not ok %d - %s\n' "$test_number" "$1"
	shift
	for line; do
		diag "$line"
	done
	return 0
}

# ok DESCRIPTION COMMAND...: the command succeeds
ok() {
	ok_description=$1
	shift
	if "$@" >"$T/ok.out" 2>&1; then
		pass "$ok_description"
	else
		fail "$ok_description" "$* : exit status $?" "$(head -c 2000 "$T/ok.out")"
	fi
}

# nok DESCRIPTION COMMAND...: the command fails
nok() {
	ok_description=$1
	shift
	if "$@" >"$T/ok.out" 2>&1; then
		fail "$ok_description" "$* : succeeded" "$(head -c 2000 "$T/ok.out")"
	else
		pass "$ok_description"
	fi
}

# is GOT WANTED DESCRIPTION
is() {
	if [ "$1" = "$2" ]; then
		pass "$3"
	else
		fail "$3" "got:    $1" "wanted: $2"
	fi
}

isnt() {
	if [ "$1" != "$2" ]; then
		pass "$3"
	else
		fail "$3" "got what must not be: $1"
	fi
}

# like TEXT REGEX DESCRIPTION: a line of the text matches (extended regular expression)
like() {
	if printf '%s\n' "$1" | grep -Eq -e "$2"; then
		pass "$3"
	else
		fail "$3" "no line matches: $2" "in:" "$(printf '%s\n' "$1" | head -c 3000)"
	fi
}

unlike() {
	if printf '%s\n' "$1" | grep -Eq -e "$2"; then
		fail "$3" "this must not be there: $(printf '%s\n' "$1" | grep -E -e "$2" | head -3)"
	else
		pass "$3"
	fi
}

# has TEXT LINE DESCRIPTION: the text has exactly this line
has() {
	if printf '%s\n' "$1" | grep -Fxq -e "$2"; then
		pass "$3"
	else
		fail "$3" "no line: $2" "in:" "$(printf '%s\n' "$1" | head -c 3000)"
	fi
}

# lines TEXT REGEX: how many lines match
lines() {
	printf '%s\n' "$1" | grep -Ec -e "$2"
}

# between NUMBER LOWEST HIGHEST DESCRIPTION
between() {
	if [ -n "$1" ] && [ "$1" -ge "$2" ] 2>/dev/null && [ "$1" -le "$3" ]; then
		pass "$4"
	else
		fail "$4" "got $1, wanted $2 to $3"
	fi
}

# skip REASON DESCRIPTION: must be listed in tests/expected-skips
skip() {
	test_number=$((test_number + 1))
	printf 'ok %d - %s # SKIP %s\n' "$test_number" "$2" "$1"
}

skip_all() {
	printf '1..0 # SKIP %s\n' "$1"
	exit 0
}

# needs PROGRAM...: or the whole test is skipped
needs() {
	for program; do
		command -v "$program" >/dev/null 2>&1 || skip_all "no $program here"
	done
}

done_testing() {
	if [ -n "${SPAWND_PID-}" ]; then
		spawnd_stop "in the end"
	fi
	if grep -Eq 'Sanitizer|runtime error:|==[0-9]+==ERROR|Assertion' "$T/log" 2>/dev/null; then
		fail "no complaint of a sanitizer in the log" "$(grep -E -A5 'Sanitizer|runtime error|ERROR|Assert' "$T/log")"
	fi
	if [ "$test_failed" -gt 0 ] && [ -s "$T/log" ]; then
		diag "the log's last lines:"
		diag "$(tail -n "${LOG_TAIL:-40}" "$T/log" | cut -c1-400)"
	fi
	# What a warden that was killed could not remove.
	if [ -n "$CGROUPS" ] && [ -d "$CGROUPS$CONTROL_GROUP" ]; then
		find "$CGROUPS$CONTROL_GROUP" -depth -type d -exec rmdir {} + 2>/dev/null
	fi
	printf '1..%d\n' "$test_number"
	[ "$test_failed" -eq 0 ]
	exit
}

# ---- waiting ----------------------------------------------------------------------------------------------------------

uptime_s() {
	read -r uptime_now _ </proc/uptime
	echo "${uptime_now%.*}"
}

uptime_ms() {
	read -r uptime_now _ </proc/uptime
	echo "${uptime_now%.*}${uptime_now#*.}0"
}

# Asking often takes a slow machine longer than the answer is early.
wait_pause=0.05
[ "$TEST_SLOW" -eq 1 ] || wait_pause=0.2

# wait_for SECONDS COMMAND...: until the command succeeds; fails at the deadline
wait_for() {
	wait_until=$(($(uptime_s) + $1 * TEST_SLOW + 1))
	shift
	while ! "$@" >/dev/null 2>&1; do
		[ "$(uptime_s)" -lt "$wait_until" ] || return 1
		sleep $wait_pause
	done
}

# Neither gone nor a zombie.
is_running() {
	read -r running_line 2>/dev/null <"/proc/$1/stat" || return 1
	running_line=${running_line##*) }
	[ "${running_line%% *}" != Z ] && [ "${running_line%% *}" != X ]
}

is_gone() {
	! is_running "$1"
}

# ---- the root of a service ----------------------------------------------------------------------------------------------

# make_root DIRECTORY: what a root must have, the probe as /probe and busybox
make_root() {
	mkdir -p "$1/bin" "$1/proc" "$1/dev" "$1/tmp" "$1/run" "$1/etc" "$1/srv"
	chmod 755 "$1"
	cp "$PROBE" "$1/probe"
	echo "the root's own" >"$1/etc/own"
	if [ -x /bin/busybox ] || [ -x /usr/bin/busybox ]; then
		cp "$(command -v busybox)" "$1/bin/busybox"
		for applet in sh cat echo ls id sleep ip ps grep sed true false head; do
			ln -sf busybox "$1/bin/$applet"
		done
	fi
}

# ---- spawnd -------------------------------------------------------------------------------------------------------------

# conf [FILE] <<EOF: the configuration. What stands before the first section belongs to [spawnd]. WARM= is a default of it.
conf() {
	if [ -n "${WARM-}" ] && mkdir -p "$T/spawnd.conf.d"; then
		printf '[defaults]\nWarm=%s\n' "$WARM" >"$T/spawnd.conf.d/warm.conf"
		chmod 600 "$T/spawnd.conf.d/warm.conf"
	fi
	{
		echo "[spawnd]"
		echo "AccountingFile=$T/accounting"
		echo "ControlSocket=$T/control"
		echo "ControlGroup=$CONTROL_GROUP"
		echo "TimeoutStopSec=5"
		cat
	} >"${1:-$T/spawnd.conf}"
	chmod 600 "${1:-$T/spawnd.conf}"
}

# lacks NAME: spawnd has to do without it
lacks() {
	case " $WITHOUT " in
	*" $1 "*) return 0 ;;
	esac
	return 1
}

# as_inside: what a program says of ids, as a user namespace would show them: without one they are the host's, and a
# service's range begins at a multiple of 65,536
as_inside() {
	awk -v host="$(lacks user-namespaces && echo 1)" '
		host && /^(uid|gid) [0-9]/ { print $1, $2 % 65536, $3 % 65536, $4 % 65536; next }
		host && match($0, /uid=[0-9]+ gid=[0-9]+/) {
			split(substr($0, RSTART, RLENGTH), id, /[= ]/)
			$0 = substr($0, 1, RSTART - 1) "uid=" id[2] % 65536 " gid=" id[4] % 65536 substr($0, RSTART + RLENGTH)
		}
		{ print }'
}

# spawnd_launch [ARGUMENT]...: in the background; SPAWND_WRAP= goes before it. Log in $T/log, sets SPAWND_PID.
spawnd_launch() {
	: >"$T/ready"
	# shellcheck disable=SC2086 # lists of words
	${WITHOUT:+"$BUILD/tests/shim" $WITHOUT --} ${SPAWND_WRAP-} "$SPAWND" -c "$T/spawnd.conf" --notify-fd=9 "$@" 9>"$T/ready" 2>>"$T/log" >>"$T/stdout" &
	SPAWND_PID=$!
}

ready_or_dead() {
	[ -s "$T/ready" ] || is_gone "$SPAWND_PID"
}

spawnd_await_ready() {
	wait_for 20 ready_or_dead
	[ -s "$T/ready" ]
}

# spawnd_start [ARGUMENT]...: or the test ends here
spawnd_start() {
	spawnd_launch "$@"
	if ! spawnd_await_ready; then
		fail "spawnd starts and says that it is ready" "$(cat "$T/log")"
		is_gone "$SPAWND_PID" || kill -KILL "$SPAWND_PID"
		SPAWND_PID=
		done_testing
	fi
}

# spawnd_exit [SECONDS]: waits for its end; its exit status in SPAWND_STATUS ("still running" if it did not end)
spawnd_exit() {
	if wait_for "${1:-20}" is_gone "$SPAWND_PID"; then
		wait "$SPAWND_PID"
		SPAWND_STATUS=$?
	else
		SPAWND_STATUS="still running"
		kill -KILL "$SPAWND_PID"
	fi
	SPAWND_PID=
}

# spawnd_stop [WHEN]: SIGTERM; exit 0 and no process of it left are tests
spawnd_stop() {
	kill -TERM "$SPAWND_PID"
	spawnd_exit 30
	is "$SPAWND_STATUS" 0 "spawnd stops with exit status 0${1:+ $1}"
	if wait_for 5 no_processes; then
		pass "no process of spawnd is left${1:+ $1}"
	else
		fail "no process of spawnd is left${1:+ $1}" "$(processes)"
	fi
}

# reload: SIGHUP; until the new generation serves, or was refused
reload() {
	reload_seen=$(log_count ' reload-(done|failed)')
	kill -HUP "$SPAWND_PID"
	wait_for 20 reloaded_since "$reload_seen" || return
	# The warden's line says that it has told the loop, not that the loop has heard it.
	reload_line=$(grep -E ' reload-(done|failed)' "$T/log" | tail -n 1)
	case $reload_line in
	*' reload-done '*)
		reload_line=${reload_line#* generation=}
		[ ! -S "$T/control" ] || wait_for 20 status_is .generation "${reload_line%% *}"
		;;
	esac
}

reloaded_since() {
	[ "$(log_count ' reload-(done|failed)')" -gt "$1" ]
}

# is_sanitized: built with a sanitizer, which keeps memory and needs descriptors of its own
is_sanitized() {
	grep -q __asan_init "$SPAWND"
}

# ---- its processes ----------------------------------------------------------------------------------------------------

# titles: "PID STATE TITLE" of all. One that borrows the memory of its zygote has its title too, but a name of its own; it
# is shown as one that was forked.
titles() {
	ps -ewwo pid=,stat=,comm:16=,args= | awk '{
		pid = $1
		state = $2
		sub(/^ *[0-9]+ +[^ ]+ +/, "")
		name = substr($0, 1, 16)
		title = substr($0, 18)
		if (name ~ /^spawnd-parked/ && sub(/^spawnd: zygote /, "spawnd: ", title))
			title = title " [parked]"
		print pid, state, title
	}'
}

# processes: the same of all that are spawnd's or its containers' (in this pid namespace: all but the test's)
processes() {
	titles | awk '$3 == "spawnd:" { print $1, $2, $3, $4, $5, $6 }'
}

no_processes() {
	[ -z "$(processes)" ]
}

# pids REGEX: of processes whose title (or command line) matches
pids() {
	titles | awk -v regex="$1" '
		$2 !~ /^Z/ { pid = $1; sub(/^[0-9]+ [^ ]+ /, ""); if ($0 ~ regex && $0 !~ /awk -v/) print pid }'
}

# count_is REGEX NUMBER: so many processes have such a title or command line
count_is() {
	[ "$(pids "$1" | wc -l)" -eq "$2" ]
}

# changed OLD REGEX: the one process with such a title is there and is not OLD
changed() {
	changed_pid=$(pids "$2")
	[ -n "$changed_pid" ] && [ "$changed_pid" != "$1" ]
}

warden_pid() { pids '^spawnd: warden'; }
loop_pid() { pids '^spawnd: loop'; }
parked_pids() { pids "^spawnd: ${1:-.*} \\[parked\\]"; }

# zygote_pids [SERVICE]: without the children of one, which have its title until they have their own: those of a container
# are in a pid namespace of their own, what else it starts has a parent of that title.
zygote_pids() {
	for zygote_pid in $(pids "^spawnd: zygote${1:+ $1\$}"); do
		cat "/proc/$zygote_pid/status" 2>/dev/null
	done | awk '
		$1 == "Pid:" { pid = $2 }
		$1 == "PPid:" { parent[pid] = $2 }
		$1 == "NSpid:" && NF == 2 { own[++count] = pid }
		END {
			for (i = 1; i <= count; i++)
				if (!(parent[own[i]] in parent))
					print own[i]
		}'
}

# one_zygote SERVICE: there is one, and no more
one_zygote() {
	[ "$(zygote_pids "$1" | wc -l)" -eq 1 ]
}

# parked_is SERVICE COUNT: that many have the title, which they have from the first moment of their making
parked_is() {
	[ "$(parked_pids "$1" | wc -l)" -eq "$2" ]
}

# pool_is SERVICE COUNT: that many are finished, and the loop knows of them
pool_is() {
	status_is ".services[\"$1\"].parked" "$2"
}

# is_shared PID PID: both have the same memory (kcmp(2), KCMP_VM; by its number on x86-64)
is_shared() {
	perl -e 'exit(syscall(312, $ARGV[0] + 0, $ARGV[1] + 0, 1, 0, 0) == 0 ? 0 : 1)' "$1" "$2"
}

# Fields of /proc/PID/status: status_of PID FIELD
status_of() {
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status" | tr '\t' ' '
}

# ---- the log, the accounts, the counters ------------------------------------------------------------------------------

log_count() {
	grep -Ec -e "$1" "$T/log"
}

log_has() {
	grep -Eq -e "$1" "$T/log"
}

wait_log() {
	wait_for "${2:-10}" log_has "$1"
}

account_count() {
	if [ -f "$T/accounting" ]; then wc -l <"$T/accounting"; else echo 0; fi
}

accounts_are() {
	[ "$(account_count)" -ge "$1" ]
}

# wait_accounts NUMBER: until the accounting file has that many lines
wait_accounts() {
	wait_for "${2:-10}" accounts_are "$1"
}

# account FILTER: jq over the last line
account() {
	tail -n 1 "$T/accounting" | jq -r "$1"
}

# accounted FILTER: jq says "true" of one of them
accounted() {
	jq -es "any(.[]; $1)" "$T/accounting"
}

control() {
	"$SPAWNCTL" -s "$T/control" "$@"
}

# status FILTER: jq over spawnctl's status
status() {
	control status --json | jq -r "$1"
}

# status_is FILTER VALUE
status_is() {
	[ "$(status "$1")" = "$2" ]
}

# ---- clients ------------------------------------------------------------------------------------------------------------

# talk PORT [OPTION]...: what the service answers to no input
talk() {
	talk_port=$1
	shift
	"$CLIENT" --deadline 20 "$@" 127.0.0.1 "$talk_port" </dev/null
}

# is_closed HOST PORT | unix:PATH: nobody listens there
is_closed() {
	! "$CLIENT" --connect-close "$@"
}

# ---- what must not be left behind -------------------------------------------------------------------------------------

# snapshot: descriptors and mounts of each process of spawnd, zombies, processes, namespaces, mounts here. Not the control
# groups of containers: a zygote keeps one for each of its places, for the next container.
snapshot() {
	processes >"$T/snapshot.processes"
	{
		sed 's/^/title /' "$T/snapshot.processes"
		# shellcheck disable=SC2016 # the inner words
		sed -n 's|^\([0-9]*\) .*|/proc/\1/fd|p' "$T/snapshot.processes" |
			xargs -r sh -c 'group=$0; find "$@" -mindepth 1 ! -lname "$group" -printf "fd %h\n"' \
				"*$CONTROL_GROUP/service.*/run/*" 2>/dev/null
		sed -n 's|^\([0-9]*\) .*|/proc/\1/mountinfo|p' "$T/snapshot.processes" |
			xargs -r sh -c 'grep -c ^ "$@" /dev/null' - 2>/dev/null | sed 's/^/mounts /'
	} | awk '
		$1 == "title" {
			pid = $2
			state[pid] = $3
			sub(/^title [0-9]+ [^ ]+ /, "")
			title[pid] = $0
		}
		$1 == "fd" { split($2, part, "/"); fds[part[3]]++ }
		$1 == "mounts" { split($2, part, /[\/:]/); mounts[part[3]] = part[5] }
		END {
			for (pid in title) {
				printf "%s fds=%d mounts=%s\n", title[pid], fds[pid], mounts[pid]
				if (state[pid] ~ /^Z/)
					print "zombie " title[pid]
			}
		}' | sort
	# shellcheck disable=SC2009 # pgrep shows no states
	printf 'zombies=%s\n' "$(ps -eo stat= | grep -c '^Z')"
	printf 'mounts=%s\n' "$(wc -l </proc/self/mountinfo)"
	printf 'namespaces=%s\n' "$(readlink /proc/[0-9]*/ns/* 2>/dev/null | sort -u | wc -l)"
}

snapshot_is() {
	snapshot >"$T/snapshot.now"
	cmp -s "$1" "$T/snapshot.now"
}

# leak_start NAME: remembers how things are, once they are the same twice
leak_start() {
	snapshot >"$T/snapshot.$1"
	until sleep 0.2 && snapshot_is "$T/snapshot.$1"; do
		cp "$T/snapshot.now" "$T/snapshot.$1"
	done
}

# leak_check NAME DESCRIPTION: everything is as it was, within ten seconds
leak_check() {
	if wait_for 10 snapshot_is "$T/snapshot.$1"; then
		pass "$2"
	else
		fail "$2" "$(diff "$T/snapshot.$1" "$T/snapshot.now")"
	fi
}

# ---- the examples of conf/ ----------------------------------------------------------------------------------------------

# own_host: /srv and /etc are this test's own, and spawnd's programs are found by the names they are installed under.
own_host() {
	mkdir -p "$T/srv" "$T/etc.upper" "$T/etc.work" "$T/bin" "$T/home"
	mount --bind "$T/srv" /srv || skip_all "no /srv to mount on"
	mount -t overlay -o "lowerdir=/etc,upperdir=$T/etc.upper,workdir=$T/etc.work" overlay /etc ||
		skip_all "no overlay file system"
	mkdir -p /etc/spawnd
	HOME=$T/home
	PATH=$T/bin:$PATH
	export HOME
	ln -s "$TOP/scripts/mkrootfs" "$T/bin/spawnd-mkrootfs"
	ln -s "$SPAWNCTL" "$T/bin/spawnctl"
}

# example NAME: makes what the comment of conf/examples/NAME.conf tells a person to make, by the very commands that stand
# there, and a configuration with that service, on a host of its own.
example() {
	own_host
	sed -n 's/^#	//p' "$TOP/conf/examples/$1.conf" >"$T/commands"
	between "$(grep -c . "$T/commands")" 1 20 "the example $1 has commands"
	if (cd "$TOP/conf/examples" && sh -eu "$T/commands") >"$T/commands.out" 2>&1; then
		pass "and they work"
	else
		fail "and they work" "$(cat "$T/commands" "$T/commands.out")"
		done_testing
	fi
	# real-relay.t changes it: a command more, and its text.
	${EXAMPLE_COMMAND:-true}
	sed "${EXAMPLE_SED-}" "$TOP/conf/examples/$1.conf" | conf
}

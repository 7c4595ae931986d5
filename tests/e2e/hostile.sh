# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# What the tests 60-hostile-*.t share: a host with something to find, services to find it from, and judgement.
# Sourced after lib.sh.

HOSTILE=${HOSTILE:-$BUILD/tests/hostile}
WATCH=${WATCH:-$BUILD/tests/watch}

# hostile_world: an interface nobody inside may know of, a secret, places for the victims, the root with the program.
# shellcheck disable=SC3045
hostile_world() {
	mount -t tmpfs -o mode=1777,size=512m tmpfs /tmp
	if ip link add hidden0 type veth peer name hidden1 2>/dev/null; then
		echo 1 >/proc/sys/net/ipv6/conf/hidden1/disable_ipv6
		ip link set hidden1 up
	else
		ip link add hidden0 type dummy || skip_all "neither veth nor dummy interfaces"
	fi
	echo 1 >/proc/sys/net/ipv6/conf/hidden0/disable_ipv6
	ip address add 198.51.100.1/24 dev hidden0
	ip link set hidden0 up
	printf hostile-test-secret >"$T/secret"
	mkdir "$T/bound" "$T/out"
	: >"$T/out/report"
	chmod 666 "$T/out/report"
	chown 1000:1000 "$T/out/report" # nobody inside writes to what is id 0's, which has no id there
	make_root "$T/root"
	cp "$HOSTILE" "$T/root/hostile"
	mkdir "$T/root/bound" "$T/root/out"
	echo "the user's own" >"$T/root/srv/owned"
	chown 65534:65534 "$T/root/srv/owned"
}

# hostile_service NAME LISTEN [LINE]...: a service that runs the program
hostile_service() {
	printf '[service %s]\nListenStream=%s\n' "$1" "$2"
	printf 'ExecStart=/hostile\nBindPaths=%s/out:/out\nBindReadOnlyPaths=%s/bound:/bound\n' "$T" "$T"
	shift 2
	printf '%s\n' "$@"
	echo
}

# has_controller NAME: of cgroup v2
has_controller() {
	grep -qw "$1" "$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)/cgroup.controllers" 2>/dev/null
}

# hostile_limits: memory and processes of each connection where there is cgroup v2 for it; else processes of all together
hostile_limits() {
	if has_controller memory && has_controller pids; then
		printf 'MemoryMax=64M\nTasksMax=64\nLimitNPROC=2048\n'
	else
		printf 'LimitNPROC=64\n'
	fi
}

# hostile_common: the defaults and the two services that must not notice
hostile_common() {
	cat <<EOF2
LogLevel=notice
MaxConnections=400
[defaults]
RootDirectory=$T/root
MaxConnections=16
RuntimeMaxSec=$((1 + TEST_SLOW))
TimeoutStopSec=1
WarmMax=2
$(hostile_limits)
TemporaryFileSystem=/tmp:mode=1777,nr_inodes=1000 /run:mode=1777,nr_inodes=1000
[service neighbour]
ListenStream=127.0.0.1:3001
ExecStart=/hostile neighbour
WarmMin=1
RuntimeMaxSec=infinity
[service sibling]
ListenStream=127.0.0.1:3002
ExecStart=/probe hello
WarmMin=2
EOF2
}

# hostile_run NAME TO [OPTION]...: all probes against a service; the results in $T/results.NAME
hostile_run() {
	hostile_name=$1
	hostile_to=$2
	shift 2
	"$WATCH" run --to "$hostile_to" --program "$HOSTILE" --report "$T/out/report" --log "$T/log" \
		--neighbour 3001 --sibling 3002 --spare "${HOSTILE_SPARE:-0}" \
		--patience-ms $((8000 * TEST_SLOW)) "$@" >"$T/results.$hostile_name" 2>"$T/results.err"
	hostile_status=$?
	[ "$hostile_status" -eq 0 ] || diag "$(cat "$T/results.err")"
	is "$hostile_status" 0 "$hostile_name: all probes are run"
	has "$(cat "$T/results.$hostile_name")" "drops 0" "$hostile_name: no packet escaped the capture"
}

# hostile_judge NAME [ALLOWED]: a test for each promise: all of its probes are held, but those whose names match ALLOWED
hostile_judge() {
	for promise in P1 P2 P3 P4 P5 P6 P7 P10; do
		hostile_count=$(awk -v p="$promise" '$1 == "result" && $3 == p' "$T/results.$1" | wc -l)
		hostile_bad=$(awk -v p="$promise" -v allowed="^(${2:-none at all})\$" '
			$1 == "result" && $3 == p && $6 != "held" && $2 !~ allowed' "$T/results.$1")
		if [ -z "$hostile_bad" ]; then
			pass "$1: $promise holds against $hostile_count probes"
		else
			fail "$1: $promise holds against $hostile_count probes" "$hostile_bad"
		fi
	done
	[ -z "${2-}" ] || diag "$1: leaks that are expected: $(awk -v allowed="^($2)\$" '
		$1 == "result" && $6 != "held" && $2 ~ allowed { print $2 }' "$T/results.$1" | tr '\n' ' ')"
}

# hostile_against NAME TO ALLOWED [OPTION]...: runs all probes and judges them, but what MemoryMax= alone bounds, where
# there is no memory controller for it
hostile_against() {
	hostile_allowed=$3
	hostile_label=$1
	hostile_where=$2
	shift 3
	has_controller memory || set -- "$@" --uncontrolled
	hostile_run "$hostile_label" "$hostile_where" "$@"
	hostile_judge "$hostile_label" "$hostile_allowed"
}

# without_cgroup2: in this mount namespace there is none any more, so listeners have no guard
without_cgroup2() {
	awk '$3 == "cgroup2" { print $2 }' /proc/mounts | while read -r place; do
		umount -l "$place"
	done
}

# hostile_conf SEAL: the configuration from standard input, with that seal
hostile_conf() {
	sed "s/^\\[defaults\\]\$/&\\nSocketSeal=$1/" | conf
}

# hostile_names PROMISE: a pattern of all of its probes
hostile_names() {
	"$HOSTILE" list | awk -v p="$1" '$2 == p { printf "%s%s", n++ ? "|" : "", $1 }'
}

# hostile_flag BIT: a pattern of all probes with that flag (tests/hostile/world.h)
hostile_flag() {
	"$HOSTILE" list | awk -v bit="$1" 'int($3 / 2 ^ bit) % 2 { printf "%s%s", n++ ? "|" : "", $1 }'
}

# hostile_shared: what is one for all connections of a service: locks on shared files, quotas of the one user
hostile_shared() {
	if has_controller pids; then
		hostile_flag 10 | sed 's/quota-processes|//'
	else
		hostile_flag 10
	fi
}

# hostile_known: what no seal changes
hostile_known() {
	{
		hostile_shared
		printf '|'
		hostile_uncontrolled
	} | sed 's/||*/|/g; s/|$//'
}

# hostile_uncontrolled: what a root without CAP_SYS_RESOURCE cannot set for others
hostile_uncontrolled() {
	[ $(($(printf '%d' "0x$(status_of self CapEff)") >> 24 & 1)) -eq 1 ] || printf '|oom-score'
}

#!/bin/sh
# SPDX-License-Identifier: ISC
# spawnctl check-host: each of its findings made to appear, in a tree that looks like /proc and /sys.
. "$(dirname "$0")/lib.sh"
needs jq

R=$T/host
# set NAME VALUE: a setting of the tree's
set_to() {
	path=$R/proc/sys/$(printf %s "$1" | tr . /)
	mkdir -p "${path%/*}"
	printf '%s\n' "$2" >"$path"
}
check() {
	"$SPAWNCTL" --json check-host --root="$R" >"$T/checks" 2>"$T/err"
}
# finding NAME KEY
finding() {
	jq -r --arg name "$1" --arg key "$2" '.checks[] | select(.name == $name) | .[$key]' "$T/checks"
}

mkdir -p "$R/proc/pressure" "$R/cg"
echo "some avg10=0.00 avg60=0.00 avg300=0.00 total=0" >"$R/proc/pressure/memory"
echo "none /cg cgroup2 rw 0 0" >"$R/proc/mounts"
echo "cpuset cpu io memory pids" >"$R/cg/cgroup.controllers"
set_to kernel.seccomp.actions_avail "kill_process kill_thread trap errno user_notif trace log allow"
"$SPAWNCTL" --json check-host --root="$R" | jq -r '.checks[] | select(.value == "absent") | .name' >"$T/settings"
between "$(wc -l <"$T/settings")" 15 100 "settings are looked at"
while read -r name; do
	set_to "$name" "$(case $name in *ptrace* | *overflow | *oom) echo 0 ;; *port_range) printf '32768\t60999' ;; *) echo 1000000 ;; esac)"
done <"$T/settings"
check
is "$?" 0 "a host in order: status 0"
is "$(jq -c '[.checks[] | select(.level != "ok")]' "$T/checks")" '[]' "nothing to say"
is "$(jq -r '.checks[] | select(.why == "") | .name' "$T/checks")" "" "every check has its reason"

# Each of them once, with the value that it has now, and back.
found=0
while read -r name value level; do
	path=$R/proc/sys/$(printf %s "$name" | tr . /)
	before=$(cat "$path")
	set_to "$name" "$value"
	check
	status=$?
	case $level in problem) wanted=1 ;; *) wanted=0 ;; esac
	if [ "$status $(finding "$name" level) $(finding "$name" value)" = "$wanted $level $value" ] &&
		[ "$(jq '[.checks[] | select(.level != "ok")] | length' "$T/checks")" = 1 ]; then
		found=$((found + 1))
	else
		diag "$name=$value: status $status, $(jq -c '.checks[] | select(.level != "ok")' "$T/checks")"
	fi
	case $(finding "$name" change) in "sysctl -w $name="*) ;; kernel.seccomp* | "a kernel with"*) ;; *) diag "$name: $(finding "$name" change)"; found=0 ;; esac
	printf '%s\n' "$before" >"$path"
done <<EOF2
user.max_user_namespaces 0 problem
user.max_user_namespaces 10 advice
user.max_net_namespaces 0 problem
user.max_net_namespaces 100 advice
user.max_pid_namespaces 0 problem
user.max_mnt_namespaces 100 advice
user.max_ipc_namespaces 100 advice
user.max_uts_namespaces 100 advice
vm.mmap_min_addr 0 advice
vm.panic_on_oom 2 problem
kernel.pid_max 32768 advice
fs.file-max 1000 problem
fs.nr_open 1024 problem
fs.nr_open 8192 advice
kernel.keys.maxkeys 1 advice
kernel.yama.ptrace_scope 2 advice
kernel.unprivileged_bpf_disabled 0 advice
net.core.somaxconn 128 advice
net.core.somaxconn 1 problem
net.ipv4.tcp_max_syn_backlog 128 advice
net.ipv4.tcp_syncookies 0 advice
net.ipv4.tcp_abort_on_overflow 1 advice
net.ipv4.ip_unprivileged_port_start 0 advice
net.ipv4.ip_local_port_range 1000 advice
kernel.seccomp.actions_avail errno problem
EOF2
is $found 25 "each setting is found at its level, with what to change, and alone"
set_to fs.file-max 99999999999999999999
set_to net.ipv4.ip_local_port_range "1000	60999"
check
is "$(finding fs.file-max level)" ok "a number larger than any"
is "$(finding net.ipv4.ip_local_port_range change)" "sysctl -w net.ipv4.ip_local_port_range='32768 60999'" "two numbers"
set_to net.ipv4.ip_local_port_range "32768	60999"

echo "cpuset memory pids" >"$R/cg/cgroup.controllers"
check
is "$? $(finding cgroup-controllers level)" "0 advice" "no cpu and no io"
echo "cpu io pids hugetlb memory_recursiveprot" >"$R/cg/cgroup.controllers"
check
is "$? $(finding cgroup-controllers level)" "1 problem" "no memory"
rm "$R/cg/cgroup.controllers"
check
is "$? $(finding cgroup-controllers value)" "1 none" "no controller"
echo "none /cg cgroup rw 0 0" >"$R/proc/mounts"
check
is "$? $(finding cgroup-controllers value)" "1 no cgroup2 is mounted" "no hierarchy"
echo "none /cg cgroup2 rw 0 0" >"$R/proc/mounts"
echo "cpu io memory pids" >"$R/cg/cgroup.controllers"
rm "$R/proc/pressure/memory" "$R/proc/sys/kernel/seccomp/actions_avail"
check
is "$? $(finding pressure-stall-information level) $(finding kernel.seccomp.actions_avail level)" "1 advice problem" "no PSI, no filters"
# shellcheck disable=SC3045 # dash and busybox have it
(ulimit -n 1024 && check)
is "$(finding RLIMIT_NOFILE level) $(finding RLIMIT_NOFILE value)" "advice 1024" "few descriptors"

without() {
	"$BUILD/tests/shim" "$@" -- "$SPAWNCTL" --json check-host >"$T/checks"
}
without clone3 openat2 mount_setattr pidfd_open
is "$(for name in clone3 openat2 mount_setattr pidfd; do finding $name level; done | sort -u)" advice "calls that are missing are advice"
without fsopen
is "$? $(finding mount-api level)" "1 problem" "one that is required is a problem"

"$SPAWNCTL" check-host --root="$R" >"$T/text"
is "$?" 1 "for a person: the status is the same"
like "$(cat "$T/text")" '^problem +kernel\.seccomp\.actions_avail +absent$' "a line for each"
like "$(cat "$T/text")" '^ +change: a kernel with CONFIG_SECCOMP_FILTER' "and what to change"
done_testing

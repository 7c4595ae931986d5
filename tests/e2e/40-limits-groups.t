#!/bin/sh
# SPDX-License-Identifier: ISC
# Limits by control group where there are none: an error at the line of each limit, LimitsRequired=no, the lines at the
# start. And where there is a cgroup2 file system, with controllers or without: the tree of groups, and what becomes of it.
TEST_TIMEOUT=240
. "$(dirname "$0")/lib.sh"
needs jq

make_root "$T/root"
services() {
	cat <<EOF2
[defaults]
RootDirectory=$T/root
MemoryMax=64M
[service one]
ListenStream=127.0.0.1:1001
ExecStart=/probe say served
$1
TasksMax=10
ServiceCPUQuota=50%
ServiceTasksMax=infinity
[service two]
ListenStream=127.0.0.1:1002
ExecStart=/probe say served
LimitsRequired=no
IOWeight=10
EOF2
}

# ---- the tree --------------------------------------------------------------------------------------------------------------

group_of() {
	sed -n 's/^0:://p' "/proc/$1/cgroup"
}
here=$(group_of self)

if [ -n "$CGROUPS" ]; then
	conf <<EOF2
[defaults]
RootDirectory=$T/root
[service one]
ListenStream=127.0.0.1:1001
ExecStart=/probe cgroup , hello , wait-eof
[service two]
ListenStream=127.0.0.1:1003
ExecStart=/probe cgroup
EOF2
	spawnd_start
	tree=$CGROUPS$CONTROL_GROUP
	is "$(group_of "$(warden_pid)")" "$CONTROL_GROUP/daemon" "the warden is in a group of its own"
	is "$(group_of "$(loop_pid)")" "$CONTROL_GROUP/daemon" "the loop too"
	is "$(group_of "$(zygote_pids one)")" "$CONTROL_GROUP/service.one/zygote" "a zygote in its service's"
	is "$(group_of "$(zygote_pids two)")" "$CONTROL_GROUP/service.two/zygote" "each in its own"
	like "$(group_of "$(parked_pids one)")" "^$CONTROL_GROUP/service.one/(zygote|run/1\\.[0-9]+)$" "containers too"
	is "$(stat -c %u "$tree/service.one/run" "$tree/service.one/cgroup.procs" "$tree/service.two/run" | sort -u | wc -l)" 2 \
		"the containers' place belongs to the zygote of the service"
	is "$(stat -c %u "$tree" "$tree/service.one" "$tree/service.one/cgroup.subtree_control" "$tree/daemon/cgroup.procs" | sort -u)" 0 \
		"and nothing above it"
	is "$(talk 1003 | grep '^cgroup 0::')" "cgroup 0::/" "a program sees none of it"

	# another one with the same ControlGroup=
	sed 's/127.0.0.1:1/127.0.0.1:2/; s/control$/control2/; s/accounting$/accounting2/' "$T/spawnd.conf" >"$T/second.conf"
	chmod 600 "$T/second.conf"
	: >"$T/second.ready"
	"$SPAWND" -c "$T/second.conf" --notify-fd=9 9>"$T/second.ready" 2>"$T/second.log" &
	second=$!
	ok "a second spawnd with the same ControlGroup= runs" wait_for 20 test -s "$T/second.ready"
	ok "without groups, and says so" grep -q ' limits-not-in-force service=- .* error=EAGAIN .*another spawnd' "$T/second.log"
	is "$(group_of $second)" "$here" "where it was started"
	kill -TERM $second
	wait $second
	ok "and leaves those of the first alone" test -d "$tree/service.one/zygote"

	# a zygote's death, a reload that takes a service away
	old=$(zygote_pids one)
	kill -KILL "$old"
	ok "a zygote that died is followed by another" wait_for 10 changed "$old" '^spawnd: zygote one$'
	is "$(group_of "$(zygote_pids one)")" "$CONTROL_GROUP/service.one/zygote" "in the same group"
	sed '/service two/,$d' "$T/spawnd.conf" >"$T/less" && cat "$T/less" >"$T/spawnd.conf"
	reload
	# shellcheck disable=SC2317 # called through wait_for
	gone() {
		! [ -e "$1" ]
	}
	ok "a service that a reload takes away leaves no group" wait_for 10 gone "$tree/service.two"

	# death of the warden: the next one cleans up
	mkdir "$tree/service.gone" "$tree/service.gone/zygote"
	sh -c "echo \$\$ >$tree/service.gone/zygote/cgroup.procs; exec sleep 1000" &
	stray=$!
	kill -KILL "$SPAWND_PID"
	spawnd_exit
	wait_for 10 no_processes
	ok "a warden that was killed leaves its groups" test -d "$tree/service.one/zygote"
	spawnd_start
	ok "the next one removes what nobody names" gone "$tree/service.gone"
	ok "and kills what lives there" wait_for 5 is_gone $stray
	spawnd_stop "in its groups"
	is "$(find "$tree" -mindepth 1 -type d | grep -vc '/listen')" 0 "a stop removes the groups"

	# relative: below the group of its start, which no process is in then but this test's
	if mkdir "$CGROUPS$CONTROL_GROUP.own" && echo $$ >"$CGROUPS$CONTROL_GROUP.own/cgroup.procs"; then
		sed -i "s|^ControlGroup=.*|ControlGroup=below|" "$T/spawnd.conf"
		spawnd_start
		is "$(group_of "$(warden_pid)")" "$CONTROL_GROUP.own/below/daemon" "ControlGroup= without a slash: below its own"
		spawnd_stop "there"
		ok "and it leaves nothing" gone "$CGROUPS$CONTROL_GROUP.own/below"
		echo $$ >"$CGROUPS$here/cgroup.procs"
		rmdir "$CGROUPS$CONTROL_GROUP.own"
	fi
	rmdir "$tree/listen" "$tree" 2>/dev/null
	umount -l "$CGROUPS"
else
	skip "no cgroup2 file system" "the tree of groups"
fi

# ---- nothing ---------------------------------------------------------------------------------------------------------------

services | conf
errors=$("$SPAWND" -c "$T/spawnd.conf" -t 2>&1)
is $? 100 "limits that cannot be enforced are an error"
like "$errors" '^/run/t/spawnd.conf:8: \[service one\] MemoryMax: cannot be enforced here: no cgroup2 file system is mounted; LimitsRequired=no goes without$' \
	"of the line in [defaults]"
like "$errors" '^/run/t/spawnd.conf:13: \[service one\] TasksMax: cannot be enforced' "and that of the service"
like "$errors" '^/run/t/spawnd.conf:14: \[service one\] ServiceCPUQuota: cannot be enforced' "and of all its connections"
is "$(printf '%s\n' "$errors" | wc -l)" 3 "each once; infinity is no limit, and LimitsRequired=no is believed"
spawnd_launch
spawnd_exit
is "$SPAWND_STATUS" 100 "spawnd does not start"

services LimitsRequired=no | conf
ok "with LimitsRequired=no it is right" "$SPAWND" -c "$T/spawnd.conf" -t
: >"$T/log"
spawnd_start
is "$(log_count ' notice: limits-not-in-force service=- limits=MemoryMax,MemoryHigh,MemorySwapMax,TasksMax,CPUQuota,CPUWeight,IOWeight error=ENOENT text="no cgroup2')" 1 \
	"the log says which limits cannot be had"
is "$(log_count ' warning: limits-not-in-force service=one limits=MemoryMax,TasksMax,ServiceCPUQuota error=ENOENT ')" 1 "which a service does without"
is "$(log_count ' warning: limits-not-in-force service=two limits=MemoryMax,IOWeight error=ENOENT ')" 1 "each its own"
is "$(talk 1001)" served "and it serves"
wait_accounts 1
is "$(account '[has("memory_peak_bytes"), has("cpu_us"), has("oom_kills"), has("tasks_refused")] | any')" false \
	"what was not counted is not accounted for"
services | conf
reload
ok "a reload with a limit that cannot be enforced is refused" wait_log ' config-error at=/run/t/spawnd.conf:8 text="\[service one\] MemoryMax: cannot'
is "$(talk 1001)" served "and the old generation serves"
spawnd_stop

printf '[defaults]\nRootDirectory=%s\n[service one]\nListenStream=1001\nExecStart=/probe cgroup\n' "$T/root" |
	conf && sed -i 's/^ControlGroup=.*/ControlGroup=/' "$T/spawnd.conf"
: >"$T/log"
spawnd_start
ok "ControlGroup= empty: none is used" log_has 'limits-not-in-force service=- .*text="ControlGroup= is empty"'
done_testing

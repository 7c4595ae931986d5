#!/bin/sh
# SPDX-License-Identifier: ISC
# The self-test: what it finds closed, open, and by what; a service whose seal leaks does not start; local without a guard
# is an error of the configuration. The control runs: without a seal, without a guard, without both.
. "$(dirname "$0")/lib.sh"
REAIM=$BUILD/tests/reaim
cgroup2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
[ -n "$cgroup2" ] || skip_all "no cgroup2 file system"
make_root "$T/root"

cat >"$T/sealed" <<EOF2
[defaults]
RootDirectory=$T/root
ExecStart=
[service strict]
ListenStream=127.0.0.1:1001
ExecStart=/probe echo
[service killed]
ListenStream=127.0.0.1:1002
SystemCallFilter=~connect listen bind
ExecStart=/probe echo
EOF2
sed -i '/^ExecStart=$/d' "$T/sealed"
cat >>"$T/sealed" <<EOF2
[service pipes]
ListenStream=127.0.0.1:1005
SocketSeal=relay
ExecStart=/probe echo
[service pair]
ListenStream=127.0.0.1:1006
SocketSeal=relay
StandardInput=null
ExecStart=/probe echo
EOF2
cat >"$T/local" <<EOF2
[service local]
ListenStream=127.0.0.1:1003
SocketSeal=local
ExecStart=/probe echo
EOF2
cat >"$T/none" <<EOF2
[service none]
ListenStream=127.0.0.1:1004
SocketSeal=none
ExecStart=/probe echo
EOF2

# selftest [WRAP]...: prints the table; its status in $T/selftest.status
selftest() {
	"$@" "$SPAWND" -c "$T/spawnd.conf" --selftest 2>"$T/selftest.err"
	echo $? >"$T/selftest.status"
}
# result TABLE SERVICE BY
result() {
	printf '%s\n' "$1" | awk -v service="$2" -v by="$3" '$1 == service && $5 == by { print $6 }'
}
# results TABLE SERVICE RESULT: so many ways
results() {
	printf '%s\n' "$1" | awk -v service="$2" -v result="$3" '$1 == service && $6 == result { n++ } END { print n + 0 }'
}
ways=17
aimed="connect listen fastopen-sendto fastopen-sendmsg fastopen-sendmmsg"

# ---- seal and guard -----------------------------------------------------------------------------------------------------

cat "$T/sealed" "$T/local" "$T/none" | conf
table=$(selftest)
is "$(cat "$T/selftest.status")" 0 "with seal and guard: exit status 0"
is "$(cat "$T/selftest.err")" "" "and no complaint"
is "$(results "$table" strict closed)" $ways "strict: every way is closed"
is "$(results "$table" killed closed)" $ways "also where a filter kills who tries"
is "$(results "$table" pipes closed)" $ways "relay, by pipes: every way, as strict"
is "$(results "$table" pair closed)" $ways "relay, by a pair: the same"
is "$(results "$table" local closed)" $((ways - 2)) "local: all but sockets of its own network"
is "$(result "$table" local internet)" open "which it may have"
for way in $aimed bind; do
	is "$(result "$table" none "$way")" closed "none, with the guard: $way is closed"
done
for way in io-uring interfaces interfaces-wide bind-device internet netlink; do
	is "$(result "$table" none "$way")" open "control: none: $way is open"
done
ok "its control group is gone" wait_for 5 test ! -e "$cgroup2/spawnd-selftest"

spawnd_start
for port in 1001 1002 1003 1004 1005; do
	is "$(echo hello | "$CLIENT" 127.0.0.1 $port)" hello "served at $port"
done
is "$(processes | grep -c 'self-test')" 0 "no process of the self-test is left"
zygote=$(zygote_pids strict)
kill -KILL "$zygote"
wait_for 10 changed "$zygote" '^spawnd: zygote strict'
is "$(echo hello | "$CLIENT" 127.0.0.1 1001)" hello "a zygote that is started again"
spawnd_stop

# ---- no seal, but the guard ---------------------------------------------------------------------------------------------

conf <"$T/sealed"
: >"$T/log"
SPAWND_WRAP="$REAIM unsealed"
spawnd_launch
spawnd_exit
SPAWND_WRAP=
is "$SPAWND_STATUS" 111 "a kernel that only says that it filters: spawnd does not start"
like "$(cat "$T/log")" ' start-failed service=[a-z]+ step=selftest error=EPERM text="way 7: io_uring_setup succeeded"' \
	"and says by which way: the guard holds those before"
table=$(selftest "$REAIM" unsealed)
is "$(cat "$T/selftest.status")" 1 "--selftest: exit status 1"
is "$(result "$table" strict io-uring)" OPEN "what is open and should not be is in capitals"
is "$(result "$table" strict connect)" closed "by the guard"
like "$(cat "$T/selftest.err")" '^spawnd: strict: selftest: way 7: io_uring_setup succeeded' "the first of them is said"

# ---- the seal, but no guard ---------------------------------------------------------------------------------------------

umount -l "$cgroup2"
cat "$T/sealed" "$T/none" | conf
table=$(selftest)
is "$(cat "$T/selftest.status")" 0 "without a guard: exit status 0"
is "$(results "$table" strict closed)" $ways "strict: the seal alone closes every way"
is "$(results "$table" pipes closed)" $ways "relay too"
is "$(results "$table" pair closed)" $ways "and by a pair"
for way in $aimed bind; do
	is "$(result "$table" none "$way")" open "control: none: $way is open"
done
: >"$T/log"
spawnd_start
is "$(log_count ' guard-missing ')" 1 "strict services go on without a guard"
spawnd_stop

cat "$T/sealed" "$T/local" | conf
line=$(grep -n '^SocketSeal=local' "$T/spawnd.conf" | cut -d : -f 1)
fault="^$T/spawnd.conf:$line: \\[service local\\] SocketSeal: local needs the guard"
out=$("$SPAWND" -c "$T/spawnd.conf" -t 2>&1)
is $? 100 "local without a guard: -t: exit status 100"
like "$out" "$fault" "an error at its line"
: >"$T/log"
spawnd_launch
spawnd_exit
is "$SPAWND_STATUS" 100 "the daemon does not start"
like "$(cat "$T/log")" "$fault" "for the same reason"
selftest >/dev/null
is "$(cat "$T/selftest.status")" 100 "nor does --selftest"

# ---- neither ------------------------------------------------------------------------------------------------------------

sed '/^\[service pipes\]/,$d' "$T/sealed" | conf
: >"$T/log"
SPAWND_WRAP="$REAIM unsealed"
spawnd_launch
spawnd_exit
SPAWND_WRAP=
is "$SPAWND_STATUS" 111 "neither seal nor guard: spawnd does not start"
like "$(cat "$T/log")" ' step=selftest .*text="way 1: connect reached 127\.0\.0\.1:[0-9]+"' "something arrived at a victim"
table=$(selftest "$REAIM" unsealed)
for way in $aimed bind; do
	is "$(result "$table" strict "$way")" OPEN "control: strict: $way is open"
done
done_testing

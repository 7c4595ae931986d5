#!/bin/sh
# SPDX-License-Identifier: ISC
# MaxConnections= of a service and of the daemon; Limit*=, UMask=, Nice= and the like arrive.
. "$(dirname "$0")/lib.sh"
needs jq

make_root "$T/root"
mkdir "$T/root/work"
conf <<EOF2
MaxConnections=5
[defaults]
RootDirectory=$T/root
[service three]
ListenStream=127.0.0.1:1001
MaxConnections=3
ExecStart=/probe hello , wait-eof
WarmMin=2
WarmMax=2
[service many]
ListenStream=127.0.0.1:1002
ExecStart=/probe hello , wait-eof
WarmMin=2
WarmMax=2
[service set]
ListenStream=127.0.0.1:1003
ExecStart=/probe limits , umask , schedule , oom , hostname , cwd , ids , write-file /tmp/f , stat /tmp/f , dup-fds 100
LimitCPU=10:20
LimitFSIZE=1M:2M
LimitDATA=32M
LimitSTACK=1M:2M
LimitCORE=0
LimitRSS=16M
LimitNPROC=200
LimitNOFILE=50:60
LimitMEMLOCK=1K
LimitAS=64M
LimitLOCKS=5
LimitSIGPENDING=6
LimitMSGQUEUE=7
LimitNICE=0
LimitRTPRIO=0
LimitRTTIME=1s
UMask=0137
Nice=7
OOMScoreAdjust=900
Hostname=some.where.example
WorkingDirectory=/work
User=1234
Group=4321
[service rootly]
ListenStream=127.0.0.1:1004
User=0
ExecStart=/probe ids , caps , write-file /tmp/f , stat /tmp/f , mount-try , host-try , nested-userns , write-file /etc/own
EOF2
spawnd_start

mkfifo "$T/three.in" "$T/many.in"
"$CLIENT" --hold --count 3 --deadline 60 127.0.0.1 1001 <"$T/three.in" >"$T/three" &
three=$!
exec 7>"$T/three.in"
wait_for 10 grep -q held "$T/three"
is "$(talk 1001 --verdict 2>&1)" "end eof bytes 0" "the fourth of three is refused"
ok "the log says why" wait_log ' connection-refused .*service=three .*reason=service-full'
"$CLIENT" --hold --count 2 --deadline 60 127.0.0.1 1002 <"$T/many.in" >"$T/many" 7>&- &
many=$!
exec 8>"$T/many.in"
ok "another service is not full" wait_for 10 grep -q held "$T/many"
is "$(talk 1002 --verdict 2>&1)" "end eof bytes 0" "but the daemon is, with five"
ok "the log says why" wait_log ' connection-refused .*service=many .*reason=daemon-full'
exec 7>&-
wait $three
wait_for 10 status_is .live 2
is "$(echo | "$CLIENT" 127.0.0.1 1002)" h "places are given back"
exec 8>&-
wait $many
wait_for 10 status_is .live 0

# A thousand refusals: the log has few lines and the right number.
: >"$T/three"
"$CLIENT" --hold --count 3 --deadline 60 127.0.0.1 1001 <"$T/three.in" >"$T/three" &
three=$!
exec 7>"$T/three.in"
wait_for 10 grep -q held "$T/three"
refused=$(status .services.three.refused)
lines=$(log_count ' connection-refused ')
begun=$(uptime_s)
"$CLIENT" --load --tolerant --clients 4 --total 1000 127.0.0.1 1001 >"$T/load" 2>/dev/null 7>&-
took=$(($(uptime_s) - begun + 1))
is "$(status .services.three.refused)" $((refused + 1000)) "a thousand refusals are counted"
between $(($(log_count ' connection-refused ') - lines)) 1 $((20 * took)) "but have few lines in the log"
# shellcheck disable=SC2317 # called through wait_for
one_more() {
	talk 1001 >/dev/null
	log_has ' connection-refused .*suppressed=[1-9]'
}
ok "the next one after a while says how many more there were" wait_for 5 one_more
exec 7>&-
wait $three

set=$(talk 1003 | as_inside)
for limit in "CPU 10 20" "FSIZE 1048576 2097152" "DATA 33554432 33554432" "STACK 1048576 2097152" "CORE 0 0" \
	"RSS 16777216 16777216" "NPROC 200 200" "NOFILE 50 60" "MEMLOCK 1024 1024" "AS 67108864 67108864" "LOCKS 5 5" \
	"SIGPENDING 6 6" "MSGQUEUE 7 7" "NICE 0 0" "RTPRIO 0 0" "RTTIME 1000000 1000000"; do
	has "$set" "limit $limit" "Limit${limit%% *}="
done
has "$set" "dup-fds 47 EMFILE" "and is in force: 50 descriptors are 47 more than 3"
has "$set" "umask 0137" "UMask="
like "$set" '^stat /tmp/f file mode=640 uid=1234 gid=4321 ' "and is in force"
has "$set" "nice 7" "Nice="
has "$set" "oom-score-adjust 900" "OOMScoreAdjust="
has "$set" "hostname some.where.example" "Hostname="
has "$set" "cwd /work" "WorkingDirectory="
has "$set" "uid 1234 1234 1234" "User="
has "$set" "gid 4321 4321 4321" "Group="
has "$set" "groups 0" "without supplementary groups"

rootly=$(talk 1004 | as_inside)
has "$rootly" "uid 0 0 0" "User=0 is 0 inside"
for set in Inh Prm Eff Bnd Amb; do
	has "$rootly" "status Cap$set: 0000000000000000" "and has nothing in Cap$set"
done
is "$(lines "$rootly" '^mount-try [a-z]+ EPERM$')" 5 "nor can it mount"
is "$(lines "$rootly" '^host-try [a-z]+ (EPERM|EACCES)$')" 4 "nor change the host"
like "$rootly" '^nested-userns (EPERM|ENOSPC)$' "nor make a user namespace"
like "$rootly" "^write-file /etc/own (EROFS|EACCES)\$" "nor write to the root"
done_testing

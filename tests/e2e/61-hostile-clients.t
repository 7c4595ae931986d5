#!/bin/sh
# SPDX-License-Identifier: ISC
# Hostile clients against P8, P9 and P10: they come and go at every stage, stay without a word, want more than their share,
# lie about who they are. Each is a verb of tests/rude.py: while it does its worst, the clients of another service are served
# without delay; afterwards nothing lives, nothing is lost and nothing is left behind. With controls that show what
# happens without the limit.
TEST_TIMEOUT=240
. "$(dirname "$0")/lib.sh"
needs jq python3

make_root "$T/root"
mkdir "$T/var"
conf <<EOF2
LogLevel=notice
MaxConnections=300
SourceTableSize=64
ControlSocket=$T/var/control
[defaults]
RootDirectory=$T/root
MaxConnections=60
WarmMin=2
WarmMax=2
TimeoutStopSec=1
[service sibling]
ListenStream=127.0.0.1:1000
WarmMin=4
WarmMax=4
ExecStart=/probe say served
[service warm]
ListenStream=127.0.0.1:1001
ListenStream=$T/warm.sock
ExecStart=/probe hello , echo
[service cold]
ListenStream=127.0.0.1:1002
Warm=none
ExecStart=/probe hello , echo
[service floods]
ListenStream=127.0.0.1:1003
RuntimeMaxSec=$((2 * TEST_SLOW))
ExecStart=/probe flood 50000000
[service silent]
ListenStream=127.0.0.1:1004
ExecStart=/probe wait-eof , say after-eof
[service first]
ListenStream=127.0.0.1:1005
MaxConnections=8
FirstByteTimeoutSec=$((3 * TEST_SLOW))
ExecStart=/bin/cat
[service drips]
ListenStream=127.0.0.1:1006
RuntimeMaxSec=$((2 * TEST_SLOW))
IdleTimeoutSec=$((800 * TEST_SLOW))ms
ExecStart=/bin/cat
[service share]
ListenStream=127.0.0.1:1007
MaxConnections=12
MaxConnectionsPerSource=4
ExecStart=/probe hello , wait-eof
[service unlimited]
ListenStream=127.0.0.1:1008
MaxConnections=12
ExecStart=/probe hello , wait-eof
[service crashes]
ListenStream=127.0.0.1:1009
SourcePenalties=crash:1s min:1500ms max:3s
ExecStart=/probe hello , segfault
[service crowded]
ListenStream=127.0.0.1:1010
SourcePenalties=no-bytes:10min min:15min max:30min
SourceRateLimitIntervalSec=1h
SourceRateLimitBurst=10
ExecStart=/bin/cat
[service queue]
ListenStream=127.0.0.1:1011
MaxConnections=2
MaxConnectionsPerSource=4
Overflow=queue
QueueMax=8
QueueTimeoutSec=$((10 * TEST_SLOW))
ExecStart=/probe hello , wait-eof
[service denied]
ListenStream=127.0.0.1:1012
Warm=none
IPAddressDeny=127.6.0.0/16
ExecStart=/probe hello , echo
[service proxy]
ListenStream=127.0.0.1:1013
MaxConnections=8
ProxyProtocol=require
ProxyProtocolFrom=127.0.0.1
ExecStart=/bin/cat
EOF2
# The later assignment is in force.
control() {
	"$SPAWNCTL" -s "$T/var/control" "$@"
}
chmod 755 "$T" "$T/var"
spawnd_start
for service in warm floods silent first drips share unlimited crashes crowded queue proxy; do
	wait_for 10 parked_is $service 2
done
wait_for 10 parked_is sibling 4
for port in 1000 1001 1002; do
	talk $port >/dev/null
done
RUDE_SIBLING=1000
RUDE_STATUS="$SPAWNCTL -s $T/var/control status --json"
RUDE_LOOP=$(loop_pid)
RUDE_ZYGOTE=$(zygote_pids cold)
export RUDE_SIBLING RUDE_STATUS RUDE_LOOP RUDE_ZYGOTE
wait_for 10 status_is .live 0
leak_start hostile
resident() {
	echo $(($(status_of "$(warden_pid)" VmRSS | tr -dc 0-9) + $(status_of "$(loop_pid)" VmRSS | tr -dc 0-9)))
}
before=$(resident)
log_before=$(wc -c <"$T/log")

is_settled() {
	[ "$(status '.live == 0 and .accepted == .served + .refused + .aborted')" = true ]
}
# rude DESCRIPTION VERB WHERE NUMBER
clients=0
rude() {
	clients=$((clients + 1))
	rude_says=$1
	shift
	ok "$rude_says" timeout -s KILL $((60 * TEST_SLOW)) python3 "$TOP/tests/rude.py" "$@"
	wait_for 20 is_settled || fail "$rude_says: afterwards nothing lives, and each was served, refused or aborted" "$(status .)"
}

rude "connect and close, of a warm service" close-at-once 1001 $((60 / TEST_SLOW))
rude "connect and close, of a cold one" close-at-once 1002 $((40 / TEST_SLOW))
rude "connect and close, of a program that waits for the end" close-at-once 1004 $((40 / TEST_SLOW))
rude "connect and close, at a unix socket" close-at-once "$T/warm.sock" $((40 / TEST_SLOW))
rude "connect and reset, of a warm service" reset-at-once 1001 $((60 / TEST_SLOW))
rude "connect and reset, of a cold one" reset-at-once 1002 $((40 / TEST_SLOW))
rude "connect and reset, of a program that waits for the end" reset-at-once 1004 $((40 / TEST_SLOW))
rude "gone before the accept" before-accept 1001 $((200 / TEST_SLOW))
rude "gone between the accept and the hand-over" before-hand-over 1002 $((20 / TEST_SLOW))
rude "the same port again and again" same-port 1001 $((60 / TEST_SLOW))
rude "bytes in the SYN" fast-open 1001 10
rude "half-close, many at once" half-close 1004 $((50 / TEST_SLOW))
rude "urgent bytes" urgent 1001 10
rude "killed in the middle of a transfer" killed 1001 10
leak_check hostile "who came and went has left nothing behind"

rude "never read" never-read 1003 30
rude "silent for ever: at most the service's own places" silent 1004 60
rude "never send: FirstByteTimeoutSec=" never-send 1005 8
rude "a byte now and then: RuntimeMaxSec=" drip 1006 20
leak_check hostile "who stayed has left nothing behind"

rude "a flood from one source: the others have their share" flood 1007 200
rude "without a limit by source it takes everything (control)" flood-unlimited 1008 12
rude "crash again and again: refused, and forgiven later" crash-loop 1009 60
rude "more sources than the table has places" sweep 1010 100
rude "a queue that is full" queue-full 1011 30
rude "not admitted: nothing is executed" denied 1012 $((50 / TEST_SLOW))
is "$(jq -s '[.[] | select(.service == "denied" and .pid != null)] | length' "$T/accounting")" 0 "there was no process for it"
is "$(talk 1012)" h "for one that is admitted"
ok "there was one (control)" wait_for 10 accounted '.service == "denied" and .pid != null'
leak_check hostile "who wanted more has left nothing behind"

rude "half a PROXY header, and the end of it" proxy-torn 1013 8
rude "what is no PROXY header" proxy-wrong 1013 $((100 / TEST_SLOW))
rude "half a header in all places, and headers from one who is no proxy" proxy-lies 1013 8
rude "descriptors in flight" rights "$T/warm.sock" 20
rude "descriptors of the connection itself" rights-in-a-ring "$T/warm.sock" 30
rude "false credentials" credentials "$T/warm.sock" 10
is "$(jq -rs '[.[] | select(.service == "warm") | .source | select(startswith("uid:"))] | unique | join(" ")' "$T/accounting")" \
	uid:0 "they are counted as who they are"
chmod 666 "$T/var/control"
rude "strangers at the control socket" control-strangers "$T/var/control" $((300 / TEST_SLOW))
chmod 600 "$T/var/control"
rude "nonsense at the control socket" control-garbage "$T/var/control" $((100 / TEST_SLOW))
leak_check hostile "who lied has left nothing behind"

between $clients 20 100 "hostile clients"
is "$(zygote_pids cold) $(loop_pid)" "$RUDE_ZYGOTE $RUDE_LOOP" "no process of spawnd was lost"
if ! is_sanitized; then
	between $(($(resident) - before)) -4096 1024 "KiB that warden and loop have grown by"
fi
between $(($(wc -c <"$T/log") - log_before)) 0 $((400 * 1024)) "bytes of log that they caused"
is "$(talk 1000)" served "in the end others are served"
done_testing

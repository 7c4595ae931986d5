#!/bin/sh
# SPDX-License-Identifier: ISC
# The control socket: status, list, for root only; clients that say nothing or nonsense, or do not read, harm nobody.
. "$(dirname "$0")/lib.sh"
needs jq perl

make_root "$T/root"
mkdir "$T/var"
conf <<EOF2
ControlSocket=$T/var/control
[defaults]
RootDirectory=$T/root
[service echo]
ListenStream=127.0.0.1:1001
ListenStream=@echo
WarmMin=2
WarmMax=2
ExecStart=/probe hello , echo
[service idle]
ListenStream=127.0.0.1:1002
Warm=none
ExecStart=/probe hello
EOF2
# The later assignment is in force.
control() {
	"$SPAWNCTL" -s "$T/var/control" "$@"
}
spawnd_start
wait_for 10 pool_is echo 2
is "$(stat -c '%a %u %F' "$T/var/control")" "600 0 socket" "the socket is root's alone"
ok "status is JSON" jq -e . <<EOF2
$(control status --json)
EOF2
is "$(status '.services | keys | join(" ")')" "echo idle" "with all services"
is "$(status '[.accepted, .served, .refused, .aborted, .live, .accounting_lost] | @csv')" 0,0,0,0,0,0 "counters begin at 0"
like "$(status .version)" '^[0-9]+\.[0-9]+' "the version"
is "$(status .generation)" 1 "the generation"
like "$(control status)" '^echo +0 +0 +0 +0 +0 +2 ready +open$' "as text for people"
is "$(control list --json)" "[]" "list: nothing"

mkfifo "$T/in" "$T/in2"
"$CLIENT" --deadline 60 127.0.0.1 1001 <"$T/in" >"$T/one" &
exec 7>"$T/in"
wait_for 10 grep -q h "$T/one"
"$CLIENT" --deadline 60 unix:@echo <"$T/in2" >"$T/two" 7>&- &
exec 8>"$T/in2"
wait_for 10 grep -q h "$T/two"
is "$(control list --json | jq -r 'length')" 2 "list: two"
is "$(control list --json | jq -r '.[0].service')" echo "with their service"
is "$(control list --json | jq -r '.[0].state')" running "state"
like "$(control list --json | jq -r '.[].peer')" '^127\.0\.0\.1:[0-9]+$' "peer"
pid=$(control list --json | jq -r '.[0].pid')
like "$(tr '\0' ' ' <"/proc/$pid/cmdline")" '^/probe hello' "and pid"
is "$(control list | wc -l)" 3 "as text for people"
is "$(status .live)" 2 "status: two live"
exec 7>&- 8>&-
ok "then none" wait_for 10 status_is .live 0

nok "not for others than root" setpriv --reuid=1000 --regid=1000 --clear-groups "$SPAWNCTL" -s "$T/var/control" status
chmod 666 "$T/var/control"
nok "even if the socket's mode lets them" setpriv --reuid=1000 --regid=1000 --clear-groups "$SPAWNCTL" -s "$T/var/control" status
chmod 600 "$T/var/control"

# Clients that hold all places say nothing; they are dropped after their patience.
wait_for 10 pool_is echo 2
leak_start control
if command -v socat >/dev/null 2>&1; then
	# Whoever looks brings twelve of its own, all connected before it asks: those of before may have been dropped.
	# shellcheck disable=SC2016,SC2317 # perl's words; called through wait_for
	full() {
		perl -MSocket -e '
			for my $i (1 .. 12) {
				socket($held[$i], AF_UNIX, SOCK_SEQPACKET, 0) or die "socket: $!";
				connect($held[$i], pack_sockaddr_un($ARGV[0])) or die "connect: $!";
			}
			sleep 30 if fork == 0' "$T/var/control" || return
		! control status
	}
	ok "twelve silent clients hold all places (control)" wait_for 5 full
	is "$(echo x | "$CLIENT" 127.0.0.1 1001)" hx "silent clients of the control socket do not hold up the service"
	ok "they are dropped, and root is answered again" wait_for 10 control status
	head -c 3000 /dev/urandom | socat -u - "UNIX-CONNECT:$T/var/control,type=5" 2>/dev/null
	printf x | socat -u - "UNIX-CONNECT:$T/var/control,type=5" 2>/dev/null
	ok "nonsense is no answer, and no harm" control status
else
	skip "no socat here" "silent clients"
fi
i=0
while [ $i -lt 60 ] && control status >/dev/null; do
	i=$((i + 1))
done
is $i 60 "sixty questions in a row are answered"
leak_check control "nothing is left behind"
spawnd_stop
nok "the socket is removed" test -e "$T/var/control"
nok "and nobody answers" control status

# A path that lies in a directory of others.
mkdir -m 777 "$T/shared"
sed -i "s|^ControlSocket=.*/var/.*|ControlSocket=$T/shared/control|" "$T/spawnd.conf"
spawnd_launch
spawnd_exit 10
isnt "$SPAWND_STATUS" 0 "a control socket in a directory that others may write to is refused"
done_testing

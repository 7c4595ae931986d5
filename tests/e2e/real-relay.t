#!/bin/sh
# SPDX-License-Identifier: ISC
# Real programs through a relay: the tests of them again, with SocketSeal=relay. Each says itself what it needs.
TEST_TIMEOUT=400
. "$(dirname "$0")/lib.sh"
needs busybox

EXAMPLE_SED='/^\[service /a SocketSeal=relay'
EXAMPLE_PEER=UNKNOWN # sshd asks a socket for it
EXAMPLE_COMMAND=
export EXAMPLE_SED EXAMPLE_PEER EXAMPLE_COMMAND

again() {
	sh "$TOP/tests/e2e/real-$1.t" >"$T/out" 2>"$T/err"
	status=$?
	if [ "$status" -eq 0 ] && grep -q '^1\.\.0 # SKIP' "$T/out"; then
		skip "$(sed -n 's/^1\.\.0 # SKIP //p' "$T/out")" "$2"
	elif [ "$status" -eq 0 ] && grep -q '^ok ' "$T/out"; then
		pass "$2 ($(grep -c '^ok ' "$T/out") tests)"
	else
		fail "$2: exit status $status" "$(grep -v '^ok ' "$T/out" | tail -n 60)" "$(tail -n 20 "$T/err")"
	fi
}
again shell "a shell script"
again git "git daemon"
again sshd "sshd, which does not know who is connected"

# rsync is a daemon of its own unless its standard input is a socket: it gets the pair there.
EXAMPLE_COMMAND="install -D $(command -v busybox) /srv/rsync-root/bin/sh"
EXAMPLE_SED="$EXAMPLE_SED
/^\\[service /a StandardInput=null
s|^ExecStart=\\(.*\\)|ExecStart=/bin/sh -c 'exec \\1 <\\&3 >\\&3'|"
again rsync "rsync"
done_testing

#!/bin/sh
# SPDX-License-Identifier: ISC
# SocketSeal=relay: the program has pipes, or a socket pair of its own network namespace; an unprivileged process moves the
# bytes. Each direction ends by itself, nothing is lost or cut, and nothing but bytes comes through.
TEST_TIMEOUT=240
. "$(dirname "$0")/lib.sh"
needs jq python3 busybox

make_root "$T/root"
for applet in wc head sleep dd; do
	ln -sf busybox "$T/root/bin/$applet"
done
make_root "$T/python"
mkdir "$T/python/usr" "$T/python/lib" "$T/python/lib64"
cp "$TOP/conf/examples/files/listen-fds.py" "$T/python/srv/"
conf <<EOF2
[defaults]
RootDirectory=$T/root
SocketSeal=relay
WarmMin=2
WarmMax=2
TimeoutStopSec=1
[service pipes]
ListenStream=127.0.0.1:1001
ExecStart=/probe ls-fd , net , echo
[service pair]
ListenStream=127.0.0.1:1002
StandardInput=null
ExecStart=/probe listen-fds , ls-fd , echo
[service wire]
ListenStream=127.0.0.1:1003
StandardError=socket
ExecStart=/probe stderr over-2 1 , ls-fd
[service strict]
ListenStream=127.0.0.1:1004
SocketSeal=strict
ExecStart=/probe ls-fd
[service cat]
ListenStream=127.0.0.1:1005
ExecStart=/bin/cat
[service cat-pair]
ListenStream=127.0.0.1:1006
StandardInput=null
StandardError=null
ExecStart=/bin/sh -c 'exec cat <&3 >&3'
[service mute]
ListenStream=127.0.0.1:1007
ExecStart=/bin/sh -c 'echo early; exec >&-; echo "heard \$\$(wc -c)" >&2'
[service deaf]
ListenStream=127.0.0.1:1008
ExecStart=/bin/sh -c 'exec <&-; sleep 1; exec head -c 3000000 /dev/zero'
[service short]
ListenStream=127.0.0.1:1009
ExecStart=/bin/echo short
[service python]
ListenStream=127.0.0.1:1010
StandardInput=null
RootDirectory=$T/python
BindReadOnlyPaths=/usr /usr/lib:/lib /usr/lib64:/lib64
ExecStart=$(readlink -f /usr/bin/python3) -I /srv/listen-fds.py
[service rights]
ListenStream=$T/rights.sock
StandardInput=null
ExecStart=/probe listen-fds , recv-rights 3 , ls-fd , wait-eof , exit 3
[service rights-pipe]
ListenStream=$T/pipe.sock
ExecStart=/probe read-line , ls-fd , wait-eof , exit 3
EOF2

# py VERB PORT-or-PATH: what tests/client.c does not do
py() {
	timeout "$((60 * TEST_SLOW))" python3 "$TOP/tests/relay_client.py" "$@"
}

spawnd_start
for service in pipes pair wire strict cat cat-pair mute deaf short python rights rights-pipe; do
	wait_for 10 pool_is $service 2
done
leak_start relay
settled() {
	ok "$1: nothing lives any more" wait_for 20 status_is .live 0
	leak_check relay "$1: nothing is left behind"
	ok "$1: accepted = served + refused + aborted" status_is '.accepted == .served + .refused + .aborted' true
}

# Who it is.
relay=$(pids '^spawnd: relay pipes$')
isnt "$relay" "" "a service with SocketSeal=relay has a relay"
is "$(pids '^spawnd: relay strict$')" "" "another has none"
parked=$(parked_pids pipes | head -1)
base=$(awk 'NR == 1 { print $2 }' "/proc/$parked/uid_map")
is "$(status_of "$relay" Uid)" "$((base + 65535)) $((base + 65535)) $((base + 65535)) $((base + 65535))" \
	"its uid is the last of the service's range, which no User= is"
is "$(status_of "$relay" Groups | tr -d ' ')" "" "it has no groups"
for set in CapInh CapPrm CapEff CapBnd CapAmb; do
	is "$(status_of "$relay" $set)" 0000000000000000 "$set is empty"
done
is "$(status_of "$relay" NoNewPrivs)" 1 "no_new_privs"
is "$(find "/proc/$relay/root/" -mindepth 1 | wc -l)" 0 "its root is an empty directory"
isnt "$(readlink "/proc/$relay/ns/net")" "$(readlink /proc/self/ns/net)" "its network is not the host's"
if is_sanitized; then
	pass "no filter in a build with a sanitizer"
else
	is "$(status_of "$relay" Seccomp)" 2 "and it has a filter of system calls"
fi

# What the program has.
pipes=$(talk 1001)
like "$pipes" '^fd 0 type=fifo access=r nonblock=0 cloexec=0' "0 is the read end of a pipe"
like "$pipes" '^fd 1 type=fifo access=w nonblock=0 cloexec=0' "1 is the write end"
is "$(printf '%s\n' "$pipes" | sed -n 's/^fd [01] .* inode=\([0-9]*\) .*/\1/p' | sort -u | wc -l)" 2 "of another"
has "$pipes" "fd-count 3" "and there is no socket"
pair=$(talk 1002)
has "$pair" "fd3-before socket" "StandardInput=null: 3 is a socket"
has "$pair" "fd-count 4" "and nothing more"
wire=$(talk 1003)
has "$wire" over-2 "StandardError=socket: 2 is the pipe to the client"
is "$(printf '%s\n' "$wire" | sed -n 's/^fd [12] .* inode=\([0-9]*\) .*/\1/p' | sort -u | wc -l)" 1 "the same as 1"
like "$(talk 1004)" '^fd 0 type=socket' "strict: 0 is the socket (control)"

like "$(echo hello | "$CLIENT" --source 127.0.0.43 127.0.0.1 1010)" '127\.0\.0\.43' \
	"a program written for sd_listen_fds finds its connection, and who it is from"

# 100 MB there and back, half-closed, through each.
head -c 100000000 /dev/urandom >"$T/sent"
sum=$(sha256sum <"$T/sent")
for port in 1005 1006; do
	is "$("$CLIENT" --deadline 60 --verdict 127.0.0.1 $port <"$T/sent" 2>"$T/end" | sha256sum)" "$sum" \
		"100 MB to cat come back ($port)"
	is "$(cat "$T/end")" "end eof bytes 100000000" "and end cleanly"
done
rm "$T/sent"
wait_for 10 status_is .live 0
is "$(jq -r 'select(.service == "cat") | [.bytes_in, .bytes_out] | @csv' "$T/accounting")" 100000000,100000000 \
	"the account has the bytes"

# Each direction ends by itself.
is "$(py after-fin 1007)" "early then b''" "the program closes its output: FIN, and what is sent on is still taken"
ok "and reaches it" wait_log 'service-stderr .*text="heard 1000000"'
is "$(py to-deaf 1008)" 3000000 "the program closes its input: its output arrives, and nobody is stuck"
is "$(py unread 1009)" 6 "the program ends at once: what it wrote arrives, although nobody read the client"
is "$("$CLIENT" --verdict 127.0.0.1 1009 </dev/null 2>&1)" "short
end eof bytes 6" "and without input"

# Urgent data stops splice(2); a program does not see it in its input, and the rest arrives.
for port in 1005 1006; do
	is "$(py urgent $port)" abcdef "around urgent data nothing is lost ($port)"
done

# Descriptors that a client sends along.
control=$(python3 -c '
import array, os, socket, sys
a, b = socket.socketpair()
a.sendmsg([b"c"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0] * 3))])
os.dup2(b.fileno(), 3)
os.execv(sys.argv[1], [sys.argv[1], "recv-rights", "3"])' "$PROBE")
has "$control" "rights 3 bytes c" "recv-rights sees descriptors (control)"
rights=$(py rights "$T/rights.sock")
like "$rights" '^rights 0 bytes one' "SCM_RIGHTS of a client never reaches the program"
has "$rights" "fd-count 4" "and it has no descriptor more"
rights=$(py rights "$T/pipe.sock")
has "$rights" "fd-count 3" "nor with pipes"
settled "in the end"
for service in rights rights-pipe; do
	relay=$(pids "^spawnd: relay $service\$")
	is "$(find "/proc/$relay/fd" -lname / | wc -l)" 0 "nor has the relay (of $service)"
done
is "$(log_count ' relay-lost ')" 0 "no relay was lost"
done_testing

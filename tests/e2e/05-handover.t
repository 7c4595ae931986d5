#!/bin/sh
# SPDX-License-Identifier: ISC
# Both hand-over protocols and their variables, over IPv4, IPv6, IPv4 to an IPv6 socket, and unix sockets.
. "$(dirname "$0")/lib.sh"

make_root "$T/root"
conf <<EOF2
[defaults]
RootDirectory=$T/root
WarmMax=1

[service stdio]
ListenStream=127.0.0.1:1001
ListenStream=[::1]:1001
ListenStream=1011
ListenStream=$T/stdio.sock
ListenStream=@stdio
ExecStart=/probe env , peer 0 , ls-fd

[service fds]
ListenStream=127.0.0.1:1002
StandardInput=null
ExecStart=/probe listen-fds , env , ls-fd , session , echo

[service fds-init]
ListenStream=127.0.0.1:1003
StandardInput=null
Init=yes
ExecStart=/probe listen-fds , env , session , echo

[service fds-quiet]
ListenStream=127.0.0.1:1004
StandardInput=null
StandardError=null
ExecStart=/probe listen-fds , ls-fd

[service fds-wire]
ListenStream=127.0.0.1:1005
StandardInput=null
StandardError=socket
ExecStart=/probe stderr over-2 1 , listen-fds , ls-fd

[service inetd]
ListenStream=127.0.0.1:1006
StandardError=socket
ExecStart=/probe stderr over-2 1 , ls-fd
EOF2
spawnd_start

# variables TEXT: NAME=value lines without what no test can know
variables() {
	printf '%s\n' "$1" | sed -n 's/^env //p' | grep -v '^PATH=' | sed 's/^SO_COOKIE=[1-9][0-9]*$/SO_COOKIE=N/' | sort
}
port_of() {
	printf '%s\n' "$1" | sed -n 's/^peer [^ ]* //p'
}

v4=$(talk 1001)
port=$(port_of "$v4")
is "$(variables "$v4")" "PROTO=TCP
REMOTE_ADDR=127.0.0.1
REMOTE_PORT=$port
SO_COOKIE=N
TCPLOCALIP=127.0.0.1
TCPLOCALPORT=1001
TCPREMOTEIP=127.0.0.1
TCPREMOTEPORT=$port" "IPv4: the variables are what getpeername() and getsockname() say"
like "$v4" '^fd-count 3$' "stdio: three descriptors"

source=$("$CLIENT" --source 127.0.0.77 127.0.0.1 1001 </dev/null)
has "$source" "env REMOTE_ADDR=127.0.0.77" "REMOTE_ADDR is the client's address"
has "$source" "peer 127.0.0.77 $(port_of "$source")" "and getpeername() agrees"

v6=$("$CLIENT" ::1 1001 </dev/null)
has "$v6" "env REMOTE_ADDR=::1" "IPv6: REMOTE_ADDR"
has "$v6" "env TCPLOCALIP=::1" "IPv6: TCPLOCALIP"
has "$v6" "env REMOTE_PORT=$(port_of "$v6")" "IPv6: REMOTE_PORT"

mapped=$(talk 1011)
like "$mapped" '^peer ::ffff:127.0.0.1 ' "IPv4 to a dual socket: the socket is IPv6 (control)"
has "$mapped" "env REMOTE_ADDR=127.0.0.1" "REMOTE_ADDR is the IPv4 address, as in systemd"
has "$mapped" "env TCPREMOTEIP=127.0.0.1" "TCPREMOTEIP too"
has "$mapped" "env TCPLOCALIP=127.0.0.1" "TCPLOCALIP too"

unix=$("$CLIENT" "unix:$T/stdio.sock" </dev/null)
is "$(variables "$unix")" "IPCREMOTEEGID=0
IPCREMOTEEUID=0
PROTO=IPC
SO_COOKIE=N" "unix socket: who the client is; an unnamed client has no REMOTE_ADDR"
named=$("$CLIENT" --source "$T/client.sock" "unix:$T/stdio.sock" </dev/null)
has "$named" "env REMOTE_ADDR=$T/client.sock" "a client with a name has one"
rm -f "$T/client.sock"
chmod 666 "$T/stdio.sock" 2>/dev/null
chmod 755 "$T"
other=$(setpriv --reuid=1234 --regid=4321 --clear-groups "$CLIENT" unix:@stdio </dev/null)
has "$other" "env IPCREMOTEEUID=1234" "the uid is the client's"
has "$other" "env IPCREMOTEEGID=4321" "and the gid"

cookies=$( (talk 1001; talk 1001; talk 1001) | sed -n 's/^env SO_COOKIE=//p' | sort -u | wc -l)
is "$cookies" 3 "each connection has its own SO_COOKIE"

fds=$(echo back | "$CLIENT" 127.0.0.1 1002)
has "$fds" "listen-fds 1 pid=1 names=connection" "StandardInput=null: LISTEN_PID is the program's, LISTEN_FDNAMES connection"
has "$fds" "stdin-before char 1:3" "descriptor 0 is /dev/null"
has "$fds" "fd3-before socket" "descriptor 3 is the connection"
has "$fds" "back" "and it works both ways"
is "$(variables "$fds" | sed 's/=.*//' | tr '\n' ' ')" \
	"LISTEN_FDNAMES LISTEN_FDS LISTEN_PID PROTO REMOTE_ADDR REMOTE_PORT SO_COOKIE TCPLOCALIP TCPLOCALPORT TCPREMOTEIP TCPREMOTEPORT " \
	"the variables of both worlds"
has "$fds" "fd-count 4" "four descriptors"
like "$fds" '^fd 3 type=socket access=rw nonblock=0 cloexec=0 ' "3 blocks and survives execve"

init=$(echo back | "$CLIENT" 127.0.0.1 1003)
has "$init" "listen-fds 1 pid=2 names=connection" "under Init=yes LISTEN_PID is the program's too, which is not 1"
has "$init" "back" "and it works both ways"

quiet=$(talk 1004)
like "$quiet" '^fd 2 type=char .*target=/dev/null$' "StandardError=null: 2 is /dev/null"
has "$quiet" "fd-count 4" "and nothing more is there"

wire=$(talk 1005)
has "$wire" "over-2" "StandardError=socket: 2 is the connection"
like "$wire" '^fd 2 type=socket ' "as ls-fd says"
has "$wire" "fd-count 4" "and nothing more is there"

inetd=$(talk 1006)
has "$inetd" "over-2" "classic inetd: 2 is the connection too"
has "$inetd" "fd-count 3" "and nothing more is there"
done_testing

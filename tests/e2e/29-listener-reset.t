#!/bin/sh
# SPDX-License-Identifier: ISC
# A reload that takes options of an open listener away: later connections have the kernel's values again.
. "$(dirname "$0")/lib.sh"

make_root "$T/root"
# configuration OPTION...: of the second service
configuration() {
	{
		cat <<EOF2
[defaults]
RootDirectory=$T/root
[service plain]
ListenStream=127.0.0.1:1001
ExecStart=/probe peer 0
[service tuned]
ListenStream=127.0.0.1:1002
ExecStart=/probe peer 0
EOF2
		printf '%s\n' "$@"
	} | conf
}
# options PORT: what a connection's socket has
options() {
	talk "$1" | grep -E '^socket-(keep|nodelay|sndbuf|rcvbuf)'
}
configuration NoDelay=yes KeepAlive=yes KeepAliveTimeSec=77 KeepAliveIntervalSec=11 KeepAliveProbes=5 SendBuffer=100K ReceiveBuffer=50K
spawnd_start
has "$(options 1002)" "socket-keepidle 77" "(they are set)"
has "$(options 1002)" "socket-sndbuf 204800" "(sizes too)"
plain=$(options 1001)
between "$(echo "$plain" | wc -l)" 6 7 "(there are as many to compare)"
configuration ''
reload
is "$(options 1002)" "$plain" "they are the kernel's again"
is "$(log_count ' listener-adjust-failed ')" 0 "without a complaint"
done_testing

#!/bin/sh
# SPDX-License-Identifier: ISC
# LimitNOFILE= is the program's: what the hand-over takes is not counted against it.
. "$(dirname "$0")/lib.sh"

make_root "$T/root"
conf <<EOF2
[defaults]
RootDirectory=$T/root
LimitNOFILE=4
[service socket]
ListenStream=127.0.0.1:1001
ExecStart=/probe limits
[service listen]
ListenStream=127.0.0.1:1002
StandardInput=null
StandardError=null
ExecStart=/probe listen-fds , say served
[service init]
ListenStream=127.0.0.1:1003
Init=yes
ExecStart=/probe say served
EOF2
spawnd_start
has "$(talk 1001)" "limit NOFILE 4 4" "the program runs, and has the limit"
is "$(talk 1003)" served "with Init=yes"
talk 1002 >/dev/null
wait_accounts 3
is "$(account '[.end, .status] | tostring')" '["exit",0]' "with StandardInput=null"
unlike "$(cat "$T/log")" ' error: ' "no error"
done_testing

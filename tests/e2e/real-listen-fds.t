#!/bin/sh
# SPDX-License-Identifier: ISC
# A program written for systemd's socket activation.
. "$(dirname "$0")/lib.sh"
[ -x /usr/bin/python3 ] || skip_all "no /usr/bin/python3 here"

example listen-fds
spawnd_start
answer=$(echo hello | "$CLIENT" --source 127.0.0.43 127.0.0.1 7071)
like "$answer" '127\.0\.0\.43' "it has found its connection"
wait_accounts 1
is "$(account '[.end, .status] | @csv')" '"exit",0' "and ended by itself"
done_testing

#!/bin/sh
# SPDX-License-Identifier: ISC
# A shell script that says who is connected.
. "$(dirname "$0")/lib.sh"
needs busybox

example shell
spawnd_start
answer=$(echo | "$CLIENT" --source 127.0.0.42 127.0.0.1 7070)
like "$answer" '127\.0\.0\.42' "the script knows REMOTE_ADDR"
answer=$(echo | "$CLIENT" ::1 7070)
like "$answer" '::1' "over IPv6 too"
ok "it ends by itself" wait_accounts 2
is "$(jq -r .end "$T/accounting" | sort -u)" exit "with exit"
done_testing

#!/bin/sh
# SPDX-License-Identifier: ISC
# A reload that cannot be parsed, as the first one ever: the listeners of the first generation stay the warden's.
. "$(dirname "$0")/lib.sh"

make_root "$T/root"
configuration() {
	conf <<EOF2
[service one]
ListenStream=127.0.0.1:1001
ListenStream=$T/one.sock
RootDirectory=$T/root
ExecStart=/probe say $1
EOF2
}

configuration before
spawnd_start
fds=$(find "/proc/$SPAWND_PID/fd" -mindepth 1 | wc -l)
echo "Nonsense=1" >>"$T/spawnd.conf"
ok "the reload ends" reload
ok "it is refused" log_has ' reload-failed '
is "$(find "/proc/$SPAWND_PID/fd" -mindepth 1 | wc -l)" "$fds" "the warden holds what it held"
is "$("$CLIENT" "unix:$T/one.sock" </dev/null)" before "the socket file is still there"

loop=$(loop_pid)
kill -KILL "$loop"
wait_log ' loop-restored '
is "$(talk 1001)" before "the next loop gets the listeners"

configuration after
seen=$(log_count ' reload-done ')
reload
is "$(log_count ' reload-done ')" "$((seen + 1))" "a reload without errors succeeds"
is "$(talk 1001)" after "and serves"
done_testing

#!/bin/sh
# SPDX-License-Identifier: ISC
# Nothing of the state in which spawnd was started reaches a container: the program's view after a start by a careless
# parent (signals ignored and blocked, real-time scheduling, an armed timer, a keyring with a secret, an environment, 25
# descriptors, odd limits) is the view after a clean start. Nor do closed descriptors 0, 1, 2 hurt.
. "$(dirname "$0")/lib.sh"

make_root "$T/root"
conf <<EOF2
LogTarget=file:$T/log
[service view]
ListenStream=127.0.0.1:1001
RootDirectory=$T/root
ExecStart=/probe ls-fd , env , args , cwd , caps , ids , limits , signals , umask , schedule , personality , oom , session \\
	, hostname , keyring , dumpable , pdeathsig , mounts , root , procs
WarmMax=1

[service echo]
ListenStream=127.0.0.1:1002
RootDirectory=$T/root
ExecStart=/probe echo
EOF2

# What differs from connection to connection.
view() {
	talk 1001 | sed -e 's/inode=[0-9]*/inode=N/; s/target=\(socket\|pipe\):\[[0-9]*\]/target=\1/' \
		-e '/^env \(SO_COOKIE\|REMOTE_PORT\|TCPREMOTEPORT\)=/s/=.*/=N/' -e 's/from=[^ ]*/from=/' \
		-e 's/^\(keyring-is keyring;[0-9]*;[0-9]*;[0-9a-f]*\);.*_ses/\1;ses/'
}

spawnd_start
view >"$T/clean"
between "$(wc -l <"$T/clean")" 80 500 "the view has substance (control)"
ok "it is the same for a second connection (control)" sh -c "sed -n 1p $T/clean | grep -q 'fd 0'"
view >"$T/clean.again"
ok "and does not change from connection to connection (control)" cmp "$T/clean" "$T/clean.again"
spawnd_stop "after a clean start"

SPAWND_WRAP="$PROBE dirty-exec"
spawnd_start
view >"$T/dirty"
if cmp -s "$T/clean" "$T/dirty"; then
	pass "after a dirty start the program sees the same"
else
	fail "after a dirty start the program sees the same" "$(diff "$T/clean" "$T/dirty")"
fi
for title in warden loop zygote; do
	pid=$(pids "^spawnd: $title" | head -n 1)
	unlike "$(tr '\0' '\n' <"/proc/$pid/environ")" '^(SECRET|LD_PRELOAD|LISTEN_|LIBEV)' "$title: no variable of the starter's" \
		2>/dev/null
	unlike "$(ls -l "/proc/$pid/fd")" '/etc/passwd' "$title: no descriptor of the starter's"
	[ $title = warden ] || is "$(status_of "$pid" Groups | tr -d ' ')" "" "$title: no group of the starter's"
done
spawnd_stop "after a dirty start: SIGTERM was blocked and ignored by the starter"

SPAWND_WRAP="$PROBE bare-exec"
spawnd_start
is "$(echo hello | "$CLIENT" 127.0.0.1 1002)" hello "serves without descriptors 0, 1 and 2"
view >"$T/bare"
ok "and programs see what they always see" cmp "$T/clean" "$T/bare"
for title in warden loop; do
	pid=$(pids "^spawnd: $title" | head -n 1)
	for fd in 0 1 2; do
		unlike "$(readlink "/proc/$pid/fd/$fd")" '^socket|eventpoll|spawnd.conf' "$title: $fd is no working descriptor"
	done
done
spawnd_stop "after a bare start"

SPAWND_WRAP="prlimit --nofile=40: --fsize=0: --"
spawnd_launch
if spawnd_await_ready; then
	is "$(echo hello | "$CLIENT" 127.0.0.1 1002)" hello "raises a small limit of descriptors itself"
	spawnd_stop "after a start with small limits"
else
	fail "starts with small limits" "$(tail -n 5 "$T/log")"
	SPAWND_PID=
fi
done_testing

#!/bin/sh
# SPDX-License-Identifier: ISC
# spawnctl top: once where there is no terminal; on one, drawn again, cut to its size, and given back as it was; and the
# completion of spawnctl's command line, by bash.
. "$(dirname "$0")/lib.sh"
needs jq /usr/bin/python3 bash

make_root "$T/root"
cat >"$T/root/burn" <<'EOF2'
echo here
i=0
while [ $i -lt 200000 ]; do i=$((i + 1)); done
exec sleep 60
EOF2
conf <<EOF2
[defaults]
RootDirectory=$T/root
TimeoutStopSec=100ms
[service quiet]
ListenStream=127.0.0.1:1001
ExecStart=/probe hello , echo
[service burns]
ListenStream=127.0.0.1:1002
ExecStart=/bin/sh /burn
EOF2
spawnd_start
mkfifo "$T/in"
"$CLIENT" --deadline 100 127.0.0.1 1001 <"$T/in" >"$T/quiet" &
exec 7>"$T/in"
wait_for 10 test -s "$T/quiet"
"$CLIENT" --deadline 100 127.0.0.1 1002 <"$T/in" >"$T/burns" 7>&- &
wait_for 10 test -s "$T/burns"
cpu_is_used() {
	[ "$(control list burns --json | jq '.[0].cpu_ms')" -gt 50 ]
}
ok "one connection uses the processor" wait_for 20 cpu_is_used

control top >"$T/out"
like "$(head -n 1 "$T/out")" '^spawnd [0-9.]+, up .*: 2 of 1024 connections live, 0 served, 0 refused$' "top: once, without a terminal"
is "$(grep -c "$(printf '\033')" "$T/out")" 0 "no control sequences"
order() {
	awk '/^ +ID / { list = 1; next } list { print $2 }' "$1" | tr '\n' ' '
}
is "$(order "$T/out")" "burns quiet " "by processor time: the busy one first"
control top --sort=age >"$T/out"
is "$(order "$T/out")" "quiet burns " "by age: the old one first"
control top quiet >"$T/out"
is "$(order "$T/out")" "quiet " "of one service"
for arguments in --sort=colour --delay=0 --json; do
	control top $arguments 2>/dev/null
	is "$?" 100 "top $arguments: no"
done

# on LINES COLUMNS TERM KEYS END: spawnctl top on a terminal; what it has drawn in $T/screen. END: a signal, or "key"
on() {
	/usr/bin/python3 - "$@" "$SPAWNCTL" "$T/control" >"$T/screen" <<'EOF2'
import fcntl, os, pty, select, signal, struct, sys, termios, time

lines, columns, term, keys, end, program, control = sys.argv[1:]
master, slave = pty.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", int(lines), int(columns), 0, 0))
before = termios.tcgetattr(slave)
child = os.fork()
if child == 0:
    os.login_tty(slave) if hasattr(os, "login_tty") else (os.setsid(), [os.dup2(slave, fd) for fd in range(3)],
                                                         fcntl.ioctl(0, termios.TIOCSCTTY, 0))
    os.environ["TERM"] = term
    os.execv(program, [program, "-s", control, "top", "--delay=1"])
drawn = b""
frames = 0
until = time.monotonic() + 20
ended = False
while time.monotonic() < until:
    if select.select([master], [], [], 0.1)[0]:
        drawn += os.read(master, 65536)
    frames = drawn.count(b" of 1024 ")
    if frames > len(keys) + 1 and not ended:
        ended = True
        if end == "key":
            os.write(master, b"q")
        else:
            os.kill(child, getattr(signal, end))
    elif 0 < frames <= len(keys):
        os.write(master, keys[frames - 1].encode())
    if os.waitpid(child, os.WNOHANG)[0]:
        break
else:
    os.kill(child, signal.SIGKILL)
    print("it did not end")
while select.select([master], [], [], 0.2)[0]:
    drawn += os.read(master, 65536)
print("frames", frames > 1)
print("restored", termios.tcgetattr(slave) == before)
sys.stdout.flush()
sys.stdout.buffer.write(drawn.replace(b"\r\n", b"\n").replace(b"\033[H", b"\n\033[H"))
EOF2
}
on 24 80 xterm a key
has "$(cat "$T/screen")" "frames True" "on a terminal: drawn again"
has "$(cat "$T/screen")" "restored True" "and the terminal is as it was, after q"
like "$(cat "$T/screen")" '\[\?1049h' "the alternate screen"
like "$(tail -n 1 "$T/screen")" '\[\?1049l$' "is left in the end"
like "$(cat "$T/screen")" 'by age \(keys' "a key changes the order"
is "$(awk '{ gsub(/\033\[[0-9?]*[a-zA-Z]/, "") } length($0) > 80' "$T/screen" | wc -l)" 0 "no line is longer than the terminal"
on 4 40 vt100 '' SIGTERM
has "$(cat "$T/screen")" "restored True" "after SIGTERM too"
is "$(grep -c 'quiet  *running' "$T/screen")" 0 "a small terminal shows the first lines alone"
on 24 80 dumb '' SIGINT
has "$(cat "$T/screen")" "restored True" "a terminal without control sequences"
is "$(grep -c "$(printf '\033')" "$T/screen")" 0 "gets none"

# completed WORD...: what bash offers for the last word
completed() {
	bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _spawnctl; [ ${#COMPREPLY[@]} -eq 0 ] || printf "%s " "${COMPREPLY[@]}"' \
		completed "$TOP/conf/completion/spawnctl" "$SPAWNCTL" "$@"
}
is "$(completed st)" "status " "completion: a verb"
like "$(completed '')" '(^| )drain .*kill .*metrics .*top ' "all verbs"
is "$(completed -s "$T/control" kill bu)" "burns " "a service, as the daemon knows it"
like "$(completed -s "$T/control" kill '')" '^burns quiet 1 2 |^quiet burns 1 2 ' "or a connection"
is "$(completed -s "$T/control" show q)" "" "where only a connection can be, no service"
is "$(completed drain --t)" "--timeout= " "an option of the verb"
is "$(completed status --t)" "" "and of no other"
like "$(completed --)" '--socket= .*--json ' "options of all"
is "$(completed status --file = "$T/spawnd.co")" "$T/spawnd.conf " "a file"
is "$(completed -s "$T/nobody" kill '')" "" "without a daemon: nothing, and no noise"
exec 7>&-
done_testing

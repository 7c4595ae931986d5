#!/bin/sh
# SPDX-License-Identifier: ISC
# The guard: with no seal at all, a program that turns its connection against the host reaches nothing where the kernel has
# cgroup2 and BPF, and reaches everything where it has not (the control run). What the guard must not break: a reset, a
# redirection of ports, a reload, sockets that live on.
TEST_TIMEOUT=300
. "$(dirname "$0")/lib.sh"
REAIM=$BUILD/tests/reaim
cgroup2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
[ -n "$cgroup2" ] || skip_all "no cgroup2 file system"

make_root "$T/root"
cp "$REAIM" "$T/root/reaim"
# Whoever asks may use TCP Fast Open, without a cookie (0x1 client, 0x2 server, 0x4 and 0x200: no cookie).
echo 0x207 >/proc/sys/net/ipv4/tcp_fastopen

# Without 32-bit calls in the kernel there is nothing to try.
old=
"$REAIM" old-probe 99 2>/dev/null && old="old-connect"
ways="connect fastopen-sendto fastopen-sendmsg fastopen-sendmmsg uring-connect old-connect listen listen-cookies
bind-listen bind-after-reset interfaces leave-unread own-network echo"
victim=1099
free_port=1098
{
	echo "[defaults]"
	echo "RootDirectory=$T/root"
	echo "SocketSeal=none"
	echo "Warm=none"
	port=1000
	for way in $ways; do
		port=$((port + 1))
		target=$victim
		case $way in
		listen | listen-cookies) target=0 ;;
		bind-*) target=$free_port ;;
		esac
		printf '[service %s]\nListenStream=127.0.0.1:%s\nListenStream=[::1]:%s\nExecStart=/reaim %s %s\n' "$way" $port $port "$way" $target
	done
	printf '[service both]\nListenStream=1070\nExecStart=/reaim echo\n'
} >"$T/services"
conf <"$T/services"

# port_of WAY
port_of() {
	port=1000
	for way in $ways; do
		port=$((port + 1))
		[ "$way" != "$1" ] || echo $port
	done
}

arrived() {
	grep -c arrived "$T/victim"
}
# came: how many since $before. The victim takes them in their order: when this one has its end, all before it are written down.
came() {
	"$CLIENT" 127.0.0.1 $victim </dev/null >/dev/null
	echo $(($(arrived) - before - 1))
}

# attack WAY REGEX: a connection to it, until it has said that
host=127.0.0.1
attack() {
	"$CLIENT" --tolerant --deadline 6 --no-half-close "$host" "$(port_of "$1")" </dev/null >/dev/null 2>&1 &
	attack_client=$!
	wait_log "text=\"$1: $2" 6
}

attack_end() {
	wait "$attack_client"
}

# said WAY: what it has said last
said() {
	sed -n "s/.*text=\"$1: \\(.*\\)\"\$/\\1/p" "$T/log"
}

# aims OPEN: every way to the victim; OPEN is 1 if they get through
aims() {
	for way in connect fastopen-sendto fastopen-sendmsg fastopen-sendmmsg uring-connect $old; do
		before=$(arrived)
		attack "$way" 'connect(ed)? '
		attack_end
		if [ "$1" = 1 ]; then
			is "$(came)" 1 "control: $way reaches the victim"
		else
			is "$(came)" 0 "$way reaches nothing: $(said "$way" | tail -2 | tr '\n' ' ')"
		fi
	done
}

# reaches_listener PORT
reaches_listener() {
	"$CLIENT" --deadline 1 --connect-close 127.0.0.1 "$1" 2>/dev/null
}

listens() {
	for way in listen listen-cookies bind-listen; do
		attack "$way" 'port '
		port=$(said "$way" | sed -n 's/^port //p')
		like "$(said "$way")" '^listen (ok|E)' "$way: it has tried"
		[ $way != listen-cookies ] || echo 2 >/proc/sys/net/ipv4/tcp_syncookies
		if [ "$1" = 1 ]; then
			ok "control: $way: a client is let in at port $port" reaches_listener "$port"
			ok "and the program accepts it" wait_log "text=\"$way: accept ok" 6
		else
			nok "$way: nobody gets in at port $port: $(said "$way" | tr '\n' ' ')" reaches_listener "$port"
			nok "nor is anybody accepted" log_has "text=\"$way: accept ok"
		fi
		echo 1 >/proc/sys/net/ipv4/tcp_syncookies
		attack_end
	done
}

"$REAIM" victim $victim "$T/victim" &
ok "there is a victim" wait_for 5 grep -q ready "$T/victim"

# ---- in force -------------------------------------------------------------------------------------------------------------

spawnd_start
unlike "$(cat "$T/log")" ' guard-missing ' "every listener has its guard"
aims 0
listens 0
: >"$T/log"
host=::1
aims 0
host=127.0.0.1
"$CLIENT" --reset 127.0.0.1 "$(port_of bind-after-reset)"
ok "after a reset: it has tried" wait_log 'text="bind-after-reset: bind' 6
is "$(said bind-after-reset)" "bind EPERM" "bind(2) after a reset is refused: no squatting of a port"
attack interfaces SIOC
is "$(said interfaces)" "SIOCGIFCONF ok" "what a guard does not do: interfaces can be listed (the seal denies that)"
attack_end

is "$(echo hello | "$CLIENT" 127.0.0.1 "$(port_of echo)")" hello "connections work, on IPv4"
is "$(echo hello | "$CLIENT" ::1 "$(port_of echo)")" hello "and on IPv6"
is "$(echo hello | "$CLIENT" 127.0.0.1 1070)" hello "and on IPv4 by an IPv6 socket"
yes 0123456789abcdef | head -c 3000000 >"$T/bulk"
"$CLIENT" --deadline 30 127.0.0.1 "$(port_of echo)" <"$T/bulk" >"$T/bulk.back"
ok "many segments, both ways" cmp "$T/bulk" "$T/bulk.back"
out=$(echo unread | "$CLIENT" --deadline 5 --no-half-close --verdict 127.0.0.1 "$(port_of leave-unread)" 2>&1)
like "$out" 'reset' "an end with unread bytes: the client gets its reset"

# A packet that leaves a redirected port shows the other port where egress programs see it.
if nft -f - 2>/dev/null <<EOF2
table ip test {
	chain prerouting { type nat hook prerouting priority -100; }
	chain output { type nat hook output priority -100; tcp dport 1097 redirect to :$(port_of echo); }
}
EOF2
then
	is "$(echo hello | "$CLIENT" --deadline 5 127.0.0.1 1097)" hello "a redirected port works"
else
	skip "no nftables here" "a redirected port works"
fi

# ---- groups ---------------------------------------------------------------------------------------------------------------

listen=$cgroup2$CONTROL_GROUP/listen
leaves() {
	find "$listen" -mindepth 1 -maxdepth 1 -name "$1.*" | wc -l
}
{
	cat "$T/services"
	printf '[service guard-other]\nListenStream=1080\nExecStart=/reaim echo\n'
} | conf
mkfifo "$T/in"
"$CLIENT" 127.0.0.1 "$(port_of connect)" <"$T/in" >/dev/null 2>&1 &
"$CLIENT" --deadline 280 127.0.0.1 "$(port_of echo)" <"$T/in" >"$T/held" 2>&1 &
held=$!
exec 8>"$T/in"
reload
is "$(echo hello | "$CLIENT" 127.0.0.1 1080)" hello "a listener that a reload adds"
is "$(leaves guard-other)" 1 "it has a leaf of its own"
conf <"$T/services"
reload
is "$(leaves guard-other)" 0 "a listener that a reload closes leaves no leaf"

# SocketSeal=local: programs may call connect(2) and listen(2), for their own network, and the guard holds them.
sed 's/^SocketSeal=none/SocketSeal=local/' "$T/services" | conf
reload
: >"$T/log"
aims 0
listens 0
"$CLIENT" --reset 127.0.0.1 "$(port_of bind-after-reset)"
ok "local: after a reset: it has tried" wait_log 'text="bind-after-reset: bind' 6
is "$(said bind-after-reset)" "bind EPERM" "local: bind(2) after a reset is refused"
attack interfaces SIOC
is "$(said interfaces)" "SIOCGIFCONF EPERM" "local: interfaces cannot be listed"
attack_end
attack own-network udp
attack_end
is "$(said own-network | tr '\n' ' ')" "bind ok listen ok connect ok accept ok udp ok " "local: its own network works"
conf <"$T/services"
reload

# An address that is opened again while the old listener lives: the guard of one must not refuse the other's bind(2).
sed 's/^SocketSeal=none/&\nReusePort=yes/' "$T/services" | conf
reload
nok "a change of ReusePort= in a reload is refused for what it is" log_has 'guard-'
conf <"$T/services"
echo bye >&8
exec 8>&-
wait $held
is "$(cat "$T/held")" bye "a connection goes on over reloads"
spawnd_stop "with guards"
is "$(find "$listen" -mindepth 1 -maxdepth 1 -name 'leave-unread.*' | wc -l)" 0 "a stop removes the leaves"

# ---- a socket outlives its leaf ----------------------------------------------------------------------------------------------

printf 'TimeoutStopSec=%s\n[service guard-lasting]\nSocketSeal=none\nListenStream=1081\nRootDirectory=%s\nExecStart=/reaim connect-late %s\nWarm=none\n' \
	$((5 * TEST_SLOW)) "$T/root" $victim | conf
: >"$T/log"
spawnd_start
mkfifo "$T/late"
"$CLIENT" --tolerant --deadline 20 127.0.0.1 1081 <"$T/late" >/dev/null 2>&1 &
late=$!
exec 8>"$T/late"
echo connected >&8
ok "a connection runs" wait_log 'text="connect-late: waits'
before=$(arrived)
kill -TERM "$SPAWND_PID"
ok "its listener is closed" wait_for 10 sh -c "! ls -d '$listen'/guard-lasting.* 2>/dev/null"
echo go >&8
exec 8>&-
ok "and only then it turns" wait_log 'text="connect-late: connected'
is "$(came)" 0 "it is guarded still"
wait $late
spawnd_exit
is "$SPAWND_STATUS" 0 "the stop goes well"

# A daemon that was killed leaves its leaves, and the next one removes them.
spawnd_start
is "$(leaves guard-lasting)" 1 "a leaf of the new daemon"
kill -KILL "$SPAWND_PID"
spawnd_exit
wait_for 5 no_processes
spawnd_start
is "$(leaves guard-lasting)" 1 "the next removes it"
spawnd_stop

# ---- control: without -----------------------------------------------------------------------------------------------------

rmdir "$listen" "$cgroup2$CONTROL_GROUP" # the one that was killed has made it, so nobody takes it away
umount -l "$cgroup2"
conf <"$T/services"
: >"$T/log"
spawnd_start
is "$(log_count ' guard-missing .*step=control-groups error=ENOENT')" 1 "without cgroup2: the log says so once"
aims 1
listens 1
: >"$T/log"
host=::1
aims 1
host=127.0.0.1
"$CLIENT" --reset 127.0.0.1 "$(port_of bind-after-reset)"
ok "after a reset: it has tried" wait_log 'text="bind-after-reset: bind' 6
is "$(said bind-after-reset)" "bind ok" "control: a port can be squatted"
done_testing

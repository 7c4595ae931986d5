#!/bin/sh
# SPDX-License-Identifier: ISC
# Warm=started: the program has been executed and waits, unmodified, at the first call that would look at its connection;
# Warm=before-main: at its entry point. Then it behaves as if it had been executed with the connection, and nothing of how it was
# done is left in it.
. "$(dirname "$0")/lib.sh"
needs jq perl

make_root "$T/root"
mkdir "$T/root/usr" "$T/root/lib64" "$T/root/lib" "$T/root/srv/www"
echo "a page" >"$T/root/srv/www/page.txt"
{
	echo "[defaults]"
	echo "RootDirectory=$T/root"
	for directory in /usr /lib /lib64; do
		[ ! -d "$directory" ] || echo "BindReadOnlyPaths=$directory"
	done
	echo "MaxConnections=40"
	echo "WarmMin=2"
	echo "WarmMax=2"
} >"$T/defaults"
port=1100
# service NAME COMMAND [KEY=VALUE]...: three times, to compare them: started at the port, ready at the port + 100, before-main
# at the port + 200
: >"$T/names"
service() {
	port=$((port + 1))
	service_name=$1
	service_command=$2
	shift 2
	echo "$service_name $port" >>"$T/names"
	service_port=$port
	for level in started ready before-main; do
		echo "[service $service_name-$level]"
		echo "ListenStream=127.0.0.1:$service_port"
		echo "ExecStart=$service_command"
		echo "Warm=$level"
		for line; do
			echo "$line"
		done
		service_port=$((service_port + 100))
	done
}
{
	cat "$T/defaults"
	service cat /usr/bin/cat
	service cat-bb /bin/cat
	service dash "/usr/bin/dash -c 'read line; echo \"got \$\$line\"; cat'"
	service perl "/usr/bin/perl -e '\$\$| = 1; print uc while <STDIN>; print \"end\\\\n\"'"
	# shellcheck disable=SC2016 # the program is perl's
	service peer '/usr/bin/perl -MSocket -e '\''my ($$port, $$host) = sockaddr_in(getpeername(STDIN)); print inet_ntoa($$host)'\'
	if [ -x /usr/bin/python3 ]; then
		service python "/usr/bin/python3 -c 'import sys; [print(l.strip()[::-1]) for l in sys.stdin]'"
	fi
	service httpd "/bin/busybox httpd -i -h /srv/www"
	service probe "/probe args , cwd , caps , ids , limits , signals , umask , schedule , session , procs , dumpable , \
pdeathsig , env , mounts , keep-alive , echo"
	service errors "/probe ls-fd , echo" StandardError=socket
	service listen "/probe listen-fds" StandardInput=null
	service exec "/usr/bin/dash -c 'exec /usr/bin/dash -c \"exec /usr/bin/cat\"'"
	service closes "/probe close-stdio"
	service leaves "/probe exit 7"
} >"$T/services"
conf <"$T/services"
spawnd_start
# On a slow machine one that is born among all the others may not be there in time: its zygote begins anew, alone.
fallen=' warm-fallback '
if [ "$TEST_SLOW" -gt 1 ]; then
	fallen=' warm-fallback .* error=E[^T]'
	wait_for 60 status_is '[.services[].parked == 2] | all' true
	anew=$(sed -n 's/.* warm-fallback service=\([^ ]*\) .* error=ETIMEDOUT .*/\1/p' "$T/log")
	for name in $anew; do
		old=$(zygote_pids "$name")
		kill -KILL "$old"
		wait_for 10 changed "$old" "^spawnd: zygote $name\$"
		wait_for 20 status_is ".services[\"$name\"].parked" 2
	done
fi
is "$(log_count "$fallen")" 0 "every one of these programs can be started ahead"

# talk NAME TEXT [OPTION]...: what each says, in $T/started, $T/ready and $T/before-main
talk() {
	talk_port=$(sed -n "s/^$1 //p" "$T/names")
	talk_name=$1
	talk_text=$2
	shift 2
	for level in started ready before-main; do
		ok "$talk_name: waits, $level" wait_for 10 status_is ".services[\"$talk_name-$level\"].parked" 2
		# shellcheck disable=SC2059 # a format on purpose
		printf "$talk_text" | "$CLIENT" --deadline 20 --verdict "$@" 127.0.0.1 "$talk_port" >"$T/$level" 2>>"$T/$level"
		talk_port=$((talk_port + 100))
	done
}
# edit OPTION...: sed(1) on all of it
edit() {
	sed -i "$@" "$T/started" "$T/ready" "$T/before-main"
}
same() {
	edit 's/\[[0-9]*\]/[N]/g; s/inode=[0-9]*/inode=N/'
	for level in started before-main; do
		if cmp "$T/ready" "$T/$level" >/dev/null; then
			pass "$1 ($level)"
		else
			fail "$1 ($level)" "$(diff "$T/ready" "$T/$level" | head -20)"
		fi
	done
}
for name in cat cat-bb dash perl peer python exec closes leaves; do
	grep -q "^$name " "$T/names" || continue
	case $name in
	peer | closes | leaves) talk $name '' ;; # with something unread they would end in a reset
	*) talk $name 'one\ntwo\nlast' ;;
	esac
	same "$name: answers as it does when it is executed with its connection"
	ok "$name: is accounted for" wait_accounts 3
	is "$(tail -n 3 "$T/accounting" | jq -r '[.service, .warmth] | @tsv' | sort | tr '\t\n' '  ')" \
		"$name-before-main before-main $name-ready ready $name-started started " "$name: with the level that it got"
	is "$(tail -n 3 "$T/accounting" | jq -r '[.end, .status] | @tsv' | sort -u | wc -l)" 1 "$name: and ends in the same way"
	: >"$T/accounting"
done
is "$(cat "$T/ready")" "end eof bytes 0" "(one that says nothing at all)"
talk httpd 'GET /page.txt HTTP/1.0\r\n\r\n' --no-half-close
edit '/^Date:/d'
same "httpd: answers alike"
like "$(cat "$T/started")" '^a page$' "with the page"

talk probe 'echoed'
unlike "$(cat "$T/started" "$T/before-main")" '^env (REMOTE|TCP|PROTO|SO_)' "nothing of the connection is in the environment"
edit -E '/^env (REMOTE|TCP|PROTO|SO_)/d; s/(mount .*)uid=[0-9]*,gid=[0-9]*/\1/; s/end eof bytes.*/end eof/'
if lacks user-namespaces; then
	edit -E '/^[ug]id /d' # each service has its range
fi
same "the state of the process is the same in everything else"
like "$(cat "$T/started")" '^echoed' "(all of it was said)"
talk errors 'x'
same "StandardError=socket: the descriptors are the same"
talk listen ''
edit -E 's/^(listen-fds .*peer=[0-9.]*):[0-9]*/\1/'
same "StandardInput=null: and LISTEN_FDS, LISTEN_PID"
like "$(cat "$T/started")" '^fd3-before socket' "(the socket is descriptor 3)"

# What is left of it in a program that has its connection.
mkfifo "$T/fifo"
exec 7<>"$T/fifo"
cat_port=$(sed -n 's/^cat //p' "$T/names")
: >"$T/accounting"
"$CLIENT" --deadline 20 127.0.0.1 "$cat_port" <"$T/fifo" >"$T/answer" 7>&- &
client=$!
echo first >&7
ok "a connection that is held" wait_for 10 grep -q first "$T/answer"
control list --json >"$T/list"
pid=$(jq -r '.[0].pid' "$T/list")
is "$(jq -r '.[0].warmth' "$T/list")" started "spawnctl list tells its level"
like "$(control list)" ' started ' "to a person too"
like "$(control status)" '^cat-started .* started +open$' "and spawnctl status that of the service"
is "$(status_of "$pid" TracerPid)" 0 "its program has no tracer"
is "$(find "/proc/$pid/fd" -mindepth 1 -printf '%f\n' | sort -n | tr '\n' ' ')" "0 1 2 " "no descriptor but the three"
is "$(readlink "/proc/$pid/fd/0")" "$(readlink "/proc/$pid/fd/1")" "0 and 1 are one socket"
like "$(cat "/proc/$pid/fdinfo/0")" '^flags:.*[^0-9]02$' "without flags"
unlike "$(cat "/proc/$pid/maps")" '^[^ ]* rwx' "no page is writable and executable"
waiting=$(pgrep -P "$(zygote_pids cat-started)" | grep -vx "$pid" | head -n 1)
is "$(status_of "$waiting" TracerPid)" 0 "nor has one that waits a tracer"
unlike "$(cat "/proc/$waiting/maps")" '^[^ ]* rwx' "nor such a page"
is "$(sed 's/ .*//' "/proc/$waiting/syscall" 2>/dev/null || echo 47)" 47 "it sleeps in recvmsg"
exec 7>&-
wait $client
wait_accounts 1

# Before main.
waiting=$(pgrep -P "$(zygote_pids cat-before-main)" | head -n 1)
is "$(status_of "$waiting" TracerPid)" 0 "before main: it has no tracer"
unlike "$(cat "/proc/$waiting/maps")" '^[^ ]* rwx' "nor a page that is writable and executable"
is "$(sed 's/ .*//' "/proc/$waiting/syscall" 2>/dev/null || echo 47)" 47 "it sleeps in recvmsg"
like "$(cat "/proc/$waiting/maps")" '/libc\.so' "its libraries are mapped"
like "$(control status)" '^cat-before-main .* before-main +open$' "spawnctl status tells the level"
like "$(grep ' warm-started service=cat-before-main ' "$T/log")" ' warmth=before-main call=-1 after=[0-9]' "and the log"

# One parked program serves one connection.
: >"$T/accounting"
i=0
while [ $i -lt 20 ]; do
	echo "$i" | "$CLIENT" --deadline 20 127.0.0.1 "$cat_port" >>"$T/twenty"
	i=$((i + 1))
done
is "$(sort -n "$T/twenty" | tr '\n' ' ')" "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 " "twenty connections"
wait_accounts 20
is "$(jq -r .pid "$T/accounting" | sort -u | wc -l)" 20 "by twenty processes"
done_testing

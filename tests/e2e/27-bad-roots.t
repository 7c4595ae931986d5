#!/bin/sh
# SPDX-License-Identifier: ISC
# The root is not trusted: symlinks where mount points should be are refused, at the start and when they appear later;
# nothing in it is followed out, nor read.
. "$(dirname "$0")/lib.sh"

mkdir "$T/target" && echo untouched >"$T/target/file"
service() {
	conf <<EOF2
[service bad]
ListenStream=127.0.0.1:1001
RootDirectory=$T/root
ExecStart=/probe say served
WarmMax=1
EOF2
}
service
make_root "$T/root"
ok "a good root (control)" "$SPAWND" -c "$T/spawnd.conf" -t

for place in proc dev tmp run; do
	for target in $T/target /etc ../target; do
		rm -rf "$T/root"
		make_root "$T/root"
		rmdir "$T/root/$place"
		ln -s "$target" "$T/root/$place"
		errors=$("$SPAWND" -c "$T/spawnd.conf" -t 2>&1)
		is "$?" 100 "/$place a symlink to $target: refused"
		like "$errors" "spawnd.conf:[0-9]+: \\[service bad\\] .*/$place " "and named"
	done
	rm "$T/root/$place"
	nok "/$place missing: refused" "$SPAWND" -c "$T/spawnd.conf" -t
	: >"$T/root/$place"
	nok "/$place a file: refused" "$SPAWND" -c "$T/spawnd.conf" -t
	rm "$T/root/$place"
	mkfifo "$T/root/$place"
	nok "/$place a fifo: refused" timeout 5 "$SPAWND" -c "$T/spawnd.conf" -t
done

# A program that is a symlink: followed inside the root only.
rm -rf "$T/root"
make_root "$T/root"
mv "$T/root/probe" "$T/root/bin/real-probe"
ln -s /bin/real-probe "$T/root/probe"
ok "the program a symlink inside the root: good" "$SPAWND" -c "$T/spawnd.conf" -t
spawnd_start
is "$(talk 1001)" served "and serves"

# The root changes under a running spawnd, between check and use: the zygote has its tree, a reload must notice.
rm -r "$T/root/tmp"
ln -s "$T/target" "$T/root/tmp"
talk 1001 >"$T/answer"
talk 1001 >>"$T/answer"
talk 1001 >>"$T/answer"
is "$(cat "$T/target/file"; ls "$T/target")" "untouched
file" "a symlink that appears later leads nowhere"
reload
ok "a reload refuses it" log_has ' reload-failed '
is "$(awk '$5 ~ /target/' /proc/self/mountinfo | wc -l)" 0 "nothing is mounted there"
spawnd_stop

rm -f "$T/root/probe" "$T/root/tmp"
mkdir "$T/root/tmp"
cp "$PROBE" "$T/probe-of-the-host"
ln -s "$T/probe-of-the-host" "$T/root/probe"
nok "the program a symlink to a file of the host: refused" "$SPAWND" -c "$T/spawnd.conf" -t
rm "$T/root/probe"
ln -s ../../../../../../"$T/probe-of-the-host" "$T/root/probe"
nok "with dots too" "$SPAWND" -c "$T/spawnd.conf" -t
rm "$T/root/probe"
ln -s probe "$T/root/probe"
nok "a loop too" timeout 5 "$SPAWND" -c "$T/spawnd.conf" -t
rm "$T/root/probe"

# Things in the root that a careless parser would read or obey.
rm -rf "$T/root"
make_root "$T/root"
mkdir -p "$T/root/etc/spawnd/spawnd.conf.d"
echo "Bogus=1" >"$T/root/etc/spawnd/spawnd.conf"
mkfifo "$T/root/etc/passwd" "$T/root/etc/group" "$T/root/etc/ld.so.preload" "$T/root/etc/localtime"
echo 'root::0:0::/:/bin/sh' >"$T/root/etc/shadow"
spawnd_start
is "$(talk 1001)" served "fifos in place of passwd, group, ld.so.preload hold nobody up"
for pid in $(warden_pid) $(loop_pid) $(zygote_pids) $(parked_pids); do
	unlike "$(ls -l "/proc/$pid/fd")" "$T/root/" "$(tr '\0' ' ' <"/proc/$pid/comm"): no file of the root is open"
done
spawnd_stop

chmod 777 "$T/root"
nok "a root that everybody may write to is refused" "$SPAWND" -c "$T/spawnd.conf" -t
chmod 755 "$T/root"
ok "otherwise it is good (control)" "$SPAWND" -c "$T/spawnd.conf" -t
SPAWND_PID=
done_testing

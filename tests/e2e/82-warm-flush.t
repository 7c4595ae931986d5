#!/bin/sh
# SPDX-License-Identifier: ISC
# Warm=started: a program that waits has read its files. When one of them changes, those that wait are let go.
. "$(dirname "$0")/lib.sh"
needs jq

make_root "$T/root"
mkdir "$T/root/srv/parts" "$T/root/srv/unrelated" "$T/root/data" "$T/data"
cat >"$T/root/srv/start.sh" <<'EOF2'
. /srv/config
for part in /srv/parts/*; do parts="$parts ${part##*/}"; done
read line
echo "$greeting$parts $line"
EOF2
echo 'greeting=hello' >"$T/root/srv/config"
: >"$T/root/srv/parts/a"
echo x >"$T/data/file"
chown 65534:65534 "$T/data" "$T/data/file"
conf <<EOF2
[defaults]
RootDirectory=$T/root
WarmMin=2
WarmMax=2
[service script]
ListenStream=127.0.0.1:1001
Warm=started
ExecStart=/bin/sh /srv/start.sh
[service ready]
ListenStream=127.0.0.1:1002
ExecStart=/bin/sh /srv/start.sh
[service writes]
ListenStream=127.0.0.1:1003
Warm=started
BindPaths=$T/data:/data
ExecStart=/bin/sh -c 'while read known; do last=\$\$known; done </data/file; read line; echo "\$\$line" >/data/file; echo "\$\$last"'
EOF2
spawnd_start
say() {
	echo "$2" | "$CLIENT" --deadline 20 127.0.0.1 "$1"
}
flushes_are() {
	[ "$(log_count " warm-flush service=script ")" -ge "$1" ]
}
both_wait() {
	status_is .services.script.parked 2
}
ok "two wait" wait_for 10 both_wait
is "$(say 1001 one)" "hello a one" "before"
is "$(say 1002 one)" "hello a one" "(and without)"
ok "two wait" wait_for 10 both_wait
old=$(pgrep -P "$(zygote_pids script)")
echo 'greeting=changed' >"$T/root/srv/config"
ok "a file that they have read changes: they are let go" wait_for 10 flushes_are 1
ok "two others are started" wait_for 10 both_wait
is "$(say 1001 two)" "changed a two" "which have read it"
for pid in $old; do wait_for 5 is_gone "$pid" || fail "an old one is still there"; done
wait_accounts 3
is "$(account .warmth)" started "ahead of the connection, as before"

echo 'greeting=replaced' >"$T/root/srv/config.new"
mv "$T/root/srv/config.new" "$T/root/srv/config"
ok "a file is replaced" wait_for 10 flushes_are 2
wait_for 10 both_wait
is "$(say 1001 three)" "replaced a three" "that is noticed too"
wait_for 10 both_wait
: >"$T/root/srv/parts/b"
ok "a directory gets another file" wait_for 10 flushes_are 3
wait_for 10 both_wait
is "$(say 1001 four)" "replaced a b four" "and that"
wait_for 10 both_wait
cp "$T/root/bin/busybox" "$T/root/bin/busybox.new"
mv "$T/root/bin/busybox.new" "$T/root/bin/busybox"
ok "the program itself is replaced" wait_for 10 flushes_are 4
wait_for 10 both_wait
is "$(say 1001 five)" "replaced a b five" "and the new one serves"

: >"$T/root/srv/unrelated/file"
cat "$T/root/srv/config" >/dev/null
i=0
while [ $i -lt 5 ]; do
	say 1003 "$i" >"$T/said"
	i=$((i + 1))
done
between "$(log_count ' warm-flush service=script ')" 4 5 "what they have not read is no reason, nor that it is read"
is "$(log_count ' warm-flush service=writes ')" "$(log_count ' warm-flush service=script ' | sed 's/.*/1/')" \
	"nor what programs write themselves (but the program was replaced)"
is "$(log_count ' warm-flush service=ready ')" 0 "and programs that are not started ahead have no need of it"
done_testing

#!/bin/sh
# SPDX-License-Identifier: ISC
# The command line: -t, -T, -V, usage, drop-in files, exit statuses.
. "$(dirname "$0")/lib.sh"

make_root "$T/root"
cat >"$T/spawnd.conf" <<EOF2
# A comment
; and another
[spawnd]
MaxConnections=50
TimeoutStopSec=3

[defaults]
RootDirectory=$T/root
RuntimeMaxSec=1min 30s
Environment=A=1

[service one]
ListenStream=127.0.0.1:1001
ExecStart=/probe env \\
	, echo
Environment=B=2 "C=three words"
LimitNOFILE=100:200
EOF2
chmod 600 "$T/spawnd.conf"
mkdir "$T/spawnd.conf.d"
cat >"$T/spawnd.conf.d/20-second.conf" <<EOF2
[defaults]
WarmMin=3
[service two]
ListenStream=127.0.0.1:1002
ExecStart=/probe say two
EOF2
cat >"$T/spawnd.conf.d/10-first.conf" <<EOF2
[defaults]
WarmMin=2
Nice=5
EOF2
echo "this is no configuration" >"$T/spawnd.conf.d/README"

ok "-t: the drop-in files belong to it, other files do not" "$SPAWND" -c "$T/spawnd.conf" -t
is "$("$SPAWND" -c "$T/spawnd.conf" -t 2>&1)" "" "-t says nothing when all is well"

effective=$("$SPAWND" -c "$T/spawnd.conf" -T)
is "$?" 0 "-T: exit status 0"
one=$(printf '%s\n' "$effective" | sed -n '/^\[service one\]/,/^\[service two\]/p')
two=$(printf '%s\n' "$effective" | sed -n '/^\[service two\]/,$p')
like "$effective" '^\[spawnd\]' "-T has [spawnd]"
like "$effective" '^MaxConnections=50' "with its values"
like "$one" '^WarmMin=3' "the last drop-in in order wins"
like "$one" '^Nice=5' "the first one's other value stays"
like "$one" '^RuntimeMaxSec=(1min 30s|90s?)' "a default is inherited"
like "$two" '^RuntimeMaxSec=(1min 30s|90s?)' "by each service"
like "$one" '^LimitNOFILE=100:200' "a soft and a hard limit"
like "$one" 'C=three words' "quoting survives"
like "$two" '^UMask=0022' "built-in defaults are there"
origin() {
	# The origin may stand behind the value or in the line above.
	printf '%s\n' "$1" | grep -E -B1 "^$2="
}
like "$(origin "$one" WarmMin)" '20-second\.conf:2' "with the origin of each value: a drop-in's line"
like "$(origin "$one" RuntimeMaxSec)" 'spawnd\.conf:9' "the line in [defaults]"
like "$(origin "$two" UMask)" '[Dd]efault|built' "or the built-in default"
printf '%s\n' "$effective" >"$T/effective.conf"
chmod 600 "$T/effective.conf"
ok "what -T prints is itself a configuration" "$SPAWND" -c "$T/effective.conf" -t
values() {
	sed 's/[[:space:]]*#.*//' | grep -v '^$' | uniq
}
is "$("$SPAWND" -c "$T/effective.conf" -T | values)" "$(printf '%s\n' "$effective" | values)" "and has the same effect"

version=$("$SPAWND" -V)
is "$?" 0 "-V: exit status 0"
like "$version" '^spawnd [0-9]+\.[0-9]+' "-V has the version"
like "$version" "$(uname -r)" "and the kernel"
like "$version" 'yes$' "and what it offers"

"$SPAWND" --nonsense >/dev/null 2>&1
is "$?" 100 "an unknown option: exit status 100"
"$SPAWND" -c "$T/spawnd.conf" -t surplus >/dev/null 2>&1
is "$?" 100 "a surplus argument: exit status 100"
"$SPAWND" -c "$T/spawnd.conf" --notify-fd=77 >/dev/null 2>&1
is "$?" 100 "--notify-fd with a closed descriptor: exit status 100"
"$SPAWND" -c "$T/spawnd.conf" --notify-fd=x >/dev/null 2>&1
is "$?" 100 "--notify-fd without a number: exit status 100"
"$SPAWND" --help >"$T/help"
is "$?" 0 "--help: exit status 0"
like "$(cat "$T/help")" 'notify-fd' "and it is of use"

"$SPAWNCTL" nonsense >/dev/null 2>&1
is "$?" 100 "spawnctl: an unknown word: exit status 100"
"$SPAWNCTL" -s "$T/nothing" status >/dev/null 2>&1
is "$?" 111 "spawnctl: no daemon: exit status 111"

setpriv --reuid=1000 --regid=1000 --clear-groups "$SPAWND" -c "$T/spawnd.conf" >/dev/null 2>"$T/log"
isnt "$?" 0 "without root spawnd does not start"

"$CLIENT" --connect-close 127.0.0.1 1001 2>/dev/null
is "$?" 1 "nothing listens (control)"
spawnd_start
is "$(talk 1002)" two "a service of a drop-in file serves"
has "$(talk 1001)" "env C=three words" "as does the other"
echo '[service one]
Bogus=1' >"$T/spawnd.conf.d/30-third.conf"
like "$("$SPAWND" -c "$T/spawnd.conf" -t 2>&1)" "^$T/spawnd.conf.d/30-third.conf:2: " "an error in a drop-in has its name"
rm "$T/spawnd.conf.d/30-third.conf"
done_testing

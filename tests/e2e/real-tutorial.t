#!/bin/sh
# SPDX-License-Identifier: ISC
# docs/TUTORIAL.md: its commands work, and answer what it says they do.
. "$(dirname "$0")/lib.sh"
needs busybox jq

# shown NUMBER: what the section shows, without its indentation
shown() {
	awk -v number="$1" '/^## / { here = $2 == number "." } here && sub(/^    /, "")' "$TOP/docs/TUTORIAL.md"
}

own_host
shown 2 | sed 's/^# //' >"$T/commands"
between "$(grep -c . "$T/commands")" 5 30 "there are commands that make the root"
if (cd "$T" && sh -eu "$T/commands") >"$T/commands.out" 2>&1; then
	pass "and they work"
else
	fail "and they work" "$(cat "$T/commands.out")"
	done_testing
fi
conf </dev/null
mkdir -p "$T/spawnd.conf.d"
hello=$T/spawnd.conf.d/hello.conf
shown 3 | sed -n '/^\[service/,/^RuntimeMaxSec/p' >"$hello"
chmod 600 "$hello"
is "$("$SPAWND" -c "$T/spawnd.conf" -t 2>&1)" "" "no news is good news"
cp "$hello" "$T/hello"
sed -i 's/^RuntimeMaxSec=/RuntimeMax=/' "$hello"
is "$("$SPAWND" -c "$T/spawnd.conf" -t 2>&1 | sed 's,.*/hello.conf,hello.conf,')" \
	"$(shown 3 | sed -n 's,^/etc/.*/hello.conf,hello.conf,p')" "a mistake is told as it says"
cp "$T/hello" "$hello"

spawnd_start
shown 5 | sed '1d; /^#/,$d' >"$T/session"
sed -i '/^hi$/d' "$T/session"
is "$(echo hi | "$CLIENT" 127.0.0.1 7070)" "$(cat "$T/session")" "the session"
ok "its account" wait_accounts 1
is "$(shown 6 | sed -n "s,^# jq \(.*\) /var/log/.*,jq \1 $T/accounting,p" | sh | cut -f 2-)" "$(printf 'hello\t%s\texit' \
	"$(tail -n 1 "$T/accounting" | jq -r .peer)")" "and what jq says of it"

mkfifo "$T/in"
"$CLIENT" 127.0.0.1 7070 <"$T/in" >"$T/first" &
first=$!
exec 8>"$T/in"
ok "one is connected" wait_for 10 grep -q 'What do you say' "$T/first"
echo MaxConnections=1 >>"$hello"
ok "reload" "$SPAWNCTL" -s "$T/control" reload
is "$(echo hi | "$CLIENT" 127.0.0.1 7070 2>/dev/null)" "" "a second beside it is refused"
ok "as the log says" wait_log 'refused .*service=hello'
ok "and the account" wait_for 10 grep -q '"end":"refused"' "$T/accounting"
echo hi >&8
exec 8>&-
wait $first
is "$(tail -n 1 "$T/first")" "You said: hi" "the first goes on"
# shellcheck disable=SC2317 # called through wait_for
next_is_served() {
	[ "$(echo hi | "$CLIENT" 127.0.0.1 7070 2>/dev/null | tail -n 1)" = "You said: hi" ]
}
ok "and the next is served" wait_for 10 next_is_served
done_testing

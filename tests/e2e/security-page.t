#!/bin/sh
# SPDX-License-Identifier: ISC
# docs/SECURITY.md and the source say the same: the tests it names are there, and its capabilities are those of the tables.
# Needs no root and no build: it reads text.
# shellcheck disable=SC2016 # backquotes are the page's
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/../.." || exit 1
page=docs/SECURITY.md
number=0
failed=0

# is GOT WANTED DESCRIPTION
is() {
	number=$((number + 1))
	if [ "$1" = "$2" ]; then
		printf 'ok %d - %s\n' "$number" "$3"
		return
	fi
	failed=1
	printf 'not ok %d - %s\n' "$number" "$3"
	printf 'got: %s\nwanted: %s\n' "$1" "$2" | sed 's/^/# /'
}

named=$(grep -Eo '`(tests/)?(e2e|unit|fuzz|vm)/[A-Za-z0-9_.-]+`' $page | tr -d '`' | sed 's|^tests/||' | sort -u)
absent=
for test in $named; do
	[ -f "tests/$test" ] || absent="$absent $test"
done
is "$absent" "" "every test that the page names is there"
is "$([ "$(echo "$named" | wc -l)" -ge 20 ] && echo many)" many "and it names many"
unheld=$(awk -F '|' '/^\| [PD][0-9]+ / && $5 !~ /`/ { print $2 }' $page)
is "$unheld" "" "every promise has a test"
is "$(grep -Ec '^\| P[0-9]+ ' $page)" 10 "there are ten promises"

sources=$(grep -Eo '`(base|process|container|warden|zygote|loop)/[a-z_]+\.[ch]`' $page | tr -d '`' | sort -u)
absent=
for file in $sources; do
	[ -f "spawnd/$file" ] || absent="$absent $file"
done
is "$absent" "" "every file that the page names is there"

in_code=$(sed -n '/warden_capabilities\[\] = {/,/};/p' spawnd/process/lockdown_calls.c | grep -Eo 'CAP_[A-Z_]+' | sort)
in_page=$(sed -n '/^### Capabilities/,/^A warden with/p' $page | grep -E '^\| CAP_' | cut -d '|' -f 2 | grep -Eo 'CAP_[A-Z_]+' | sort)
is "$in_page" "$in_code" "the capabilities of the warden are those of its table"
in_code=$(sed -n '/^static int keep_few_capabilities/,/^}/p' spawnd/container/identity.c | grep -Eo 'CAP_[A-Z_]+' | sort)
in_page=$(grep '^| user namespaces' $page | grep -Eo 'CAP_[A-Z_]+' | sort)
is "$in_page" "$in_code" "and those of a zygote without user namespaces"
events=$(sed -n '/missing in the kernel/,/^`spawnd -V`/p' $page | awk -F '|' '{ print $4 }' | grep -Eo '`[a-z-]+' | tr -d '`' | sort -u)
absent=
for event in $events; do
	grep -q "^\.It Cm $event\$" docs/spawnd.8 || absent="$absent $event"
done
is "$absent" "" "every log event that it names is in spawnd(8)"
printf '1..%d\n' "$number"
exit $failed

#!/bin/sh
# SPDX-License-Identifier: ISC
# scripts/layers: says nothing of a tree in order, and finds each kind of fault at its line.
set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0
failed=0

# finds TITLE EXPECTED: the first line of what is said of the tree; EXPECTED "": nothing, status 0.
finds() {
	count=$((count + 1))
	said=$("$top/scripts/layers" "$work" 2>&1)
	status=$?
	expected_status=1
	[ -n "$2" ] || expected_status=0
	if [ "$said" = "$2" ] && [ "$status" -eq "$expected_status" ]; then
		echo "ok $count - $1"
	else
		echo "not ok $count - $1"
		printf 'status %s\n%s\n' "$status" "$said" | sed 's/^/# /'
		failed=$((failed + 1))
	fi
}
# file PATH LINE...: with the licence before the lines.
file() {
	path=$work/spawnd/$1
	shift
	mkdir -p "${path%/*}"
	printf '/* SPDX-License-Identifier: ISC */\n' >"$path"
	[ $# -eq 0 ] || printf '%s\n' "$@" >>"$path"
}
# lines COUNT
lines() {
	awk -v count="$1" 'BEGIN { while (count-- > 0) print "\tx++;" }'
}

mkdir -p "$work/scripts"
file base/a.h
file loop/a.c '#include "loop/a.h"' '#include "base/a.h"' '#include <ev.h>'
file main.c '#include "loop/a.h"' '#include "zygote/b.h"' '#include "warden/c.h"'
finds "a tree in order" ""

file base/b.c '' '#include "config/a.h"'
finds "an include from a floor above" 'spawnd/base/b.c:3: "config/a.h": config/ is above base/'
file base/b.c
file config/b.c '#include "net/address.h"'
finds "config may know net" ""
file net/b.c '#include "config/spec.h"'
finds "net may not know config" 'spawnd/net/b.c:2: "config/spec.h": config/ is above net/'
rm -r "$work/spawnd/net"
file zygote/b.c '  #  include "loop/loop.h"'
finds "the processes do not know one another" 'spawnd/zygote/b.c:2: "loop/loop.h": zygote/ and loop/ do not know one another'
file zygote/b.c '#include <ev.h>'
finds "libev outside the loop" 'spawnd/zygote/b.c:2: <ev.h>: only loop/ uses libev'
file zygote/b.c '#include "b.h"'
finds "an include without its folder" 'spawnd/zygote/b.c:2: "b.h": name its folder too'
file zygote/b.c '#include "attic/b.h"'
finds "a folder that does not exist" 'spawnd/zygote/b.c:2: "attic/b.h": there is no floor attic/'
rm -r "$work/spawnd/zygote"

printf 'int x;\n' >"$work/spawnd/base/b.c"
finds "a file without a licence" 'spawnd/base/b.c:1: the first line must be the SPDX line of the ISC licence'
file base/b.c "$(lines 399)"
finds "a file of 400 lines" ""
file base/b.c "$(lines 400)"
finds "a file of 401 lines" 'spawnd/base/b.c:401: the file has 401 lines: at most 400'
file base/b.c 'static int short_one(void)' '{' "$(lines 57)" '}'
finds "a function of 60 lines" ""
file base/b.c 'static struct x *long_one(int a,' '			 int b)' '{' "$(lines 57)" '}'
finds "a function of 61 lines" 'spawnd/base/b.c:2: long_one() has 61 lines: at most 60'
file base/b.c

printf '#!/bin/sh\ntrue\n' >"$work/scripts/x"
finds "a script without a licence" 'scripts/x:1: the first lines lack the SPDX line of the ISC licence'

echo "1..$count"
[ "$failed" -eq 0 ]

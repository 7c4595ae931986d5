# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# Runs other end-to-end tests with a kernel that looks poorer (tests/shim.c). Sourced by tests that have set
#     WITHOUT="clone3 openat2"     what spawnd has to do without
#     missing="clone3 openat2"     what spawnd -V must then miss, and not otherwise: the shim is not blind
#     tests="01-echo 04-processes" which tests, without their .t, those first that the lack concerns most: where TEST_SLOW=
#                                  is 5 they are one in five and one more
# Each test of theirs is one here, with its file's name before it.
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
BUILD=${BUILD:-$top/build}
case $BUILD in /*) ;; *) BUILD=$top/$BUILD ;; esac
export WITHOUT BUILD
number=0
status=0

# verdict 0|1 DESCRIPTION
verdict() {
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2"
		status=1
	fi
}

# offered [PROGRAM...]: what the kernel has, as spawnd sees it when run by this program
offered() {
	"$@" "$BUILD/spawnd" -V | awk '$2 == "yes" { print $1 }'
}

for feature in $missing; do
	offered | grep -qx "$feature"
	verdict $? "the kernel has $feature"
	# shellcheck disable=SC2086 # a list of words
	! offered "$BUILD/tests/shim" $WITHOUT -- | grep -qx "$feature"
	verdict $? "and is made to look as if not"
done

# Everything that a test says, with its lines counted on: a plan that was not kept or a bad end is a failed test.
output=$(mktemp) || exit 1
trap 'rm -f "$output"' EXIT
# shellcheck disable=SC2086 # a list of words
set -- $tests
left=$(($# / ${TEST_SLOW:-1} + 1))
for test; do
	[ $((left -= 1)) -ge 0 ] || break
	sh "$here/$test.t" >"$output"
	ended=$?
	awk -v number="$number" -v file="$test" '
		/^(not )?ok / {
			seen++
			sub(/ok [0-9]+ -/, "ok " ++number " - " file ":")
		}
		/^1\.\./ {
			planned = substr($1, 4) + 0
			if (/# SKIP/) {
				sub(/.*# SKIP/, "# SKIP")
				print "ok " ++number " - " file " " $0
			}
			next
		}
		{ print }
		END { exit planned != seen }' "$output"
	kept=$?
	number=$((number + $(grep -Ec '^((not )?ok |1\.\.0)' "$output")))
	if [ $kept -ne 0 ] || { [ $ended -ne 0 ] && ! grep -q '^not ok' "$output"; }; then
		verdict 1 "$test: comes to its end (exit status $ended)"
	fi
	[ $ended -eq 0 ] || status=1
done
echo "1..$number"
exit $status

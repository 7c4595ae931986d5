#!/bin/sh
# SPDX-License-Identifier: ISC
# The stub that is planted into programs that are started ahead, called like a function: without a tracer, and so also for
# a machine that is only emulated here. Needs no root.
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
number=0
failed=0

# run NAME COMPILER RUNNER FLAG...: each of the program's tests is one of ours
run() {
	name=$1 compiler=$2 runner=$3
	shift 3
	for tool in "$compiler" $runner; do
		command -v "$tool" >/dev/null 2>&1 || {
			number=$((number + 1))
			echo "ok $number - the stub for $name # SKIP no $tool here"
			return
		}
	done
	if ! "$compiler" -std=gnu11 -D_GNU_SOURCE -O2 -Ispawnd "$@" tests/stub.c spawnd/container/stub_*.c -o "$work/stub" \
		>"$work/out" 2>&1; then
		echo "not ok 1 - it can be built" >>"$work/out"
	else
		# shellcheck disable=SC2086 # none is no word
		timeout 60 $runner "$work/stub" >"$work/out" 2>&1
	fi
	grep -q '^1\.\.' "$work/out" || echo "not ok 99 - it comes to its end" >>"$work/out"
	while read -r line; do
		case $line in
		ok* | not*) number=$((number + 1)) ;;
		esac
		case $line in
		ok*) echo "ok $number - $name: ${line#* - }" ;;
		not*) failed=1 && echo "not ok $number - $name: ${line#* - }" ;;
		1..*) ;;
		*) echo "# $line" ;;
		esac
	done <"$work/out"
}

case $(uname -m) in
x86_64 | aarch64) run "this machine" "${CC:-cc}" "" ;;
esac
run "aarch64" aarch64-linux-gnu-gcc qemu-aarch64 -static
run "aarch64, position-independent" aarch64-linux-gnu-gcc qemu-aarch64 -static-pie -fPIE
echo "1..$number"
exit $failed

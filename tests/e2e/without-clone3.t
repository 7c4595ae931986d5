#!/bin/sh
# SPDX-License-Identifier: ISC
# Before Linux 5.3 there is no clone3(2): clone(2), and nothing is born in its cgroup.
WITHOUT="clone3"
missing="clone3"
tests="02-inside 15-crash-zygote 01-echo 04-processes 80-warm-started"
# shellcheck source=tests/e2e/without.sh
. "$(dirname "$0")/without.sh"

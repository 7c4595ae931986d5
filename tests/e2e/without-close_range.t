#!/bin/sh
# SPDX-License-Identifier: ISC
# Before Linux 5.9 there is no close_range(2): descriptors are found in /proc and closed one by one.
WITHOUT="close_range"
missing="close_range"
tests="03-inherited 02-inside 05-handover 16-crash-loop"
# shellcheck source=tests/e2e/without.sh
. "$(dirname "$0")/without.sh"

#!/bin/sh
# SPDX-License-Identifier: ISC
# Before Linux 5.6 there is no openat2(2): paths below a root are walked component by component.
WITHOUT="openat2"
missing="openat2"
tests="26-mounts 02-inside 27-bad-roots 50-hostile-precreation"
# shellcheck source=tests/e2e/without.sh
. "$(dirname "$0")/without.sh"

#!/bin/sh
# SPDX-License-Identifier: ISC
# Before Linux 5.12 there is no mount_setattr(2): no id maps, and flags by a remount.
WITHOUT="mount_setattr"
missing="mount_setattr"
tests="26-mounts 02-inside 01-echo 19-identity 20-limits 33-seal"
# shellcheck source=tests/e2e/without.sh
. "$(dirname "$0")/without.sh"

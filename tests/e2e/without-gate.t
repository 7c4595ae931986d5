#!/bin/sh
# SPDX-License-Identifier: ISC
# Without the gate each container installs the seal itself; and without SO_PASSRIGHTS one that lets no descriptor in, after
# it has been handed its own.
WITHOUT="gate pass-rights"
missing=""
tests="29-sockets 05-handover 06-init"
# shellcheck source=tests/e2e/without.sh
. "$(dirname "$0")/without.sh"

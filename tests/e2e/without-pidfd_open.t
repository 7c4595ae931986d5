#!/bin/sh
# SPDX-License-Identifier: ISC
# Before Linux 5.3 there is no pidfd_open(2).
WITHOUT="pidfd_open"
missing="pidfd"
tests="15-crash-zygote 11-stop 16-crash-loop 17-crash-warden"
# shellcheck source=tests/e2e/without.sh
. "$(dirname "$0")/without.sh"

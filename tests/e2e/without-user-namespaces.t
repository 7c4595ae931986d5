#!/bin/sh
# SPDX-License-Identifier: ISC
# A kernel without CONFIG_USER_NS: host ids of their own, and zygotes that keep capabilities.
WITHOUT="user-namespaces"
missing="user-namespaces clone3"
tests="02-inside 26-mounts 33-seal 04-processes 05-handover 06-init 15-crash-zygote 19-identity 20-limits 27-bad-roots 30-apart 80-warm-started"
# shellcheck source=tests/e2e/without.sh
. "$(dirname "$0")/without.sh"

#!/bin/sh
# SPDX-License-Identifier: ISC
# All of it at once, as nearly as possible the oldest kernel that spawnd starts on.
WITHOUT="user-namespaces clone3 close_range openat2 mount_setattr pidfd_open bpf"
missing="user-namespaces clone3 close_range openat2 mount_setattr pidfd cgroup-bpf"
tests="02-inside 26-mounts 05-handover 01-echo 10-reload 15-crash-zygote 16-crash-loop 20-limits 27-bad-roots"
# shellcheck source=tests/e2e/without.sh
. "$(dirname "$0")/without.sh"

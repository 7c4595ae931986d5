#!/bin/sh
# SPDX-License-Identifier: ISC
# All of it at once, as nearly as possible the oldest kernel that spawnd starts on.
WITHOUT="user-namespaces clone3 close_range openat2 mount_setattr pidfd_open bpf"
missing="clone3 close_range openat2 mount_setattr pidfd cgroup-bpf"
tests="01-echo 02-inside 05-handover 10-reload 15-crash-zygote 16-crash-loop 20-limits 26-mounts 27-bad-roots"
# shellcheck source=tests/e2e/without.sh
. "$(dirname "$0")/without.sh"

#!/bin/sh
# SPDX-License-Identifier: ISC
# Without bpf(2) listeners have no guard, and the seal stands alone.
WITHOUT="bpf"
missing="cgroup-bpf"
tests="01-echo 10-reload 33-seal"
# shellcheck source=tests/e2e/without.sh
. "$(dirname "$0")/without.sh"

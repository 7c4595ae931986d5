#!/bin/sh
# SPDX-License-Identifier: ISC
# The fuzzers, for a short time each; `make fuzz` runs them for longer. FUZZ_SECONDS=10
FUZZ_SECONDS=${FUZZ_SECONDS:-10} exec sh "$(dirname "$0")/../fuzz/run"

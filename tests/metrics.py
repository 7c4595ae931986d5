#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Reads metrics as Prometheus does, and prints one sample a line: NAME {LABEL=VALUE,...} VALUE

    metrics.py FILE

FILE is OpenMetrics text. The parser is Prometheus' own client library's, which refuses what is not of the format:
families that are not together, a wrong unit, buckets that do not rise, a missing # EOF.
"""
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

with open(sys.argv[1], encoding="utf-8", newline="") as file:
    for family in text_string_to_metric_families(file.read()):
        if not family.documentation:
            sys.exit(f"{family.name} has no help")
        for sample in family.samples:
            labels = ",".join(f"{key}={value}" for key, value in sorted(sample.labels.items()))
            print(f"{sample.name} {{{labels}}} {sample.value:g}")

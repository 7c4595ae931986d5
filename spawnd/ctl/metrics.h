/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CTL_METRICS_H
#define SPAWND_CTL_METRICS_H

/* The status as OpenMetrics text 1.0 (github.com/prometheus/OpenMetrics). Pure. */
#include "ctl/reply.h"

#include <stdio.h>

#define METRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

void metrics_print(const struct reply *reply, FILE *stream);

#endif

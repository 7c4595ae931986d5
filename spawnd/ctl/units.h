/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CTL_UNITS_H
#define SPAWND_CTL_UNITS_H

/* Numbers as a person reads them, in a few characters. Pure; return text. */
#include <stdint.h>

#define UNITS_TEXT_SIZE 24

const char *units_bytes(uint64_t bytes, char text[UNITS_TEXT_SIZE]); /* "812", "12.0K", "3.4M" */
const char *units_span(int64_t span_ns,
		       char text[UNITS_TEXT_SIZE]); /* "0.25s", "12m03s", "3d04h" */

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_WIRE_CONTROL_H
#define SPAWND_WIRE_CONTROL_H

/* What spawnctl may ask of the loop: a fixed-size struct, no string in it. */
#include <stdint.h>

#define CONTROL_MAGIC 0x73706431u /* "spd1" */
#define CONTROL_PACKET 16384

enum control_verb { CONTROL_STATUS, CONTROL_LIST, CONTROL_RELOAD, CONTROL_VERBS };

enum { CONTROL_JSON = 1 }; /* flags: for a machine, else for a person */

struct control_request {
	uint32_t magic;
	uint32_t verb; /* enum control_verb */
	uint32_t flags;
};

/*
 * The first packet of an answer and the last: without the last one it was cut short. Text packets
 * are between them.
 */
struct control_answer {
	uint32_t magic;
	int32_t code; /* 0 or negative errno: the text says why */
};

#endif

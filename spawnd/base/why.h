/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_BASE_WHY_H
#define SPAWND_BASE_WHY_H

/*
 * Why an operation of several steps failed. A fixed-size value: it crosses the wire unchanged and
 * is logged once, by the side that knows the connection. Leaf code fills it and never logs.
 */
#include <stdint.h>

#define WHY_STEP_SIZE 24
#define WHY_TEXT_SIZE 136

struct why {
	int32_t code;		  /* negative errno; 0: nothing went wrong */
	char step[WHY_STEP_SIZE]; /* the step that failed, a short fixed word: "mount-proc" */
	char text[WHY_TEXT_SIZE]; /* what was tried, with its operand */
};

/*
 * Fills *why (NULL: nothing) and returns code, so that a caller says `return why_set(...)`.
 * code: negative errno. Never allocates; may be called in a child after clone. Keeps errno.
 */
int why_set(struct why *why, int code, const char *step, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Ends both strings and makes them printable ASCII: for a struct that came over the wire. */
void why_sanitise(struct why *why);

#endif

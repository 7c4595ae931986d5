/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CTL_SCREEN_H
#define SPAWND_CTL_SCREEN_H

/*
 * A terminal that is drawn on again and again: the alternate screen of every terminal of the
 * VT100's family (xterm's control sequences), or, where TERM says "dumb" or nothing, one frame
 * below the other. However spawnctl ends, the terminal is as it was: signals that would end it are
 * heard by screen_wait(). One at a time.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct screen {
	bool terminal; /* standard output is one: else nothing here does anything */
	bool plain;    /* without control sequences */
	int lines, columns;
};

/* Standard output, and the keys of standard input. */
void screen_enter(struct screen *screen);
void screen_leave(struct screen *screen);

/* Draws text, cut to the size that the terminal has now. */
void screen_draw(struct screen *screen, const char *text);

/* Waits for a key: its character; 0: the time is over, or the size has changed; -1: it shall end */
int screen_wait(struct screen *screen, int64_t span_ns);

#endif

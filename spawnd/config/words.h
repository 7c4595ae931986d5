/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONFIG_WORDS_H
#define SPAWND_CONFIG_WORDS_H

/*
 * Words of a value with systemd's quoting: "..." and '...' anywhere in a word, and backslashes
 * inside and outside of them. systemd.service(5), "Command lines" and "Quoting". Pure.
 */
#include <stdbool.h>
#include <stddef.h>

struct words {
	const char *at;	   /* what is left of the value */
	bool c_escapes;	   /* \n, \x41, \u20ac ...; without: a backslash takes the next byte */
	bool colons;	   /* a colon ends a word too; two of them have an empty word between */
	char ended_by;	   /* ':' or '\0' (a blank or the end), of the word before */
	const char *fault; /* static text, when words_next() failed */
};

/*
 * Takes the next word into word[size], which must hold strlen(at) + 1 bytes. 1, 0 at the end, or
 * -EINVAL with fault set.
 */
int words_next(struct words *words, char *word, size_t size);

#endif

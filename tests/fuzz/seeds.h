/* SPDX-License-Identifier: ISC */
#ifndef TESTS_FUZZ_SEEDS_H
#define TESTS_FUZZ_SEEDS_H

/*
 * The first inputs of every target, made from the tables of what they parse: there is one for each
 * row, and a new row brings its own. And inputs that have once found something.
 */
#include <stddef.h>

/* Called for each seed: of which target, under which name, and its bytes. */
typedef void seeds_take(void *context, const char *target, const char *name, const void *bytes,
			size_t size);

void seeds_each(seeds_take *take, void *context);

/* Called for each word that is worth trying in the configuration. */
void seeds_words(void (*take)(void *context, const char *word), void *context);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONFIG_LISTS_H
#define SPAWND_CONFIG_LISTS_H

/*
 * Files that directives name by "file:/path", lists of networks and requests: found in the text of
 * the configuration before it is parsed, so that they are read together with it. Pure.
 */
#include "config/spec.h"

#define LISTS_PREFIX "file:"
#define LISTS_MAX 100 /* in all files */

struct list_use {
	const char *path, *title, *key; /* for the caller to copy */
	struct origin origin;
};

/* Calls found() for each use of a list in the files of a snapshot's bytes. */
void lists_find(const char *bytes, size_t size,
		void (*found)(void *context, const struct list_use *use), void *context);

#endif

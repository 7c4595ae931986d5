/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CTL_HOST_H
#define SPAWND_CTL_HOST_H

/* What of the kernel and its settings matters to spawnd. Reads, and changes nothing. */
enum host_level {
	HOST_OK,
	HOST_ADVICE,  /* slower, fewer at once, or something optional is not to be had */
	HOST_PROBLEM, /* a promise is not kept, or spawnd does not start */
	HOST_LEVELS
};

const char *host_level_name(enum host_level level);

#define HOST_VALUE_SIZE 64
#define HOST_CHANGE_SIZE 160

struct host_finding {
	const char *name; /* "net.core.somaxconn" */
	enum host_level level;
	char value[HOST_VALUE_SIZE];
	char change[HOST_CHANGE_SIZE]; /* "": nothing */
	const char *why;	       /* why it matters */
};

/*
 * Calls found() for every check, in the order of the manual. root: what /proc and /sys are below
 * ("" for this host); what the kernel itself can do is asked of the running one in any case.
 */
void host_check(const char *root, void (*found)(void *context, const struct host_finding *finding),
		void *context);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_WARDEN_POST_H
#define SPAWND_WARDEN_POST_H

/*
 * A process of the warden's with a channel to it: started, linked to the loop, started again later
 * when it has died. Of zygotes and relays there is a list, one for each service of a generation;
 * the loop is started by the same function. Warden, start and run regime.
 */
#include "base/why.h"
#include "process/role.h"
#include "wire/messages.h"

#include <stdbool.h>
#include <stddef.h>

struct post {
	pid_t pid;		    /* 0: none */
	int channel;		    /* to it; -1: none */
	uint32_t serial;	    /* of its containers' control groups */
	int64_t born_ns;	    /* when it was started */
	int64_t retry_ns, delay_ns; /* dead: not before; how long the last wait was */
};

/* A new process of start->role, which finds its end of the channel. 0 or -errno. */
int post_start(struct post *post, struct role_start *start, struct why *why);

/* What the ends of a link are sent as, and how many messages each has to have room for unread. */
struct post_link {
	const char *step; /* for why */
	enum wire_type to_post, to_loop;
	size_t loop_sends, post_sends; /* 0: the usual buffer */
};

/*
 * Makes a link between the post's process and the loop and sends both their ends; the loop's goes
 * with `up`. loop -1: nothing is done, the next loop gets one. 0 or -errno.
 */
int post_connect(const struct post *post, int loop, const struct post_link *link,
		 struct wire_message *up, struct why *why);

/*
 * post_connect() has failed for a process that lives: logged. 0: it is ended, and another is to be
 * started; -ENOTCONN: it is the loop that does not read.
 */
int post_not_linked(struct post *post, const char *service, const struct why *why);

/* Sets the time when one that has ended is due again: longer if it did not live long. */
void post_postpone(struct post *post);

/* The one with that pid, or NULL. */
struct post *posts_find(struct post *posts, size_t count, pid_t pid);

/* The child `pid` has ended: true if it was one of these, *index. */
bool posts_lost(struct post *posts, size_t count, pid_t pid, size_t *index);

bool posts_empty(const struct post *posts, size_t count); /* nobody lives */

/* Closes the channels: each process ends, and what it has with it. */
void posts_dismiss(struct post *posts, size_t count);

#endif

/* SPDX-License-Identifier: ISC */
/* Starts processes and connects them with the loop. Warden, start and run regime. */
#include "warden/post.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "wire/wire.h"

#include <errno.h>

#define DELAY_FIRST_NS (100 * CLOCK_MILLISECOND_NS)
#define DELAY_LAST_NS (10 * CLOCK_SECOND_NS)
#define SEND_SECONDS 5 /* one that does not read for so long is of no use */

int post_start(struct post *post, struct role_start *start, struct why *why)
{
	int pair[2], error = wire_pair(pair);
	pid_t pid;

	post->born_ns = clock_now_ns(); /* also of one that cannot be started: post_postpone() */
	if (error < 0)
		return why_set(why, error, "start-role", "channel of %s", start->title);
	wire_bound_wait(pair[0], SEND_SECONDS);
	start->channel = pair[1];
	pid = role_start(start, why);
	fd_close(&pair[1]);
	if (pid < 0) {
		fd_close(&pair[0]);
		return pid;
	}
	post->pid = pid;
	post->channel = pair[0];
	return 0;
}

/* pair[0] is the loop's. */
static int make_pair(const struct post_link *link, int pair[2])
{
	int error = wire_pair(pair);

	if (error == 0 && link->loop_sends > 0)
		error = wire_reserve(pair[0], link->loop_sends);
	if (error == 0 && link->post_sends > 0)
		error = wire_reserve(pair[1], link->post_sends);
	return error;
}

/* A dead one is found by its end, and the next gets links of its own. */
static int tell_loop_of(int loop, const struct post_link *link, struct wire_message *up, int fd)
{
	int error = wire_send(loop, link->to_loop, up, &fd, 1, true);

	if (error == -EPIPE)
		return 0;
	return error == -EAGAIN ? -ENOTCONN : error;
}

int post_connect(const struct post *post, int loop, const struct post_link *link,
		 struct wire_message *up, struct why *why)
{
	struct wire_message down = { 0 };
	int pair[2], error;

	if (loop < 0)
		return 0;
	error = make_pair(link, pair);
	if (error < 0)
		return why_set(why, error, link->step, "link");
	error = wire_send(post->channel, link->to_post, &down, &pair[1], 1, true);
	if (error == 0)
		error = tell_loop_of(loop, link, up, pair[0]);
	fd_close_all(pair, 2);
	return error < 0 ? why_set(why, error, link->step, "send the link") : 0;
}

int post_not_linked(struct post *post, const char *service, const struct why *why)
{
	log_event(LOG_LEVEL_ERROR, "relink-failed", "service=%s text=\"%s\"", service, why->text);
	if (why->code == -ENOTCONN)
		return why->code;
	fd_close(&post->channel);
	return 0;
}

void post_postpone(struct post *post)
{
	bool was_short = clock_now_ns() - post->born_ns < DELAY_LAST_NS;

	post->delay_ns = post->delay_ns == 0 || !was_short ? DELAY_FIRST_NS : post->delay_ns * 2;
	if (post->delay_ns > DELAY_LAST_NS)
		post->delay_ns = DELAY_LAST_NS;
	post->retry_ns = clock_now_ns() + post->delay_ns;
}

struct post *posts_find(struct post *posts, size_t count, pid_t pid)
{
	for (size_t i = 0; i < count; i++)
		if (posts[i].pid == pid)
			return &posts[i];
	return NULL;
}

bool posts_lost(struct post *posts, size_t count, pid_t pid, size_t *index)
{
	struct post *post = posts_find(posts, count, pid);

	if (!post)
		return false;
	post->pid = 0;
	fd_close(&post->channel);
	post_postpone(post);
	*index = (size_t)(post - posts);
	return true;
}

bool posts_empty(const struct post *posts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (posts[i].pid != 0)
			return false;
	return true;
}

void posts_dismiss(struct post *posts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fd_close(&posts[i].channel);
}

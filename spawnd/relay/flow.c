/* SPDX-License-Identifier: ISC */
/*
 * Moving bytes by splice(2), one direction. Relay process, run regime. It looks at no byte, and
 * copies one only behind TCP's urgent mark, where splice(2) cannot go.
 */
#include "relay/flow.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#define CHUNK_BYTES (1 << 20) /* more than a pipe holds: all there is */
#define CALLS_PER_TURN 16     /* a busy connection does not starve the others */
#define COPY_BYTES 512	      /* not above PIPE_BUF: a pipe takes it whole or not at all */

void flow_mark_urgent(struct flow *flow)
{
	flow->urgent = true;
}

static ssize_t move(int from, int to, size_t count)
{
	ssize_t moved = splice(from, NULL, to, NULL, count, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

	return moved < 0 ? -errno : moved;
}

/*
 * The bytes behind the urgent mark: looked at, written, and only then taken, so that a full pipe
 * loses none.
 */
static ssize_t copy_past_mark(int from, int pipe)
{
	char bytes[COPY_BYTES];
	ssize_t count = recv(from, bytes, sizeof(bytes), MSG_PEEK | MSG_DONTWAIT);

	if (count > 0)
		count = write(pipe, bytes, (size_t)count);
	if (count > 0 && recv(from, bytes, (size_t)count, MSG_DONTWAIT) != count)
		return -EIO;
	return count < 0 ? -errno : count;
}

static ssize_t take_in(const struct flow *flow, int pipe)
{
	ssize_t count = move(flow->from, pipe, CHUNK_BYTES);

	/* 0 too: at the mark and with a FIN behind it, splice says that it is the end. */
	if (flow->urgent && (count == 0 || count == -EAGAIN))
		count = copy_past_mark(flow->from, pipe);
	return count;
}

static enum flow_result step_in(struct flow *flow)
{
	ssize_t count = take_in(flow, flow->to);

	if (count > 0)
		flow->bytes += (uint64_t)count;
	if (count > 0)
		return FLOW_MORE;
	if (count == 0)
		return FLOW_EOF;
	if (count == -EAGAIN)
		return FLOW_WAITS;
	/* A pipe without readers says EPIPE, and no socket that is read from does. */
	return count == -EPIPE ? FLOW_SINK_LOST : FLOW_SOURCE_LOST;
}

static enum flow_result step_out(struct flow *flow, int pipe, size_t count)
{
	ssize_t moved = move(pipe, flow->to, count);

	if (moved == -EAGAIN)
		return FLOW_WAITS;
	if (moved < 0)
		return FLOW_SINK_LOST;
	if (moved == 0)
		return FLOW_EOF;
	flow->bytes += (uint64_t)moved;
	return FLOW_MORE;
}

static enum flow_result step_across(struct flow *flow)
{
	uint64_t before = flow->bytes;
	enum flow_result result;
	ssize_t count;

	if (flow->held > 0) {
		result = step_out(flow, flow->middle[0], flow->held);
		flow->held -= (size_t)(flow->bytes - before);
		return result;
	}
	if (flow->ended)
		return FLOW_EOF;
	/* The middle is empty, so that EAGAIN can only be the source's. */
	count = take_in(flow, flow->middle[1]);
	if (count == -EAGAIN)
		return FLOW_WAITS;
	if (count < 0)
		return FLOW_SOURCE_LOST;
	flow->ended = count == 0;
	flow->held = (size_t)count;
	return FLOW_MORE;
}

static enum flow_result step(struct flow *flow)
{
	switch (flow->kind) {
	case FLOW_SOCKET_TO_PIPE:
		return step_in(flow);
	case FLOW_PIPE_TO_SOCKET:
		return step_out(flow, flow->from, CHUNK_BYTES);
	default:
		return step_across(flow);
	}
}

enum flow_result flow_turn(struct flow *flow)
{
	enum flow_result result = FLOW_MORE;

	for (int call = 0; call < CALLS_PER_TURN && result == FLOW_MORE; call++)
		result = step(flow);
	return result;
}

enum flow_result flow_discard(struct flow *flow, const int drain[2], int null)
{
	ssize_t count = 1;

	for (int call = 0; call < CALLS_PER_TURN && count > 0; call++) {
		count = take_in(flow, drain[1]);
		for (ssize_t left = count; left > 0;) {
			ssize_t gone = move(drain[0], null, (size_t)left);

			if (gone <= 0)
				return FLOW_SOURCE_LOST; /* /dev/null takes everything */
			left -= gone;
		}
	}
	if (count > 0)
		return FLOW_MORE;
	if (count == 0)
		return FLOW_EOF;
	return count == -EAGAIN ? FLOW_WAITS : FLOW_SOURCE_LOST;
}

void flow_empty_middle(struct flow *flow, int null)
{
	ssize_t gone = 1;

	while (flow->held > 0 && gone > 0) {
		gone = move(flow->middle[0], null, flow->held);
		flow->held -= gone > 0 ? (size_t)gone : 0;
	}
}

/* SPDX-License-Identifier: ISC */
/*
 * The two directions of a connection and their ends. Relay process, run regime. Which end is told
 * what is all here; no byte is looked at.
 */
#include "relay/stream.h"

#include "base/fd.h"

#include <sys/epoll.h>
#include <sys/socket.h>

void stream_open(struct stream *stream, int socket, int in, int out, int (*middles)[2])
{
	*stream = (struct stream){ .socket = socket, .in = in, .out = out, .pair = in == out };
	stream->to_program = (struct flow){ .kind = FLOW_SOCKET_TO_PIPE, .from = socket, .to = in };
	stream->to_client = (struct flow){ .kind = FLOW_PIPE_TO_SOCKET, .from = out, .to = socket };
	if (stream->pair) {
		stream->to_program.kind = stream->to_client.kind = FLOW_SOCKET_TO_SOCKET;
		for (int end = 0; end < 2; end++) {
			stream->to_program.middle[end] = middles[0][end];
			stream->to_client.middle[end] = middles[1][end];
		}
	}
	/*
	 * SPLICE_F_NONBLOCK speaks of pipes: a socket blocks as its flags say (splice_to_socket()).
	 * Their open files are ours alone; the program's ends have flags of their own.
	 */
	fd_blocking(socket, false);
	fd_blocking(in, false);
	if (!stream->pair)
		fd_blocking(out, false);
}

static void end_input(struct stream *stream)
{
	stream->input_over = true;
	if (stream->pair)
		shutdown(stream->in, SHUT_WR);
	else
		fd_close(&stream->in);
}

/* The program reads no more. The client must not be stuck for that while it waits for an answer. */
static void end_reading(struct stream *stream)
{
	stream->discards = true;
	if (!stream->pair)
		fd_close(&stream->in);
}

/* tell_client: the program has ended its output; else it is the client that takes no more. */
static void end_output(struct stream *stream, bool tell_client)
{
	stream->output_over = true;
	if (tell_client)
		shutdown(stream->socket, SHUT_WR);
	if (!stream->pair)
		fd_close(&stream->out);
	else if (!tell_client)
		shutdown(stream->in, SHUT_RD);
}

void stream_hear(struct stream *stream, enum stream_end end, uint32_t events)
{
	bool gone = events & (EPOLLHUP | EPOLLERR);

	if (end == STREAM_SOCKET && (events & EPOLLPRI))
		flow_mark_urgent(&stream->to_program);
	/*
	 * Both directions of the socket are shut, and this one not by us: it was reset, or the
	 * client of an AF_UNIX socket has closed it. What it had sent may still be there.
	 */
	if (end == STREAM_SOCKET && gone && !stream->output_over)
		end_output(stream, false);
	/* No reader of the pipe, no other end of the pair: no byte has to come to find that out. */
	if (end == STREAM_IN && gone && !stream->input_over && !stream->discards)
		end_reading(stream);
}

static bool turn_to_program(struct stream *stream, const struct stream_waste *waste)
{
	enum flow_result result;

	if (stream->discards)
		result = flow_discard(&stream->to_program, waste->drain, waste->null);
	else
		result = flow_turn(&stream->to_program);
	switch (result) {
	case FLOW_EOF:
		end_input(stream);
		return false;
	case FLOW_SOURCE_LOST:
		/* Reset: there is nobody to send to, either. */
		end_input(stream);
		if (!stream->output_over)
			end_output(stream, false);
		return false;
	case FLOW_SINK_LOST:
		end_reading(stream);
		return true;
	default:
		return result == FLOW_MORE;
	}
}

static bool turn_to_client(struct stream *stream)
{
	enum flow_result result = flow_turn(&stream->to_client);

	/* A pair whose other end was closed with unread bytes in it is broken: that is its end. */
	if (result == FLOW_EOF || result == FLOW_SOURCE_LOST)
		end_output(stream, true);
	else if (result == FLOW_SINK_LOST)
		end_output(stream, false);
	return result == FLOW_MORE;
}

bool stream_turn(struct stream *stream, const struct stream_waste *waste)
{
	bool more = false;

	if (!stream->output_over)
		more = turn_to_client(stream);
	if (!stream->input_over)
		more = turn_to_program(stream, waste) || more;
	return more && !stream_over(stream);
}

bool stream_over(const struct stream *stream)
{
	return stream->output_over && (stream->input_over || stream->discards);
}

void stream_close(struct stream *stream, const struct stream_waste *waste)
{
	/* Unread bytes would make close(2) a reset, which can overtake what was sent. */
	if (!stream->input_over)
		flow_discard(&stream->to_program, waste->drain, waste->null);
	if (stream->pair) {
		flow_empty_middle(&stream->to_program, waste->null);
		flow_empty_middle(&stream->to_client, waste->null);
		stream->out = -1;
	}
	fd_close(&stream->in);
	fd_close(&stream->out);
	fd_close(&stream->socket);
}

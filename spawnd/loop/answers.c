/* SPDX-License-Identifier: ISC */
/*
 * What is asked, and the packets of the answer. Loop, run regime; nothing blocks, nothing is
 * allocated.
 */
#include "loop/answers.h"

#include "loop/loop.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct service *answers_service(struct loop *loop, const char *name)
{
	struct generation *serving = loop->serving;

	for (size_t i = 0; serving && i < serving->config.service_count; i++)
		if (strcmp(serving->services[i].spec->name, name) == 0)
			return &serving->services[i];
	return NULL;
}

struct tally *answers_tally(struct loop *loop, const char *name)
{
	for (struct list *at = loop->tallies.next; at != &loop->tallies; at = at->next) {
		struct tally *tally = container_of(at, struct tally, in_loop);

		if (strcmp(tally->name, name) == 0)
			return tally;
	}
	return NULL;
}

static void refuse(struct question *question, int code, const char *text)
{
	question->code = code;
	question->text = text;
}

/* A name that is no service's is refused here, for all verbs alike. */
static bool names_nobody(struct loop *loop, struct question *question)
{
	struct control_request *request = &question->request;

	request->service[CONTROL_NAME_SIZE - 1] = '\0';
	if (!request->service[0] || answers_tally(loop, request->service))
		return false;
	refuse(question, -ENOENT, "there is no such service");
	return true;
}

void answer_begin(struct loop *loop, struct question *question, int asker)
{
	if (names_nobody(loop, question))
		return;
	question->tally = loop->tallies.next;
	switch ((enum control_verb)question->request.verb) {
	case CONTROL_STATUS:
	case CONTROL_LIST:
	case CONTROL_SHOW:
	case CONTROL_EXPLAIN:
		break;
	case CONTROL_KILL:
		act_kill(loop, question, asker);
		break;
	case CONTROL_PAUSE:
	case CONTROL_DRAIN:
		act_pause(loop, question, asker);
		break;
	case CONTROL_RESUME:
		act_resume(loop, question, asker);
		break;
	default:
		refuse(question, -EINVAL, "spawnd does not know this request: is spawnctl newer?");
		break;
	}
}

static enum control_type next_record(struct loop *loop, struct question *question,
				     union control_record *record)
{
	if (question->code < 0)
		return CONTROL_END;
	switch ((enum control_verb)question->request.verb) {
	case CONTROL_STATUS:
		return status_next(loop, question, record);
	case CONTROL_LIST:
	case CONTROL_SHOW:
		return connections_next(loop, question, record);
	case CONTROL_EXPLAIN:
		return explain_next(loop, question, record);
	default:
		return CONTROL_END;
	}
}

static void fill_end(const struct question *question, struct control_end *end)
{
	*end = (struct control_end){ .code = question->code, .number = question->number };
	if (question->text)
		snprintf(end->text, sizeof(end->text), "%s", question->text);
}

size_t answer_fill(struct loop *loop, struct question *question, char packet[CONTROL_PACKET])
{
	struct control_head head = { .magic = CONTROL_MAGIC };
	union control_record record;
	enum control_type type;
	size_t length = 0;

	while (!question->done && length + sizeof(head) + sizeof(record) <= CONTROL_PACKET) {
		memset(&record, 0, sizeof(record));
		type = next_record(loop, question, &record);
		if (type == CONTROL_END) {
			fill_end(question, &record.end);
			question->done = true;
		}
		head.type = (uint16_t)type;
		head.size = control_size(type);
		memcpy(packet + length, &head, sizeof(head));
		memcpy(packet + length + sizeof(head), &record, head.size);
		length += sizeof(head) + head.size;
	}
	return length;
}

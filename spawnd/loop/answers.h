/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_LOOP_ANSWERS_H
#define SPAWND_LOOP_ANSWERS_H

/*
 * The answers to spawnctl: records of wire/control.h, made when there is room to send them. An
 * answer is a walk that can be left and taken up again: nobody waits for a slow reader, nothing is
 * allocated, and what it tells is what is so at that moment. One file for each group of verbs.
 * Loop, run regime.
 */
#include "base/why.h"
#include "loop/service.h"
#include "wire/control.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A request, and how far its answer has come. A value. */
struct question {
	struct control_request request;
	bool done;	      /* CONTROL_END was made */
	int32_t code;	      /* of the end */
	const char *text;     /* static; why the code is not 0 */
	uint64_t number;      /* of the end */
	uint32_t index, part; /* of the walk */
	struct list *tally;   /* of the walk; tallies are for the life of the loop */
};

/* Looks at the request and does what it asks for. asker: a process id, for the log. */
void answer_begin(struct loop *loop, struct question *question, int asker);

/* Fills a packet with what comes next; its length. Afterwards question->done if that was all. */
size_t answer_fill(struct loop *loop, struct question *question, char packet[CONTROL_PACKET]);

/* The serving service of a name, or NULL. */
struct service *answers_service(struct loop *loop, const char *name);

/* The tally of a name, or NULL. */
struct tally *answers_tally(struct loop *loop, const char *name);

/* The walks. CONTROL_END: there is nothing more; the record is left alone. */
enum control_type status_next(struct loop *loop, struct question *question,
			      union control_record *record);
enum control_type connections_next(struct loop *loop, struct question *question,
				   union control_record *record);
enum control_type explain_next(struct loop *loop, struct question *question,
			       union control_record *record);

/* The acts. They set code, text and number. */
void act_kill(struct loop *loop, struct question *question, int asker);
void act_pause(struct loop *loop, struct question *question, int asker);
void act_resume(struct loop *loop, struct question *question, int asker);

#endif

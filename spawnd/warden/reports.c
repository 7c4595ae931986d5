/* SPDX-License-Identifier: ISC */
/*
 * Hears the loop. Run regime. What it says is checked like anything from outside: it is the process
 * that hears strangers.
 */
#include "warden/reports.h"

#include "base/clock.h"
#include "base/fd.h"
#include "warden/succession.h"
#include "wire/wire.h"

#include <errno.h>
#include <signal.h>

#define MESSAGES_PER_TURN 64

/* Whose service it is about; NULL: nobody's. */
static struct roster *find(const struct warden *warden, const struct wire_message *message)
{
	for (struct list *at = warden->rosters.next; at != &warden->rosters; at = at->next) {
		struct roster *roster = container_of(at, struct roster, in_all);

		if (roster->generation == message->generation &&
		    message->service < roster->config.service_count)
			return roster;
	}
	return NULL;
}

/* One that talks nonsense, or no longer listens, is as good as dead; if it is not, it is now. */
static void end_loop(struct warden *warden)
{
	if (warden->loop_pid > 0)
		kill(warden->loop_pid, SIGKILL);
	fd_close(&warden->loop);
}

/*
 * A generation that is new fails as a whole. Of one that serves, or did until its loop died, a
 * service that cannot make containers goes on trying; a zygote or relay that the loop cannot speak
 * with is replaced, and ends what it runs; a loop that cannot take it over is.
 */
static void hear_failure(struct warden *warden, struct wire_message *message)
{
	struct roster *roster = find(warden, message);

	why_sanitise(&message->why);
	if (warden->staged && warden->staged != warden->serving &&
	    warden->staged->generation == message->generation)
		succession_abort(warden,
				 roster ? roster->config.services[message->service].name : "-",
				 &message->why);
	else if (roster && message->number == FAILURE_LINK)
		fd_close(&roster->posts[message->service].channel);
	else if (roster && message->number == FAILURE_RELAY_LINK)
		fd_close(&roster->relays[message->service].channel);
	else if (message->number == FAILURE_STAGING && roster && roster == warden->serving)
		end_loop(warden);
}

/* However many they are and however slow the machine: what goes on is not given up. */
static void hear_readiness(struct warden *warden, const struct wire_message *message)
{
	if (message->waiting == 0) {
		succession_commit(warden, message->generation);
	} else if (warden->staged && warden->staged->generation == message->generation &&
		   message->waiting < warden->staged_waiting) {
		warden->staged_waiting = message->waiting;
		if (warden->staged_patience_ns > 0)
			warden->staged_until_ns = clock_now_ns() + warden->staged_patience_ns;
	}
}

void reports_hear(struct warden *warden)
{
	struct wire_message message;
	int got = 1;

	for (int i = 0; i < MESSAGES_PER_TURN; i++) {
		got = wire_receive(warden->loop, WIRE_FROM_LOOP, &message, false);
		if (got != 1)
			break;
		switch ((enum wire_type)message.type) {
		case WARDEN_READY:
			hear_readiness(warden, &message);
			break;
		case WARDEN_FAILED:
			hear_failure(warden, &message);
			break;
		case WARDEN_REOPEN:
			succession_reopen(warden);
			break;
		case WARDEN_ROTATE:
			succession_rotate(warden);
			break;
		case WARDEN_RELOAD:
			warden->reload_wanted = true;
			warden->reload_asked_ns = message.when_ns;
			break;
		default:
			break;
		}
	}
	if (got == 1 || got == -EAGAIN)
		return;
	end_loop(warden);
}

/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_ZYGOTE_PROOF_H
#define SPAWND_ZYGOTE_PROOF_H

/*
 * What is tried before a service serves: that its seal holds (rehearsal.h), and that its program
 * answers as ever when it is started ahead (WarmCheck=, trial.h). Start regime.
 */
#include "zygote/nursery.h"
#include "zygote/rehearsal.h"
#include "zygote/trial.h"

struct proof {
	struct rehearsal rehearsal;
	struct trial trial;
	enum selftest_extent extent; /* as the warden wants it */
};

/* While still host root. arena: both ends of a scratch connection, which are taken. 0 or -errno. */
int proof_prepare(struct proof *proof, const struct service_spec *service, int arena[2],
		  struct why *why);

/* After the seal. link: is told of each way where the self-test is all there is to do. 0 or -errno.
 */
int proof_rehearse(struct proof *proof, const struct plan *plan, int link, struct why *why);

/*
 * A program that answers otherwise costs the service this level of warmth, not its start. signals:
 * signalfd(2) of SIGCHLD.
 */
void proof_try(struct proof *proof, const struct service_spec *service, struct nursery *nursery,
	       int signals);

#endif

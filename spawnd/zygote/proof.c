/* SPDX-License-Identifier: ISC */
/* Runs what a service has to pass before it serves. Zygote, start regime. */
#include "zygote/proof.h"

#include "wire/wire.h"
#include "zygote/warmth.h"

static void tell_tested(void *context, enum selftest_path path, bool open, int error)
{
	const int *link = context;
	struct wire_message tested = { .number = path, .id = (uint64_t)error, .pid = open };

	wire_send(*link, LINK_TESTED, &tested, NULL, 0, true);
}

/* Whether the program is tried before it serves. */
static bool has_trial(const struct proof *proof, const struct service_spec *service)
{
	return warmth_is_ahead(service->warmth) && service->warm_check.size > 0 &&
	       proof->extent != SELFTEST_TABLE;
}

int proof_prepare(struct proof *proof, const struct service_spec *service, int arena[2],
		  struct why *why)
{
	trial_init(&proof->trial);
	if (has_trial(proof, service) && trial_prepare(&proof->trial, arena[0], why) < 0)
		return why->code;
	return rehearsal_prepare(&proof->rehearsal, arena[0], arena[1], why);
}

int proof_rehearse(struct proof *proof, const struct plan *plan, int link, struct why *why)
{
	bool tell = proof->extent == SELFTEST_TABLE;

	/* Nothing is promised with SocketSeal=none, and so nothing is tested but on demand. */
	if (plan->spec->socket_seal == SOCKET_SEAL_NONE && !tell) {
		rehearsal_close(&proof->rehearsal);
		return 0;
	}
	proof->rehearsal.full = proof->extent != SELFTEST_QUICK;
	return rehearsal_run(&proof->rehearsal, plan, tell ? tell_tested : NULL, &link, why);
}

void proof_try(struct proof *proof, const struct service_spec *service, struct nursery *nursery,
	       int signals)
{
	struct troupe troupe = { nursery->plan, nursery->leaf_plan };
	struct why why;

	while (has_trial(proof, service) && warmth_is_ahead(nursery->warmth) &&
	       trial_run(&proof->trial, &troupe, nursery->warmth, &service->warm_check, signals,
			 &why) < 0)
		warmth_fall_back(nursery, &why);
	trial_close(&proof->trial);
}

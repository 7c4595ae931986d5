/* SPDX-License-Identifier: ISC */
/*
 * The limits of services, and whether the limits of their connections can be had. Warden, start and
 * run regime.
 */
#include "warden/ration.h"

#include "base/cgroup.h"
#include "base/errno_name.h"
#include "base/log.h"
#include "base/text.h"
#include "container/limits.h"

#include <errno.h>

/* Counting memory and processes costs little and tells much: always, where it can be had. */
#define COUNTED (CGROUP_BIT(CGROUP_MEMORY) | CGROUP_BIT(CGROUP_PIDS))

/* Where a limit of the service as a whole stands: a weight is one against the other services. */
static int place_of(const struct groups_branch *branch, enum group_limit limit)
{
	bool is_weight = limit == GROUP_CPU_WEIGHT || limit == GROUP_IO_WEIGHT;

	return is_weight ? branch->service : branch->run;
}

static unsigned int controllers_of(const struct service_spec *service, bool whole)
{
	return COUNTED | group_controllers(service->container.group) |
	       (whole ? group_controllers(service->group) : 0);
}

/* Sets of 1 << enum group_limit: those set that the groups of the service cannot have. */
static void find_missing(const struct groups_branch *branch, const struct service_spec *service,
			 unsigned int *each, unsigned int *whole)
{
	unsigned int below =
		branch->run < 0 ? 0 : cgroup_controllers(branch->run, "cgroup.subtree_control");

	*each = *whole = 0;
	for (int i = 0; i < GROUP_LIMITS; i++) {
		enum group_limit limit = (enum group_limit)i;
		unsigned int controller = group_limit_controller(limit);

		if (service->container.group[i].unit != GROUP_UNIT_NONE &&
		    (!(below & controller) || !limits_has(branch->run, limit)))
			*each |= 1u << i;
		if (service->group[i].unit != GROUP_UNIT_NONE &&
		    (branch->run < 0 || !limits_has(place_of(branch, limit), limit)))
			*whole |= 1u << i;
	}
}

/* At the limit's line, where errors are still looked for; else in the log. */
static void limit_service(const struct groups_branch *branch, const struct config *config,
			  const struct service_spec *service, struct config_errors *errors)
{
	struct why why;

	for (int i = 0; i < GROUP_LIMITS; i++) {
		enum group_limit limit = (enum group_limit)i;
		int place = place_of(branch, limit);

		if (place < 0 || !limits_has(place, limit) ||
		    limits_write(place, limit, &service->group[i], &why) == 0)
			continue;
		if (errors)
			group_fault(config, service, limit, &why, errors);
		else
			log_event(LOG_LEVEL_ERROR, "limit-failed",
				  "service=%s error=%s text=\"%s\"", service->name,
				  errno_name(why.code), why.text);
	}
}

static void stage_service(struct groups *groups, const struct config *config,
			  const struct service_spec *service, struct config_errors *errors)
{
	const struct why *reason = groups->why.code < 0 ? &groups->why : &groups->lacks;
	unsigned int each, whole;
	struct groups_branch branch;
	struct why why;

	if (groups_open_branch(groups, service->name, true, &branch) == 0) {
		cgroup_enable(branch.service, controllers_of(service, true) & groups->controllers,
			      &why);
		cgroup_enable(branch.run, controllers_of(service, false) & groups->controllers,
			      &why);
		if (branch.fresh)
			limit_service(&branch, config, service, errors);
	}
	find_missing(&branch, service, &each, &whole);
	for (int i = 0; i < GROUP_LIMITS; i++)
		if ((each | whole) & (1u << i))
			group_fault(config, service, (enum group_limit)i, reason, errors);
	groups_close_branch(&branch);
}

int ration_stage(struct groups *groups, const struct config *config, struct config_errors *errors)
{
	size_t before = errors->count;

	unsigned int wanted = COUNTED;

	/* Whatever any service needs has to come down all the way to them. */
	for (size_t i = 0; i < config->service_count; i++)
		wanted |= controllers_of(&config->services[i], true);
	groups_open(groups, config->daemon.control_group);
	groups_hand_down(groups, wanted);
	for (size_t i = 0; i < config->service_count; i++)
		stage_service(groups, config, &config->services[i], errors);
	return errors->count > before || errors->cut ? -EINVAL : 0;
}

static void add_names(struct text *text, const char *prefix, unsigned int set)
{
	for (int i = 0; i < GROUP_LIMITS; i++)
		if (set & (1u << i))
			text_addf(text, "%s%s%s", text->length ? "," : "", prefix,
				  group_limit_name((enum group_limit)i));
}

static void log_missing(const struct groups *groups, enum log_level level, const char *service,
			unsigned int each, unsigned int whole)
{
	const struct why *reason = groups->why.code < 0 ? &groups->why : &groups->lacks;
	char bytes[512];
	struct text text;

	if (!each && !whole)
		return;
	text_init(&text, bytes, sizeof(bytes));
	add_names(&text, "", each);
	add_names(&text, "Service", whole);
	log_event(level, "limits-not-in-force", "service=%s limits=%s error=%s text=\"%s\"",
		  service, bytes, errno_name(reason->code), reason->text);
}

/* What cannot be had here at all, asked for or not: memory and processes are always counted. */
static unsigned int not_to_be_had(const struct groups *groups)
{
	unsigned int set = 0;

	for (int i = 0; i < GROUP_LIMITS; i++)
		if (group_limit_controller((enum group_limit)i) & COUNTED & ~groups->controllers)
			set |= 1u << i;
	return groups->top < 0 ? (1u << GROUP_LIMITS) - 1 : set;
}

void ration_commit(struct groups *groups, const struct config *config, bool first)
{
	if (first)
		log_missing(groups, LOG_LEVEL_NOTICE, "-", not_to_be_had(groups), 0);
	for (size_t i = 0; i < config->service_count; i++) {
		const struct service_spec *service = &config->services[i];
		unsigned int each, whole;
		struct groups_branch branch;

		groups_open_branch(groups, service->name, false, &branch);
		find_missing(&branch, service, &each, &whole);
		log_missing(groups, LOG_LEVEL_WARNING, service->name, each, whole);
		limit_service(&branch, config, service, NULL);
		groups_close_branch(&branch);
	}
}

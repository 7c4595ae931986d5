/* SPDX-License-Identifier: ISC */
/*
 * Limits by control group: their names, what they need, their values as systemd writes them, and
 * whether this host can enforce them. Start regime, every process; group_check() reads files of the
 * host, all else is pure.
 */
#include "config/directive.h"

#include "base/cgroup.h"
#include "base/fd.h"
#include "config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define PERMYRIAD_WHOLE 10000u
#define QUOTA_MIN 100u	      /* 1%: the kernel takes no quota below 1ms, of a period of 100ms */
#define QUOTA_MAX 1000000000u /* 10,000,000%: more processors than there are */
#define MEMORY_MIN 4096u
#define NAME_BYTES "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-:@"

static const struct {
	const char *name;
	enum cgroup_controller controller;
} limits[] = {
	[GROUP_MEMORY_MAX] = { "MemoryMax", CGROUP_MEMORY },
	[GROUP_MEMORY_HIGH] = { "MemoryHigh", CGROUP_MEMORY },
	[GROUP_MEMORY_SWAP_MAX] = { "MemorySwapMax", CGROUP_MEMORY },
	[GROUP_TASKS_MAX] = { "TasksMax", CGROUP_PIDS },
	[GROUP_CPU_QUOTA] = { "CPUQuota", CGROUP_CPU },
	[GROUP_CPU_WEIGHT] = { "CPUWeight", CGROUP_CPU },
	[GROUP_IO_WEIGHT] = { "IOWeight", CGROUP_IO },
};
_Static_assert(sizeof(limits) / sizeof(limits[0]) == GROUP_LIMITS, "a row for each");

const char *group_limit_name(enum group_limit limit)
{
	return limits[limit].name;
}

unsigned int group_limit_controller(enum group_limit limit)
{
	return CGROUP_BIT(limits[limit].controller);
}

unsigned int group_controllers(const struct group_limit_spec *spec)
{
	unsigned int set = 0;

	for (int i = 0; i < GROUP_LIMITS; i++)
		if (spec[i].unit != GROUP_UNIT_NONE)
			set |= group_limit_controller((enum group_limit)i);
	return set;
}

/* "12%", "12.5%", "12.25%" in hundredths of a percent. */
int value_percent(const char *text, uint64_t maximum, uint64_t *permyriad)
{
	uint64_t hundredths = 0;
	char whole[24];
	size_t length = strcspn(text, ".%");
	int64_t number;
	int error;

	if (length == 0 || length >= sizeof(whole))
		return length ? -ERANGE : -EINVAL;
	memcpy(whole, text, length);
	whole[length] = '\0';
	error = value_number(whole, 0, INT64_MAX / 100 - 1, &number);
	text += length;
	if (error == -EINVAL)
		return error;
	if (*text == '.') {
		for (int scale = 10; *++text >= '0' && *text <= '9'; scale /= 10) {
			if (scale == 0)
				return -EINVAL;
			hundredths += (uint64_t)(*text - '0') * (uint64_t)scale;
		}
		if (text[-1] == '.')
			return -EINVAL;
	}
	if (strcmp(text, "%") != 0)
		return -EINVAL;
	if (error || (uint64_t)number * 100 + hundredths > maximum)
		return -ERANGE;
	*permyriad = (uint64_t)number * 100 + hundredths;
	return 0;
}

static int one_weight(const char *text, enum group_limit limit, struct group_limit_spec *spec)
{
	int64_t number;
	int error;

	if (limit == GROUP_CPU_WEIGHT && strcmp(text, "idle") == 0) {
		*spec = (struct group_limit_spec){ GROUP_UNIT_IDLE, 0 };
		return 0;
	}
	error = value_number(text, 1, 10000, &number);
	if (!error)
		*spec = (struct group_limit_spec){ GROUP_UNIT_ABSOLUTE, (uint64_t)number };
	return error;
}

static int one_quota(const char *text, struct group_limit_spec *spec)
{
	uint64_t permyriad;
	int error = value_percent(text, QUOTA_MAX, &permyriad);

	if (!error && permyriad < QUOTA_MIN)
		error = -ERANGE;
	if (!error)
		*spec = (struct group_limit_spec){ GROUP_UNIT_ABSOLUTE, permyriad };
	return error;
}

/* An amount, a share of what the machine has, or infinity. */
static int one_amount(const char *text, enum group_limit limit, struct group_limit_spec *spec)
{
	uint64_t least = limit == GROUP_TASKS_MAX	  ? 1
			 : limit == GROUP_MEMORY_SWAP_MAX ? 0
							  : MEMORY_MIN;
	uint64_t value = 0;
	int64_t number;
	int error;

	if (strcmp(text, "infinity") == 0) {
		*spec = (struct group_limit_spec){ GROUP_UNIT_NONE, 0 };
		return 0;
	}
	if (strchr(text, '%')) {
		error = value_percent(text, PERMYRIAD_WHOLE, &value);
		if (!error && value == 0 && least > 0)
			error = -ERANGE;
		if (!error)
			*spec = (struct group_limit_spec){ GROUP_UNIT_PERMYRIAD, value };
		return error;
	}
	if (limit == GROUP_TASKS_MAX) {
		error = value_number(text, 0, INT64_MAX, &number);
		if (!error)
			value = (uint64_t)number;
	} else {
		error = value_size(text, &value);
	}
	if (!error && (value < least || value > INT64_MAX))
		error = -ERANGE;
	if (!error)
		*spec = (struct group_limit_spec){ GROUP_UNIT_ABSOLUTE, value };
	return error;
}

int value_group_limit(const char *text, enum group_limit limit, struct group_limit_spec *spec)
{
	switch (limit) {
	case GROUP_CPU_QUOTA:
		return one_quota(text, spec);
	case GROUP_CPU_WEIGHT:
	case GROUP_IO_WEIGHT:
		return one_weight(text, limit, spec);
	default:
		return one_amount(text, limit, spec);
	}
}

int parse_group_limit(struct assignment *assignment, const char *value)
{
	enum group_limit limit = (enum group_limit)assignment->directive->argument;
	struct group_limit_spec spec = { GROUP_UNIT_NONE, 0 };
	int error = *value ? value_group_limit(value, limit, &spec) : 0;

	if (error)
		return directive_wrong(assignment, error, value);
	memcpy(assignment->field, &spec, sizeof(spec));
	return 0;
}

/* A path in the hierarchy; without a "/" before it, below the group spawnd was started in. */
int parse_control_group(struct assignment *assignment, const char *value)
{
	const char **field = assignment->field;
	bool absolute = *value == '/';
	char text[PATH_MAX + 1];
	const char *path;

	*field = NULL;
	if (!*value)
		return 0;
	if (value[strspn(value, NAME_BYTES "/")])
		return directive_wrong(assignment, -EINVAL, value);
	snprintf(text, sizeof(text), "%s%s", absolute ? "" : "/", value);
	path = directive_path(assignment, text);
	if (!path)
		return -EINVAL;
	if (!path[1])
		return directive_fault(assignment, "\"%.60s\" is the root, expected a group in it",
				       value);
	*field = absolute ? path : path + 1;
	return 0;
}

/*
 * What the nearest existing group on the way to ControlGroup= could hand down; 0 with why: nothing.
 */
static unsigned int available_controllers(const char *path, struct why *why)
{
	static const char file[] = "cgroup.controllers";
	struct cgroup_place place;
	unsigned int set;
	int group;

	if (!path) {
		why_set(why, -ENOENT, "control-groups", "ControlGroup= is empty");
		return 0;
	}
	if (cgroup_locate(&place, why) < 0)
		return 0;
	group = open(place.mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (group < 0) {
		why_set(why, -errno, "control-groups", "open %.100s", place.mount);
		return 0;
	}
	if (*path != '/' && place.own_known && *place.own) {
		int own = cgroup_open(group, place.own);

		fd_close(&group);
		group = own;
	}
	set = cgroup_controllers(group, file);
	fd_close(&group);
	why_set(why, -ENOENT, "control-groups", "control groups at %.60s have no such controller",
		place.mount);
	return set;
}

static void check_limits(const struct config *config, const struct service_spec *service,
			 unsigned int available, const struct why *why,
			 struct config_errors *errors)
{
	for (int i = 0; i < GROUP_LIMITS; i++) {
		enum group_limit limit = (enum group_limit)i;

		if (!(available & group_limit_controller(limit)))
			group_fault(config, service, limit, why, errors);
	}
}

void group_fault(const struct config *config, const struct service_spec *service,
		 enum group_limit limit, const struct why *why, struct config_errors *errors)
{
	char name[32];

	if (!service->limits_required)
		return;
	if (service->container.group[limit].unit != GROUP_UNIT_NONE)
		rules_fault(config, service, group_limit_name(limit), errors,
			    "cannot be enforced here: %.100s; LimitsRequired=no goes without",
			    why->text);
	if (service->group[limit].unit == GROUP_UNIT_NONE)
		return;
	snprintf(name, sizeof(name), "Service%s", group_limit_name(limit));
	rules_fault(config, service, name, errors,
		    "cannot be enforced here: %.100s; LimitsRequired=no goes without", why->text);
}

void group_check(const struct config *config, struct config_errors *errors)
{
	struct why why;
	unsigned int available = available_controllers(config->daemon.control_group, &why);

	for (size_t i = 0; i < config->service_count; i++)
		check_limits(config, &config->services[i], available, &why, errors);
}

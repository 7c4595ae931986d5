/* SPDX-License-Identifier: ISC */
/*
 * Makes and removes the daemon's control groups. Warden, start and run regime: a failure here costs
 * limits, which the configuration may forbid, and nothing else. The limits are written by ration.c;
 * the containers' own groups are the zygotes' business.
 */
#include "warden/groups.h"

#include "base/cgroup.h"
#include "base/clock.h"
#include "base/errno_name.h"
#include "base/fd.h"
#include "base/kernel.h"
#include "base/log.h"
#include "warden/roster.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SERVICE_PREFIX "service."
#define NAME_SIZE (sizeof(SERVICE_PREFIX) + SPEC_NAME_MAX)
#define KILL_TRIES 200 /* of 5 ms */
#define SWEEP_AGAIN_NS (100 * CLOCK_MILLISECOND_NS)

void groups_init(struct groups *groups)
{
	groups->root = groups->top = -1;
	groups->sweep_ns = CLOCK_NEVER_NS;
}

void groups_close_branch(struct groups_branch *branch)
{
	fd_close(&branch->service);
	fd_close(&branch->zygote);
	fd_close(&branch->run);
}

int groups_open_branch(const struct groups *groups, const char *service, bool make,
		       struct groups_branch *branch)
{
	int (*open_group)(int, const char *) = make ? cgroup_make : cgroup_open;
	char name[NAME_SIZE];

	*branch = (struct groups_branch){ -1, -1, -1, false };
	if (groups->top < 0)
		return groups->why.code;
	snprintf(name, sizeof(name), SERVICE_PREFIX "%s", service);
	branch->service = open_group(groups->top, name);
	if (branch->service < 0)
		return branch->service;
	branch->fresh = faccessat(branch->service, "run", F_OK, 0) < 0;
	branch->zygote = open_group(branch->service, "zygote");
	branch->run = open_group(branch->service, "run");
	if (branch->zygote >= 0 && branch->run >= 0)
		return 0;
	groups_close_branch(branch);
	return -ENOENT;
}

static void kill_and_remove(int group, const char *name)
{
	int child = cgroup_open(group, name);

	for (int i = 0; child >= 0 && cgroup_is_populated(child) && i < KILL_TRIES; i++) {
		cgroup_kill(child);
		usleep(5000);
	}
	fd_close(&child);
	cgroup_remove(group, name);
}

/*
 * What a daemon that died has left. Only services are killed: we may have been started in another.
 * The groups in listen/ have owners of their own (guard.c).
 */
static void remove_stale(int group, const char *name, void *context)
{
	if (strncmp(name, SERVICE_PREFIX, strlen(SERVICE_PREFIX)) == 0)
		kill_and_remove(group, name);
}

/*
 * Makes every group on the way to ControlGroup=, or with `enable` hands controllers down that way.
 * A descriptor of the last one, or -errno.
 */
static int walk(struct groups *groups, unsigned int enable)
{
	int at = cgroup_open(groups->root, ".");
	char path[PATH_MAX], *rest = path, *name;

	memcpy(path, groups->path, sizeof(path));
	while (at >= 0 && (name = strsep(&rest, "/"))) {
		struct why why;
		int next;

		if (enable) {
			cgroup_enable(at, enable, &why);
			if (groups->lacks.code == 0 && why.code < 0)
				groups->lacks = why;
		}
		groups->made = mkdirat(at, name, 0755) == 0 || (groups->made && enable);
		next = cgroup_open(at, name);
		fd_close(&at);
		at = next;
	}
	return at;
}

static int find_path(struct groups *groups, const struct cgroup_place *place, const char *text)
{
	bool relative = *text != '/', below = relative && *place->own;
	int size;

	if (relative && !place->own_known)
		return why_set(&groups->why, -ENOENT, "control-groups",
			       "spawnd's own control group is not below %.60s", place->mount);
	size = snprintf(groups->path, sizeof(groups->path), "%s%s%s", below ? place->own : "",
			below ? "/" : "", relative ? text : text + 1);
	return size < (int)sizeof(groups->path) ? 0 : -ENAMETOOLONG;
}

static int claim(struct groups *groups, const char *text)
{
	struct cgroup_place place;
	int daemon, error = cgroup_locate(&place, &groups->why);

	if (error < 0 || (error = find_path(groups, &place, text)) < 0)
		return error;
	groups->origin_known = place.own_known;
	memcpy(groups->origin, place.own, sizeof(groups->origin));
	groups->root = open(place.mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	groups->top = groups->root < 0 ? -errno : walk(groups, 0);
	if (groups->top < 0)
		return why_set(&groups->why, groups->top, "control-groups", "make %.60s/%.60s",
			       place.mount, groups->path);
	if (flock(groups->top, LOCK_EX | LOCK_NB) < 0) {
		groups->made = false;
		return why_set(&groups->why, -errno, "control-groups",
			       "ControlGroup=%.80s is another spawnd's", text);
	}
	cgroup_each(groups->top, remove_stale, NULL);
	daemon = cgroup_make(groups->top, "daemon");
	error = daemon < 0 ? daemon : cgroup_join(daemon);
	fd_close(&daemon);
	return error < 0 ? why_set(&groups->why, error, "control-groups", "move to %.60s/daemon",
				   groups->path)
			 : 0;
}

void groups_open(struct groups *groups, const char *path)
{
	int error;

	if (groups->opened)
		return;
	groups->opened = true;
	if (!path) {
		why_set(&groups->why, -ENOENT, "control-groups", "ControlGroup= is empty");
		return;
	}
	error = claim(groups, path);
	if (error < 0 && groups->why.code == 0)
		why_set(&groups->why, error, "control-groups", "ControlGroup=%.80s", path);
	if (error < 0)
		fd_close(&groups->top);
}

const char *groups_path(const struct groups *groups)
{
	return *groups->path ? groups->path : "spawnd";
}

void groups_hand_down(struct groups *groups, unsigned int controllers)
{
	struct why why;
	int top;

	if (groups->top < 0)
		return;
	groups->lacks.code = 0;
	top = walk(groups, controllers);
	fd_close(&top);
	groups->controllers = cgroup_enable(groups->top, controllers, &why);
	if (groups->lacks.code == 0)
		groups->lacks = why;
	if (groups->lacks.code == 0)
		why_set(&groups->lacks, -ENOENT, "control-groups",
			"the kernel has no such file of its control group");
}

/*
 * What a zygote needs to make groups in run/ and to clone into them: cgroup_attach_permissions()
 * asks for the common ancestor's cgroup.procs, which is the service's (kernel/cgroup/cgroup.c).
 */
static void delegate(const struct groups_branch *branch, uint32_t id)
{
	static const char procs[] = "cgroup.procs";

	if (fchown(branch->run, id, id) < 0 || fchownat(branch->run, procs, id, id, 0) < 0 ||
	    fchownat(branch->run, "cgroup.subtree_control", id, id, 0) < 0 ||
	    fchownat(branch->service, procs, id, id, 0) < 0)
		log_event(LOG_LEVEL_ERROR, "bug", "text=\"control group not given away: %s\"",
			  errno_name(errno));
}

void groups_open_place(struct groups *groups, const char *service, uint32_t id_base,
		       struct groups_place *place)
{
	struct groups_branch branch;

	*place = (struct groups_place){ -1, -1, groups ? ++groups->serial : 0 };
	if (!groups || groups_open_branch(groups, service, true, &branch) < 0)
		return;
	/* Without user namespaces a zygote stays the host's root. */
	if (kernel_has(KERNEL_USER_NAMESPACES))
		delegate(&branch, id_base);
	fd_close(&branch.service);
	place->zygote = branch.zygote;
	place->run = branch.run;
}

struct sweep {
	const struct list *rosters;
	bool again;
};

static bool zygote_lives(const struct list *rosters, uint32_t serial)
{
	for (struct list *at = rosters->next; at != rosters; at = at->next) {
		const struct roster *roster = container_of(at, struct roster, in_all);

		for (size_t i = 0; i < roster->config.service_count; i++)
			if (roster->posts[i].pid != 0 && roster->posts[i].serial == serial)
				return true;
	}
	return false;
}

static bool is_configured(const struct list *rosters, const char *service)
{
	for (struct list *at = rosters->next; at != rosters; at = at->next)
		if (config_find(&container_of(at, struct roster, in_all)->config, service))
			return true;
	return false;
}

static void sweep_leaf(int run, const char *name, void *context)
{
	struct sweep *sweep = context;
	int leaf;

	if (zygote_lives(sweep->rosters, (uint32_t)strtoul(name, NULL, 10)))
		return;
	if (cgroup_remove(run, name) == 0)
		return;
	leaf = cgroup_open(run, name);
	if (leaf >= 0)
		cgroup_kill(leaf);
	fd_close(&leaf);
	sweep->again = true;
}

static void sweep_service(int top, const char *name, void *context)
{
	struct sweep *sweep = context;
	const char *service = name + strlen(SERVICE_PREFIX);
	int group, run;

	if (strncmp(name, SERVICE_PREFIX, strlen(SERVICE_PREFIX)) != 0)
		return;
	group = cgroup_open(top, name);
	run = group < 0 ? -1 : cgroup_open(group, "run");
	if (run >= 0)
		cgroup_each(run, sweep_leaf, sweep);
	fd_close(&run);
	fd_close(&group);
	if (!is_configured(sweep->rosters, service) && cgroup_remove(top, name) < 0)
		sweep->again = true;
}

void groups_want_sweep(struct groups *groups)
{
	if (groups->top >= 0)
		groups->sweep_ns = clock_now_ns();
}

void groups_sweep(struct groups *groups, const struct list *rosters)
{
	struct sweep sweep = { rosters, false };

	if (clock_now_ns() < groups->sweep_ns)
		return;
	cgroup_each(groups->top, sweep_service, &sweep);
	groups->sweep_ns = sweep.again ? clock_now_ns() + SWEEP_AGAIN_NS : CLOCK_NEVER_NS;
}

void groups_close(struct groups *groups)
{
	int origin;

	if (groups->top >= 0) {
		cgroup_each(groups->top, remove_stale, NULL);
		origin = groups->origin_known
				 ? cgroup_open(groups->root, *groups->origin ? groups->origin : ".")
				 : -1;
		/* EBUSY: it has handed controllers down. Then an empty group stays, for the next
		 * start. */
		if (origin >= 0 && cgroup_join(origin) == 0) {
			cgroup_remove(groups->top, "daemon");
			unlinkat(groups->top, "listen", AT_REMOVEDIR);
			if (groups->made)
				unlinkat(groups->root, groups->path, AT_REMOVEDIR);
		}
		fd_close(&origin);
	}
	fd_close(&groups->top);
	fd_close(&groups->root);
}

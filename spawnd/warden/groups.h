/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_WARDEN_GROUPS_H
#define SPAWND_WARDEN_GROUPS_H

/*
 * The daemon's tree of control groups:
 *
 *	ControlGroup=		held by flock(2): one spawnd has it
 *	  daemon		the warden and the loop
 *	  service.NAME		the weights of the service
 *	    zygote		its zygotes and relays
 *	    run			the limits of all its connections; belongs to the zygotes
 *	      SERIAL.NUMBER	one container: container/leaf.c
 *
 * Processes are in groups without groups below them ("no internal processes", cgroup-v2.rst).
 * Without such a hierarchy, or the right to change it, there is no tree, and everything else goes
 * on without.
 */
#include "base/list.h"
#include "config/config.h"

#include <limits.h>
#include <stdbool.h>

struct groups {
	bool opened;	       /* groups_stage() has looked */
	struct why why;	       /* code 0: there is a tree; else why there is none */
	int root, top;	       /* the hierarchy's mount point; ControlGroup= */
	bool made;	       /* ControlGroup= did not exist */
	char path[PATH_MAX];   /* of it, below the mount point */
	char origin[PATH_MAX]; /* the group the warden was started in */
	bool origin_known;
	unsigned int controllers; /* what services can have: a set of CGROUP_BIT() */
	struct why lacks;	  /* why the others are not among them */
	uint32_t serial;	  /* of the last zygote */
	int64_t sweep_ns;	  /* something is left to be removed then; or CLOCK_NEVER_NS */
};

void groups_init(struct groups *groups);

/*
 * Once, and before there are listeners and processes, which stay in the group they were born in:
 * makes the tree at `path` (ControlGroup=), claims it, and moves the warden into it. What failed is
 * in groups->why.
 */
void groups_open(struct groups *groups, const char *path);

/* Of ControlGroup=, below the mount point, whether it is ours or another spawnd's. */
const char *groups_path(const struct groups *groups);

/* Enables a set of controllers for services: groups->controllers, groups->lacks. */
void groups_hand_down(struct groups *groups, unsigned int controllers);

/* The groups of one service, as descriptors. */
struct groups_branch {
	int service, zygote, run;
	bool fresh; /* made now: nobody has limited it */
};

/* 0, or -errno and all are -1. groups_close_branch() in both cases. */
int groups_open_branch(const struct groups *groups, const char *service, bool make,
		       struct groups_branch *branch);
void groups_close_branch(struct groups_branch *branch);

/* Where a zygote runs and makes its containers' groups; descriptors of the caller's, or -1. */
struct groups_place {
	int zygote, run;
	uint32_t serial;
};

/*
 * Gives the service's group to the zygotes whose root is host id `id_base`. groups NULL: nowhere.
 */
void groups_open_place(struct groups *groups, const char *service, uint32_t id_base,
		       struct groups_place *place);

/*
 * Removes groups of zygotes and services that are gone; what still lives in them is killed.
 * rosters: struct roster, all. Called once a turn; does nothing before sweep_ns.
 */
void groups_want_sweep(struct groups *groups);
void groups_sweep(struct groups *groups, const struct list *rosters);

/* The end: everything in the tree is killed and removed, and the warden is where it was before. */
void groups_close(struct groups *groups);

#endif

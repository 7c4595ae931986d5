/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_WARDEN_RATION_H
#define SPAWND_WARDEN_RATION_H

/* Limits by control group of a configuration: can they be had, and writing those of its services */
#include "warden/groups.h"

/*
 * At a start and a reload: the tree, with a place for every service of the configuration. A limit
 * that cannot be enforced is an error at its line. What runs is not touched: services that are
 * there keep their limits until ration_commit(). 0 or -EINVAL.
 */
int ration_stage(struct groups *groups, const struct config *config, struct config_errors *errors);

/* The configuration serves: the limits of its services are written, those not in force logged. */
void ration_commit(struct groups *groups, const struct config *config, bool first);

#endif

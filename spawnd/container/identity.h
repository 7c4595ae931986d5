/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONTAINER_IDENTITY_H
#define SPAWND_CONTAINER_IDENTITY_H

/*
 * Who a process is: the service's user namespace, user and group ids, capabilities.
 * user_namespaces(7), capabilities(7), credentials(7).
 */
#include "container/plan.h"

#define IDENTITY_DYING_MAX 128 /* namespaces beside those of a service's containers */

/*
 * Makes the service's user namespace: ids 0-65535 map to the host's from plan->id_base on. Sets
 * plan->user_namespace. Start regime, as host root. A descriptor of the namespace; -ENOSYS, noted
 * in the plan: the kernel has none; or another -errno with why filled (-EPERM too: never "none").
 */
int identity_make_namespace(struct plan *plan, struct why *why);

/*
 * A namespace that exists only as an id map for bind mounts: ids 1-65535, without 0. A descriptor
 * or -errno.
 */
int identity_make_bind_map(uint32_t id_base, struct why *why);

/*
 * The zygote's lasting identity, after identity_make_namespace() and rootfs_build(): joins the
 * namespace and becomes its root (host id: plan->id_base); no supplementary group, no_new_privs,
 * securebits locked, empty bounding set, a session keyring of its own, nested user namespaces
 * forbidden (user.max_user_namespaces=0, 4.9). identity_settle() follows rootfs_adopt(). 0 or
 * -errno.
 */
int identity_enter(const struct plan *plan, int user_namespace, struct why *why);
int identity_settle(const struct plan *plan, struct why *why);

/*
 * The program's identity, in the child regime: no groups, the service's ids, no capability in any
 * set, and the death signal (after the last change of ids, which clears it: prctl(2)). 0 or -errno.
 */
int identity_drop(const struct plan *plan, struct why *why);

#endif

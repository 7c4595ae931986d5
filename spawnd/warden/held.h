/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_WARDEN_HELD_H
#define SPAWND_WARDEN_HELD_H

/*
 * The listening sockets the warden holds, across generations: one whose address stays in the
 * configuration is never closed, so that no client in its backlog is lost.
 */
#include "base/list.h"
#include "config/config.h"
#include "net/listener.h"
#include "warden/guard.h"

/*
 * What is said of SocketSeal=local where there is no guard; the event guard-missing has the reason.
 */
#define HELD_LOCAL_FAULT                                                                           \
	"local needs the guard of the listeners, which needs cgroup2 and CONFIG_CGROUP_BPF; "      \
	"expected strict or relay"

struct held {
	struct list in_all;
	struct address address;
	bool v6_only_set, v6_only, free_bind, reuse_port;
	char device[16]; /* IFNAMSIZ */
	int fd;
	struct listener_file file;
	struct guard_leaf leaf;	     /* group -1: not an internet socket, or without a guard */
	bool guarded;		     /* all of the guard is in force */
	uint32_t opened_by, used_by; /* generations */
};

/*
 * Finds or opens every listener of the configuration for this generation; those found are not
 * changed yet. Each failure is an error at its line. A guard that cannot be had is no failure: it
 * is logged, once. 0 or -errno; on failure held_abort() undoes it.
 */
int held_stage(struct list *all, const struct config *config, uint32_t generation,
	       struct guard *guard, struct config_errors *errors);

/* For -t: what held_stage() would find wrong, as far as that can be told without opening any. */
int held_test(const struct config *config, struct config_errors *errors);

/* Every internet listener of the service has its guard. After held_stage(). */
bool held_guarded(const struct list *all, const struct service_spec *service);

/* The descriptor of one listener of the configuration, after held_stage(). */
int held_fd(const struct list *all, const struct service_spec *service, size_t index);

/* Applies options to those that stayed, closes those nobody names any more. */
void held_commit(struct list *all, const struct config *config, uint32_t generation,
		 const struct guard *guard);

/* Closes what this generation has opened. */
void held_abort(struct list *all, uint32_t generation, const struct guard *guard);

void held_close_all(struct list *all, const struct guard *guard);

#endif

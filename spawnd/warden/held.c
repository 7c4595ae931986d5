/* SPDX-License-Identifier: ISC */
/*
 * Listeners across reloads. Warden; start regime and at reloads: what cannot be opened is an error
 * at its line, and nothing that serves is touched before the new generation is committed.
 */
#include "warden/held.h"

#include "base/clock.h"
#include "base/errno_name.h"
#include "base/fd.h"
#include "base/log.h"
#include "config/directive.h"
#include "net/deny_filter.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static unsigned int seconds(int64_t span_ns)
{
	int64_t rounded = (span_ns + CLOCK_SECOND_NS - 1) / CLOCK_SECOND_NS;

	return span_ns <= 0 ? 0 : rounded > INT32_MAX ? INT32_MAX : (unsigned int)rounded;
}

/* config_check() has seen that the names exist. */
static uid_t user_id(const char *text)
{
	struct passwd *entry = text ? getpwnam(text) : NULL;

	return entry ? entry->pw_uid : text ? (uid_t)strtoul(text, NULL, 10) : 0;
}

static gid_t group_id(const char *text)
{
	struct group *entry = text ? getgrnam(text) : NULL;

	return entry ? entry->gr_gid : text ? (gid_t)strtoul(text, NULL, 10) : 0;
}

static struct listener_options options_of(const struct socket_spec *spec)
{
	return (struct listener_options){
		.v6_only_set = spec->bind_ipv6_only != BIND_IPV6_DEFAULT,
		.v6_only = spec->bind_ipv6_only == BIND_IPV6_ONLY,
		.backlog = spec->backlog,
		.uid = user_id(spec->user),
		.gid = group_id(spec->group),
		.mode = spec->mode,
		.no_delay = spec->no_delay,
		.keep_alive = spec->keep_alive,
		.free_bind = spec->free_bind,
		.reuse_port = spec->reuse_port,
		.keep_alive_time_s = seconds(spec->keep_alive_time_ns),
		.keep_alive_interval_s = seconds(spec->keep_alive_interval_ns),
		.keep_alive_probes = spec->keep_alive_probes,
		.device = spec->bind_to_device,
		.send_buffer_bytes = spec->send_buffer_bytes,
		.receive_buffer_bytes = spec->receive_buffer_bytes,
		.defer_accept_s = seconds(spec->defer_accept_ns),
	};
}

/* Same socket: same address, and the same of what can only be set before bind(2). */
static bool is_same(const struct held *held, const struct listen_spec *listen,
		    const struct socket_spec *spec)
{
	const char *device = spec->bind_to_device ? spec->bind_to_device : "";

	if (!address_equal(&held->address, &listen->address))
		return false;
	if (held->address.storage.ss_family == AF_UNIX)
		return true;
	return held->v6_only_set == (spec->bind_ipv6_only != BIND_IPV6_DEFAULT) &&
	       held->v6_only == (spec->bind_ipv6_only == BIND_IPV6_ONLY) &&
	       held->free_bind == spec->free_bind && held->reuse_port == spec->reuse_port &&
	       strcmp(held->device, device) == 0;
}

static struct held *find(const struct list *all, const struct listen_spec *listen,
			 const struct socket_spec *spec)
{
	for (struct list *at = all->next; at != all; at = at->next) {
		struct held *held = container_of(at, struct held, in_all);

		if (is_same(held, listen, spec))
			return held;
	}
	return NULL;
}

/* Once in the daemon's life: what is missing is missing for every listener. */
static void tell_missing(struct guard *guard, const char *service, const struct why *why)
{
	if (!guard->told)
		log_event(LOG_LEVEL_WARNING, "guard-missing",
			  "service=%s step=%s error=%s text=\"%s\"", service, why->step,
			  errno_name(why->code), why->text);
	guard->told = true;
}

static int make_in_leaf(void *leaf, int family, int kind, struct why *why)
{
	return guard_socket(leaf, family, kind, why);
}

/* The port that it got. */
static uint16_t port_of(int fd)
{
	struct address address = { .length = sizeof(address.storage) };

	getsockname(fd, (struct sockaddr *)&address.storage, &address.length);
	return (uint16_t)address_port(&address);
}

/* The listener with its guard. -1: not to be had, and nothing is left of it. */
static int open_guarded(struct held *held, const struct listen_spec *listen,
			struct listener_options options, const char *service, struct guard *guard,
			struct why *why)
{
	int error = guard_make_leaf(guard, service, &held->leaf, why);
	int fd;

	if (error < 0)
		return -1;
	options.make = make_in_leaf;
	options.make_context = &held->leaf;
	fd = listener_open(&listen->address, listen->any, &options, &held->file, why);
	if (fd >= 0)
		held->guarded = guard_attach(guard, &held->leaf, port_of(fd), why) == 0;
	else
		guard_drop_leaf(guard, &held->leaf);
	return fd < 0 ? -1 : fd;
}

static int open_socket(struct held *held, const struct listen_spec *listen,
		       const struct service_spec *service, struct guard *guard, struct why *why)
{
	struct listener_options options = options_of(&service->socket);
	int fd = -1;

	held->leaf.group = -1;
	if (listen->address.storage.ss_family == AF_UNIX)
		return listener_open(&listen->address, listen->any, &options, &held->file, why);
	*why = guard->missing;
	if (guard->directory >= 0)
		fd = open_guarded(held, listen, options, service->name, guard, why);
	/* What fails with the guard is tried without: an address in use says so again. */
	if (!held->guarded && strcmp(why->step, "listen") != 0)
		tell_missing(guard, service->name, why);
	if (fd < 0)
		fd = listener_open(&listen->address, listen->any, &options, &held->file, why);
	return fd;
}

static int open_one(struct list *all, const struct listen_spec *listen,
		    const struct service_spec *service, uint32_t generation, struct guard *guard,
		    struct why *why)
{
	struct listener_options options = options_of(&service->socket);
	struct held *held = calloc(1, sizeof(*held));

	if (!held)
		return why_set(why, -ENOMEM, "listen", "memory");
	held->fd = open_socket(held, listen, service, guard, why);
	if (held->fd < 0) {
		int error = held->fd;

		free(held);
		return error;
	}
	held->address = listen->address;
	held->v6_only_set = options.v6_only_set;
	held->v6_only = options.v6_only;
	held->free_bind = options.free_bind;
	held->reuse_port = options.reuse_port;
	snprintf(held->device, sizeof(held->device), "%s", options.device ? options.device : "");
	held->opened_by = held->used_by = generation;
	list_append(all, &held->in_all);
	return 0;
}

int held_fd(const struct list *all, const struct service_spec *service, size_t index)
{
	const struct held *held = find(all, &service->listeners[index], &service->socket);

	return held ? held->fd : -1;
}

bool held_guarded(const struct list *all, const struct service_spec *service)
{
	for (size_t i = 0; i < service->listener_count; i++) {
		const struct listen_spec *listen = &service->listeners[i];
		const struct held *held = find(all, listen, &service->socket);

		if (listen->address.storage.ss_family != AF_UNIX && !(held && held->guarded))
			return false;
	}
	return true;
}

/* Nothing else would hold a program that may call connect(2) and listen(2). */
static int require_guard(const struct list *all, const struct config *config,
			 const struct service_spec *service, struct config_errors *errors)
{
	if (service->container.socket_seal != SOCKET_SEAL_LOCAL || held_guarded(all, service))
		return 0;
	rules_fault(config, service, "SocketSeal", errors, "%s", HELD_LOCAL_FAULT);
	return -EINVAL;
}

int held_stage(struct list *all, const struct config *config, uint32_t generation,
	       struct guard *guard, struct config_errors *errors)
{
	int result = 0;
	struct why why;

	for (size_t i = 0; i < config->service_count; i++) {
		const struct service_spec *service = &config->services[i];

		for (size_t j = 0; j < service->listener_count; j++) {
			const struct listen_spec *listen = &service->listeners[j];
			int error;

			if (find(all, listen, &service->socket))
				continue;
			error = open_one(all, listen, service, generation, guard, &why);
			if (error == 0)
				continue;
			result = error;
			config_errors_add(errors, listen->origin,
					  "[service %s] ListenStream: cannot listen on %s: %s (%s)",
					  service->name, listen->text, why.text, errno_name(error));
		}
		if (result == 0)
			result = require_guard(all, config, service, errors);
	}
	return result;
}

int held_test(const struct config *config, struct config_errors *errors)
{
	int result = 0;
	struct why why;

	for (size_t i = 0; i < config->service_count; i++) {
		const struct service_spec *service = &config->services[i];

		if (service->container.socket_seal != SOCKET_SEAL_LOCAL ||
		    !spec_has_internet(service) || guard_probe(&why) == 0)
			continue;
		rules_fault(config, service, "SocketSeal", errors, "%s", HELD_LOCAL_FAULT);
		result = -EINVAL;
	}
	return result;
}

static void let_go(struct held *held, const struct guard *guard)
{
	guard_drop_leaf(guard, &held->leaf);
	listener_unlink(&held->address, &held->file);
	fd_close(&held->fd);
	list_remove(&held->in_all);
	free(held);
}

static void adjust(struct held *held, const struct listen_spec *listen,
		   const struct socket_spec *spec)
{
	struct listener_options options = options_of(spec);
	const struct sockaddr_un *name = (const struct sockaddr_un *)&held->address.storage;
	struct why why;

	if (held->file.inode != 0 && listener_own(name->sun_path, &options, &held->file, &why) < 0)
		log_event(LOG_LEVEL_WARNING, "listener-adjust-failed",
			  "listener=%s error=%s text=\"%s\"", listen->text, errno_name(why.code),
			  why.text);
	if (listener_adjust(held->fd, &held->address, &options, &why) < 0)
		log_event(LOG_LEVEL_WARNING, "listener-adjust-failed",
			  "listener=%s error=%s text=\"%s\"", listen->text, errno_name(why.code),
			  why.text);
}

/* Of a listener that may be new, or was another's before. */
static void filter(const struct held *held, const struct service_spec *service)
{
	static const struct network_set nobody;
	const struct admission_spec *spec = &service->admission;
	bool denies = spec->deny_in_kernel && spec->proxy_protocol == PROXY_PROTOCOL_NO;
	int error;

	if (held->address.storage.ss_family == AF_UNIX)
		return;
	error = deny_filter_attach(held->fd, &spec->allow, denies ? &spec->deny : &nobody);
	if (error == 0)
		return;
	/* What is left of the last list must not be in force. */
	deny_filter_detach(held->fd);
	log_event(LOG_LEVEL_WARNING, "deny-in-kernel-failed",
		  "service=%s networks=%zu error=%s text=\"%s\"", service->name,
		  spec->deny.count + spec->allow.count, errno_name(error),
		  error == -E2BIG || error == -ENOMEM
			  ? "more networks than a filter takes: only spawnd denies them"
			  : "SO_ATTACH_FILTER: only spawnd denies them");
}

void held_commit(struct list *all, const struct config *config, uint32_t generation,
		 const struct guard *guard)
{
	struct list *next;

	for (size_t i = 0; i < config->service_count; i++) {
		const struct service_spec *service = &config->services[i];

		for (size_t j = 0; j < service->listener_count; j++) {
			struct held *held = find(all, &service->listeners[j], &service->socket);

			if (held && held->opened_by != generation)
				adjust(held, &service->listeners[j], &service->socket);
			if (!held)
				continue;
			filter(held, service);
			held->used_by = generation;
		}
	}
	for (struct list *at = all->next; at != all; at = next) {
		next = at->next;
		if (container_of(at, struct held, in_all)->used_by != generation)
			let_go(container_of(at, struct held, in_all), guard);
	}
}

void held_abort(struct list *all, uint32_t generation, const struct guard *guard)
{
	struct list *next;

	for (struct list *at = all->next; at != all; at = next) {
		next = at->next;
		if (container_of(at, struct held, in_all)->opened_by == generation)
			let_go(container_of(at, struct held, in_all), guard);
	}
}

void held_close_all(struct list *all, const struct guard *guard)
{
	struct list *next;

	for (struct list *at = all->next; at != all; at = next) {
		next = at->next;
		let_go(container_of(at, struct held, in_all), guard);
	}
}
